"""Workers on this machine: processes that stay, with data, dynamics and torch loaded once."""

from __future__ import annotations

import json
import math
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import IO, Any

from coreset_engine import results
from coreset_engine.errors import Interrupted
from coreset_engine.pipeline.requests import Retraining, SweepRequest
from coreset_engine.sweep import gpus
from coreset_engine.sweep.packing import Packing
from coreset_engine.sweep.pool import TRIES, Outcome, Watch, to_plain

WORKER_BYTES = 1_300_000_000  # that a worker takes with torch and a data set of 28-px images loaded; measured
_LOOK_SECONDS = 0.2  # between two looks whether to stop
_BUSY_SECONDS = 0.5  # before a cell that another process trains is asked for again


class LocalExecutor:
    """As many workers as cores and memory bear, each with its share of the threads.

    Two workers of one thread train more than one of two threads: 1.46 times as much with LeNet, 1.10 times with ResNet-8,
    measured on two cores. With GPUs each worker is kept on one of them; how many share one is told or found out, see
    `Packing`.
    """

    name = "local"

    def missing(self, address: str = "") -> str:
        """Return "": it needs nothing."""
        return ""

    def count(self, request: SweepRequest, cells: int) -> int:
        """Return the workers for so many cells; on GPUs more may come, see `Packing`."""
        here = len(gpus.names(request.device)) * (request.slots_per_device or 1) or slots_here()
        return request.slots or max(1, min(cells, here))

    @contextmanager
    def open(self, request: SweepRequest, *, cells: int) -> Iterator[LocalPool]:
        """Yield a pool; its workers end with it."""
        pool = LocalPool(request.run, self.count(request, cells), request.device, packing_of(request))
        try:
            yield pool
        finally:
            pool.close()


EXECUTOR = LocalExecutor()


