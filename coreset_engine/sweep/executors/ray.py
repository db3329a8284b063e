"""Ray: cells are tasks of a cluster; coresets are selected, and rows written, where the command runs."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import numpy as np

from coreset_engine import pipeline, results
from coreset_engine.datasets import ImageSet
from coreset_engine.errors import ConfigError, EngineError, Interrupted
from coreset_engine.pipeline import cell
from coreset_engine.pipeline.cell import Cell
from coreset_engine.pipeline.claims import Claims
from coreset_engine.pipeline.requests import Retraining, SweepRequest
from coreset_engine.sweep.executors import local
from coreset_engine.sweep.pool import TRIES, Outcome, Watch, is_installed

log = logging.getLogger(__name__)

_LOOK_SECONDS = 0.2  # between two looks whether to stop
_BUSY_SECONDS = 0.5  # before a cell that another process trains is asked for again
_ANSWER_SECONDS = 5.0  # within which a cluster must accept a connection
NEEDED = "Ray is not installed here, so --executor ray is not possible. Run: pip install coreset-explorer[ray]"
_GPU_STEP = 10_000  # Ray counts GPUs in ten-thousandths


class RayExecutor:
    """Cells as tasks of Ray: one CPU each, or a share of a GPU; those of a node that ends are started again elsewhere.

    Nodes need this package and Ray, but no cache: images go to them once through Ray's object store, and rows come back.
    """

    name = "ray"

    def missing(self, address: str = "") -> str:
        """Return what to install where Ray is not, "" where it is."""
        return "" if is_installed("ray") else NEEDED

    def count(self, request: SweepRequest, cells: int) -> int:
        """Return the tasks at once on a Ray of its own; of a cluster it is not known before it is asked."""
        return request.slots or max(1, min(cells, local.slots_here()))

    @contextmanager
    def open(self, request: SweepRequest, *, cells: int) -> Iterator[RayPool]:
        """Yield a pool on the cluster at an address; without one, on a Ray of its own that only this machine reaches.

        Raises:
            ConfigError: Ray is not installed, no cluster answers, or it has no GPU and one is asked for.
        """
        bench = pipeline.Bench(request.run, "auto" if request.device == "cuda" else request.device)
        ray = _imported(request.address)
        _connect(ray, request.address, self.count(request, cells))
        try:
            yield RayPool(ray, bench, request)
        finally:
            ray.shutdown()


EXECUTOR = RayExecutor()


def _imported(address: str) -> Any:
    """Return Ray, set up to stay on this machine unless an address leads elsewhere.

    Raises:
        ConfigError: it is not installed.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    if not address or address.startswith(("127.", "localhost:")):
        # else Ray takes the host's outer address for itself, listens there, and waits for ever where it leads nowhere
        os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
    try:
        import ray
    except ImportError:
        raise ConfigError(NEEDED) from None
    return ray


def _connect(ray: Any, address: str, cpus: int) -> None:
    """Connect this process with a cluster, or start one of its own with so many CPUs.

    Raises:
        ConfigError: no cluster answers.
    """
    host, colon, port = address.rpartition(":")
    own = {} if address else {"num_cpus": cpus, "include_dashboard": False}
    try:
        if colon and "/" not in host and port.isdigit():
            socket.create_connection((host, int(port)), _ANSWER_SECONDS).close()  # Ray itself would try for minutes
        with _own_signals():
            ray.init(address or "local", log_to_driver=False, logging_level=logging.CRITICAL, **own)
    except (OSError, RuntimeError, ValueError) as error:
        where = f"at {address}" if address else "here"
        raise ConfigError(
            f"No Ray cluster answers {where} ({str(error).splitlines()[0]}). Start one with `ray start --head`, or leave "
            "--address out."
        ) from None
    _say_less(ray)


@contextmanager
def _own_signals() -> Iterator[None]:
    """Keep what this process does at signals: Ray would end it at once, with its stack, where a sweep stops in order."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set them
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _say_less(ray: Any) -> None:
    """Let Ray's notices be one sentence each: it prints the whole log of a node that has ended, and has no switch for it."""
    told: set[str] = set()

    def tell(data: Mapping[str, Any], **_: Any) -> None:
        """Tell a notice unless it was told before."""
        for text in data.get("lines", ()):
            sentence = notice(str(text))
            if sentence not in told:
                told.add(sentence)
                log.warning(sentence)

    ray._private.worker.print_to_stdstream = tell


def notice(text: str) -> str:
    """Return what Ray tells in many lines as one sentence."""
    first = text.strip().partition("\n")[0].partition(". ")[0].rstrip(".")
    if "Raylet is terminated" in first or "marked dead" in first:
        return "A node of the Ray cluster has ended; what was training there is started again on the others."
    return f"Ray says: {first[:300]}."


