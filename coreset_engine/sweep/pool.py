"""Where the cells of a sweep are trained: the Protocol that local workers, Ray and Slurm follow."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Protocol, runtime_checkable

from coreset_engine import registry
from coreset_engine.coreset import CoresetSpec
from coreset_engine.pipeline.requests import Retraining, SweepRequest

Watch = Callable[[float, str], None]  # told the cells done, fractions of those under way included, and the newest line
TRIES = 3  # of a cell whose worker was ended from outside


@dataclass(frozen=True)
class Outcome:
    """How a cell ended: with a row, or with a sentence why it has none."""

    item: Retraining
    row: dict[str, Any] | None = None
    error: str = ""


class Pool(Protocol):
    """Workers that stay while cells are handed to them.

    Attributes:
        count: trainings at once.
    """

    count: int

    def train(
        self, items: Sequence[Retraining], *, watch: Watch, should_stop: Callable[[], bool], note: dict[str, Any]
    ) -> Iterator[Outcome]:
        """Train cells and yield each one's outcome as it comes; rows that exist are read, not trained.

        Args:
            items: retrainings of the pool's run.
            watch: told of progress.
            should_stop: asked now and then.
            note: further facts of new rows.

        Raises:
            Interrupted: `should_stop` said so; the same call goes on.
        """
        ...


@runtime_checkable
class SweepExecutor(Protocol):
    """Makes pools. A file of this folder that defines `EXECUTOR` adds one.

    Attributes:
        name: as the option `--executor` takes it.
    """

    name: str

    def missing(self, address: str = "") -> str:
        """Return in a sentence or two what it needs and is not here, "" where it can begin; nothing is loaded for it.

        Args:
            address: that it would be given.
        """
        ...

    def count(self, request: SweepRequest, cells: int) -> int:
        """Return how many of so many cells it would train at once, as far as is known before it begins.

        Args:
            request: says what `sweep_place.check` lists, and the device.
            cells: at most so many are useful at once.
        """
        ...

    def open(self, request: SweepRequest, *, cells: int) -> AbstractContextManager[Pool]:
        """Return a pool for cells of one run.

        Args:
            request: says the run, the device, and what `sweep_place.check` lists.
            cells: at most so many are useful at once.

        Raises:
            EngineError: what the executor needs is not here.
        """
        ...


@cache
def all_executors() -> dict[str, SweepExecutor]:
    """Return every executor of sweeps by name."""
    return registry.discover("coreset_engine.sweep.executors", SweepExecutor)  # type: ignore[type-abstract]


def is_installed(package: str) -> bool:
    """Return whether a package can be imported, without importing it."""
    try:
        return importlib.util.find_spec(package) is not None
    except ValueError:  # it was put aside
        return False


def to_plain(item: Retraining) -> dict[str, Any]:
    """Return a retraining as plain values for JSON."""
    return asdict(item) | {"spec": item.spec.to_text()}


def of_plain(found: dict[str, Any]) -> Retraining:
    """Return the retraining that `to_plain` described.

    Raises:
        EngineError: it is not possible any more.
    """
    return Retraining(**(found | {"spec": CoresetSpec.from_text(found["spec"])}))
