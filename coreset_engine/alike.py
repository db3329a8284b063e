"""Which runs can be averaged: those that differ in nothing but their seeds, as far as they tell."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from coreset_engine.errors import ConfigError, DynamicsError
from coreset_engine.names import counted


class OfSamples(Protocol):
    """What has labels and was made by some epochs of training: dynamics, or a snapshot."""

    @property
    def name(self) -> str:
        """Return its name, for messages."""

    @property
    def labels(self) -> NDArray[np.integer]:
        """Return (N,) classes, or (N, L)."""

    @property
    def epochs(self) -> int:
        """Return how many epochs made it."""

    @property
    def dataset_sha256(self) -> str:
        """Return the hash of the train arrays it was made of, "" when unknown."""

    @property
    def made(self) -> Mapping[str, Any]:
        """Return what else must be the same in runs that are averaged, in words; "" for what is not known."""


Run = TypeVar("Run", bound=OfSamples)


def check_alike(runs: list[Run]) -> list[Run]:
    """Return runs that can be averaged.

    Raises:
        DynamicsError: their samples, labels, epochs or images differ, or how they were recorded.
    """
    for other in runs[1:]:
        if told := _unlike(runs[0], other):
            raise DynamicsError(
                f"{other.name} can't be averaged with {runs[0].name}: {told}. Give runs that differ in their seeds alone."
            )
    return runs


def _unlike(run: Run, other: Run) -> str:
    """Return in what two runs differ that have no mean, the first of it, "" for nothing."""
    if other.labels.shape != run.labels.shape:
        return f"it has {counted(len(other.labels), '{sample|samples}')} and not {len(run.labels):,}" + (
            "" if len(other.labels) != len(run.labels) else ", with labels of another kind"
        )
    if other.epochs != run.epochs:
        return f"it has {counted(other.epochs, '{epoch|epochs}')} and not {run.epochs:,}"
    different = (other.labels != run.labels).reshape(len(run.labels), -1).any(axis=1)
    if different.any():
        return f"{counted(int(different.sum()), '{sample has another label|samples have other labels}')} there"
    if run.dataset_sha256 and other.dataset_sha256 and run.dataset_sha256 != other.dataset_sha256:
        return "it was recorded on other images, of another data set, split or corruption"
    return next(
        (f"it was recorded {other.made[name]} and not {value}" for name, value in run.made.items()
         if value and other.made.get(name, value) not in ("", value)), "",
    )  # fmt: skip


def several(run: str, average: Sequence[str]) -> tuple[str, ...]:
    """Return the runs whose scores are averaged.

    Raises:
        ConfigError: one is named twice: it would count double, and the mean be called one of more runs.
    """
    names = (run, *average)
    twice = next((name for name in names if names.count(name) > 1), "")
    if twice:
        raise ConfigError(f"{twice} stands twice among the runs that are averaged. Name each once.")
    return names
