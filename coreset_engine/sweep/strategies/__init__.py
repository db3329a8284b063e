"""Strategies of a search, one file each: which trainings to ask for next."""

from functools import cache
from typing import Protocol, runtime_checkable

from coreset_engine import registry
from coreset_engine.sweep.candidates import Evidence, Round


@runtime_checkable
class Strategy(Protocol):
    """Says what to train next. A file of this folder that defines `STRATEGY` adds one.

    Attributes:
        name: as the option `--search` takes it.
        label: for people.
    """

    name: str
    label: str

    def next(self, evidence: Evidence, slots: int) -> Round | None:
        """Return the trainings to ask for next, None at the end.

        The same evidence gives the same answer, so that a search that was stopped goes on where it was.

        Args:
            evidence: what is known so far.
            slots: trainings that run at once.
        """
        ...


@cache
def all_strategies() -> dict[str, Strategy]:
    """Return every strategy by name."""
    return registry.discover(__name__, Strategy)  # type: ignore[type-abstract]