def slots_here() -> int:
    """Return how many trainings this machine bears at once without a GPU: by its cores and its free memory."""
    return max(1, min(cores(), free_bytes() // WORKER_BYTES))


def cores() -> int:
    """Return the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def free_bytes() -> int:
    """Return the memory that is free on this machine, in bytes; much where the system does not say."""
    with suppress(OSError), open("/proc/meminfo", encoding="ascii") as file:
        for line in file:
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return 1 << 60


def packing_of(request: SweepRequest) -> Packing | None:
    """Return how trainings share the GPUs of this machine; None without one."""
    here = gpus.found(request.device)
    if not here:
        return None
    told = request.slots_per_device or (math.ceil(request.slots / len(here)) if request.slots else None)
    return Packing(here, slots_here() // len(here), told)


class LocalPool:
    """Workers of one run; a worker that is ended from outside is replaced, and its cell tried again.

    The last try is alone, when every other cell has ended: what wants more memory than the others leave then has it all.
    """

    def __init__(self, run: str, count: int, device: str, packing: Packing | None = None) -> None:
        """Plan `count` workers; each starts with its first cell. On GPUs `packing` says later how many there are."""
        self.count = count
        self._run, self._device, self._packing = run, device, packing
        self._workers: dict[int, _Worker] = {}
        self._alone: set[int] = set()  # cells whose next try is their last
        self._told: queue.SimpleQueue[tuple[_Worker, dict[str, Any] | None]] = queue.SimpleQueue()

    def train(
        self, items: Sequence[Retraining], *, watch: Watch, should_stop: Callable[[], bool], note: dict[str, Any]
    ) -> Iterator[Outcome]:
        """Train cells, see `pool.Pool`."""
        waiting = deque(range(len(items)))
        tries, share, ready = [0] * len(items), [0.0] * len(items), [0.0] * len(items)
        under_way: dict[int, int] = {}  # slot -> cell
        done = 0
        self._alone.clear()
        while done < len(items):
            if should_stop():
                self._stop(under_way)
                raise Interrupted(f"stopped after {done} of {len(items)} trainings")
            self._hand_out(items, waiting, ready, under_way, note)
            try:
                worker, said = self._told.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                continue
            slot = worker.slot
            if slot not in under_way or self._workers[slot] is not worker:
                continue  # the last words of a worker that was ended
            number = under_way[slot]
            if said is not None and "epoch" in said:
                share[number] = said["epoch"] / said["epochs"]
                self._pack(slot, items[number], said, len(under_way))
                watch(sum(share), f"{items[number].title}: epoch {said['epoch']}/{said['epochs']}")
                continue
            del under_way[slot]
            outcome = self._ended(slot, items[number], said, tries, number)
            if outcome is None:
                ready[number], share[number] = time.monotonic() + _BUSY_SECONDS, 0.0
                waiting.append(number)
                continue
            self._alone.discard(number)
            done, share[number] = done + 1, 1.0
            watch(sum(share), items[number].title)
            yield outcome

    def close(self) -> None:
        """End the workers: at once where they are idle."""
        for worker in self._workers.values():
            worker.close()

    def _pack(self, slot: int, item: Retraining, said: dict[str, Any], busy: int) -> None:
        """Let the packing hear that an epoch has ended, and take over how many trainings it wants at once."""
        if self._packing is None or not self._packing.learns:
            return
        kind = f"{item.architecture} {item.spec.rate:g}"
        told = {"taken": said.get("bytes", 0), "seconds": said.get("seconds", 0.0), "first": said["epoch"] == 1}
        self._packing.hear(slot, kind, **told, busy=busy)
        self.count = self._packing.count

    def _hand_out(
        self,
        items: Sequence[Retraining],
        waiting: deque[int],
        ready: list[float],
        under_way: dict[int, int],
        note: dict[str, Any],
    ) -> None:
        """Give every idle worker a cell, the first ones first, and end those that are more than are wanted."""
        for slot in [slot for slot in self._workers if slot not in under_way and (slot >= self.count or self._alone)]:
            self._workers.pop(slot).close()  # idle, it holds memory
        for slot in range(self.count):
            if slot in under_way or not waiting:
                continue
            if self._alone and under_way:
                return  # one that is tried alone waits for the others, or they for it
            number = next((one for one in waiting if one in self._alone), waiting[0])
            if ready[number] > time.monotonic():
                waiting.rotate(-1)
                continue
            waiting.remove(number)
            worker = self._workers.get(slot)
            if worker is None or not worker.alive():
                threads = max(1, cores() // min(self.count, max(1, len(items))))
                kept_on = self._packing.environment(slot) if self._packing else {}
                worker = _Worker(slot, self._run, self._device, threads, self._told, kept_on)
                self._workers[slot] = worker
            worker.ask({"item": to_plain(items[number]), "note": note})
            under_way[slot] = number

    def _ended(
        self, slot: int, item: Retraining, said: dict[str, Any] | None, tries: list[int], number: int
    ) -> Outcome | None:
        """Return how a cell ended, or None where it is to be tried again."""
        if said is None:
            tries[number] += 1
            code = self._workers.pop(slot).close()
            if self._packing:
                self._packing.lose()
                self.count = min(self.count, self._packing.count)
            if tries[number] == TRIES - 1:
                self._alone.add(number)
            if tries[number] < TRIES:
                return None
            why = f"signal {-code}" if code < 0 else f"exit code {code}"
            return Outcome(
                item,
                error=f"its worker ended {TRIES} times ({why}), at last with nothing beside it; is there memory enough?",
            )
        if said.get("busy"):
            return None
        if "error" in said:
            return Outcome(item, error=said["error"])
        return Outcome(item, results.get(said["key"]))

    def _stop(self, under_way: dict[int, int]) -> None:
        """Ask the workers to stop at the end of their epoch and wait until they have."""
        for slot in under_way:
            self._workers[slot].ask_to_stop()
        for slot in under_way:
            self._workers[slot].stop()


class _Worker:
    """One process of the command `cells`, and a thread that listens to it."""

    def __init__(
        self, slot: int, run: str, device: str, threads: int, told: queue.SimpleQueue[Any], more: Mapping[str, str]
    ) -> None:
        """Start it with a number of threads and more variables."""
        from coreset_engine.executors.base import PROJECT, environment

        count = str(threads)
        limits = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), count)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "coreset_engine", "cells", run, "--device", device],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=PROJECT,
            env=environment() | limits | dict(more),
        )
        self.slot, self._queue = slot, told
        self._thread = threading.Thread(target=self._listen, args=(self._process.stdout,), daemon=True)
        self._thread.start()

    def _listen(self, lines: IO[str]) -> None:
        """Pass on what it says; None at its end."""
        for line in lines:
            with suppress(ValueError):  # a library's own words
                said = json.loads(line)
                if isinstance(said, dict):
                    self._queue.put((self, said))
        self._queue.put((self, None))

    def ask(self, task: dict[str, Any]) -> None:
        """Give it a cell; where it has ended its end says so."""
        with suppress(BrokenPipeError):
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(task) + "\n")
            self._process.stdin.flush()

    def alive(self) -> bool:
        """Return whether it runs."""
        return self._process.poll() is None

    def ask_to_stop(self) -> None:
        """Ask it to stop at its epoch's end."""
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)

    def stop(self) -> None:
        """Wait until it has stopped, as it was asked to; after 20 s it is ended."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(20)
        self.close()

    def close(self) -> int:
        """End it and return its exit code."""
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()  # idle, it ends by itself
        try:
            return self._process.wait(2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
        finally:
            self._thread.join(2)
            if self._process.stdout is not None:
                self._process.stdout.close()
