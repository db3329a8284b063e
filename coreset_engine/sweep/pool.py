"""Where the cells of a sweep are trained: the Protocol that local workers, Ray and Slurm follow."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Protocol, runtime_checkable

from coreset_engine import registry
from coreset_engine.coreset import CoresetSpec
from coreset_engine.pipeline.requests import Retraining

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

    def open(
        self, run: str, *, cells: int, device: str, slots: int | None, address: str = ""
    ) -> AbstractContextManager[Pool]:
        """Return a pool for cells of one run.

        Args:
            run: whose coresets are trained on.
            cells: at most so many are useful at once.
            device: "auto", "cpu" or "cuda".
            slots: trainings at once; None for what the machine bears.
            address: of the cluster, for executors that have one; "" for their default.

        Raises:
            EngineError: what the executor needs is not here.
        """
        ...


@cache
def all_executors() -> dict[str, SweepExecutor]:
    """Return every executor of sweeps by name."""
    return registry.discover("coreset_engine.sweep.executors", SweepExecutor)  # type: ignore[type-abstract]


def to_plain(item: Retraining) -> dict[str, Any]:
    """Return a retraining as plain values for JSON."""
    return asdict(item) | {"spec": item.spec.to_text()}


def of_plain(found: dict[str, Any]) -> Retraining:
    """Return the retraining that `to_plain` described.

    Raises:
        EngineError: it is not possible any more.
    """
    return Retraining(**(found | {"spec": CoresetSpec.from_text(found["spec"])}))