class RayPool:
    """Tasks of a cluster for one run, of which at most `count` are under way."""

    def __init__(self, ray: Any, bench: pipeline.Bench, request: SweepRequest) -> None:
        """Look what the cluster has.

        Raises:
            ConfigError: a GPU is asked for and it has none.
        """
        self._ray, self._bench = ray, bench
        self._images: list[Any] = []  # their reference, once they are in the object store
        has = ray.cluster_resources()
        gpus, cpus = int(has.get("GPU", 0)) if request.device != "cpu" else 0, int(has.get("CPU", 1))
        if request.device == "cuda" and not gpus:
            raise ConfigError(
                "The Ray cluster has no GPU. Use --device cpu, or auto, which takes GPUs when there are some."
            )
        self.count = request.slots or max(1, gpus * (request.slots_per_device or 1) or cpus)
        self._device = "cuda" if gpus else "cpu"
        self._task = ray.remote(num_cpus=1, num_gpus=gpu_share(gpus, self.count), max_retries=TRIES)(_train)

    def train(
        self, items: Sequence[Retraining], *, watch: Watch, should_stop: Callable[[], bool], note: dict[str, Any]
    ) -> Iterator[Outcome]:
        """Train cells, see `pool.Pool`; one that is under way when it stops is lost, since nodes keep no checkpoints."""
        waiting = deque(self._bench.plan(items))
        under_way: dict[Any, Cell] = {}
        done = 0
        with Claims() as claims:
            try:
                while waiting or under_way:
                    if should_stop():
                        raise Interrupted(f"stopped after {done} of {len(items)} trainings")
                    ended = [*self._hand_out(waiting, under_way, claims), *self._collect(under_way, claims, note)]
                    for outcome in ended:
                        done += 1
                        watch(done, outcome.item.title)
                        yield outcome
            finally:
                self._cancel(under_way)

    def _hand_out(self, waiting: deque[Cell], under_way: dict[Any, Cell], claims: Claims) -> list[Outcome]:
        """Make tasks of cells as long as there is room, and return the outcomes of those whose rows exist."""
        ended = []
        for _ in range(len(waiting)):
            if len(under_way) >= self.count:
                break
            one = waiting.popleft()
            if not claims.take(one.key):
                waiting.append(one)  # another process trains it
            elif results.exists(one.config):
                claims.free(one.key)
                ended.append(Outcome(one.item, results.get(one.key)))
            else:
                under_way[self._task.remote(one, self._stored(), self._device)] = one
        return ended

    def _stored(self) -> list[Any]:
        """Return the reference of the images, which go into the object store once."""
        if not self._images:
            self._images.append(self._ray.put(_in_memory(self._bench.images)))
        return self._images

    def _collect(self, under_way: dict[Any, Cell], claims: Claims, note: dict[str, Any]) -> Iterator[Outcome]:
        """Yield the outcomes of tasks that end within a moment, their rows written."""
        if not under_way:
            time.sleep(_BUSY_SECONDS)
            return
        for task in self._ray.wait(list(under_way), timeout=_LOOK_SECONDS)[0]:
            one = under_way.pop(task)
            try:
                yield self._ended(task, one, note)
            finally:
                claims.free(one.key)

    def _ended(self, task: Any, one: Cell, note: dict[str, Any]) -> Outcome:
        """Return how a task ended.

        Raises:
            EngineError: the cluster is gone.
        """
        errors = self._ray.exceptions
        try:
            found = self._ray.get(task)
        except (errors.LocalRayletDiedError, errors.RaySystemError) as error:
            raise EngineError(
                f"The Ray cluster is gone ({_first_line(error)}). The rows so far are kept; the same command goes on."
            ) from None
        except errors.RayError as error:
            return Outcome(one.item, error=f"its task on Ray failed ({_first_line(error)})")
        if "error" in found:
            return Outcome(one.item, error=found["error"])
        results.append(one.config, found | note)
        return Outcome(one.item, results.get(one.key))

    def _cancel(self, under_way: Mapping[Any, Cell]) -> None:
        """End the tasks that are under way."""
        for task in under_way:
            with suppress(self._ray.exceptions.RayError, ValueError):
                self._ray.cancel(task, force=True)


def gpu_share(gpus: int, slots: int) -> float:
    """Return the share of a GPU that each of `slots` trainings takes, rounded down to what Ray can count; 0 without GPUs."""
    return min(1.0, max(1, gpus * _GPU_STEP // slots) / _GPU_STEP) if gpus else 0.0


def _in_memory(images: ImageSet) -> ImageSet:
    """Return a data set whose arrays are no maps of this machine's files, without what trainings do not read."""
    arrays = {name: np.array(values) for name, values in images.images.items()}
    labels = {name: np.array(values) for name, values in images.labels.items()}
    return replace(images, images=arrays, labels=labels, truth={})


def _first_line(error: BaseException) -> str:
    """Return the first line of an error, or its name."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0].rstrip(".") if lines else type(error).__name__


_LOADED: dict[tuple[str, str], tuple[ImageSet, Any]] = {}  # on a node: what its last task trained on


def _train(one: Cell, images: list[Any], device: str) -> dict[str, Any]:
    """Return the figures and circumstances of a cell, or under "error" why there are none; this runs on a node.

    Args:
        one: the cell.
        images: reference of its images.
        device: "cpu" or "cuda".
    """
    import ray
    import torch

    from coreset_engine.training import devices

    if device == "cpu":
        torch.set_num_threads(1)  # as the workers of one machine have it: their number decides the last digits
    try:
        which = (one.config["dataset_sha256"], device)
        if which not in _LOADED:
            _LOADED.clear()
            found = ray.get(images[0])
            _LOADED[which] = found, cell.splits_on(devices.choose_device(device), found)
        return cell.outcome(one, *_LOADED[which])
    except EngineError as error:
        return {"error": str(error)}
