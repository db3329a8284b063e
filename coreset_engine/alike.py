"""Which runs can be averaged: those that differ in nothing but their seeds, as far as they tell. Every door asks here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from coreset_engine.config import USUAL
from coreset_engine.errors import ConfigError, DynamicsError
from coreset_engine.names import counted


@dataclass(frozen=True)
class Facts:
    """What made a run, as far as runs that are averaged must agree in it.

    Attributes:
        epochs: how many made it.
        dataset_sha256: hash of the train arrays, "" when unknown.
        architecture: name of the network, "" when unknown.
        recipe: how it was trained, as `config.Recipe.to_dict` says it; {} when unknown.
        mode: the forward pass that was recorded, "" when unknown.
        folds: K, 0 for one network that saw all.
        seed: which alone must differ; None when unknown.
    """

    epochs: int
    dataset_sha256: str = ""
    architecture: str = ""
    recipe: Mapping[str, Any] = field(default_factory=dict)
    mode: str = ""
    folds: int = 0
    seed: int | None = None

    def difference(self, other: "Facts") -> str:
        """Return in what another run differs so that the two have no mean, the first of it, "" for nothing."""
        if other.epochs != self.epochs:
            return f"it has {counted(other.epochs, '{epoch|epochs}')} and not {self.epochs:,}"
        if self.dataset_sha256 and other.dataset_sha256 and self.dataset_sha256 != other.dataset_sha256:
            return "it was recorded on other images, of another data set, split or corruption"
        for own, its in (*zip(self._in_words(), other._in_words(), strict=True), *self._recipes(other)):
            if own and its and own != its:
                return f"it was recorded {its} and not {own}"
        if self.seed is not None and self.seed == other.seed:
            return f"it was recorded with the same seed, {self.seed}, so that one training would count double"
        return ""

    def _in_words(self) -> tuple[str, str, str]:
        """Return how it was recorded, each part in words; "" for what is not known."""
        folds = f"with {self.folds} folds" if self.folds else "without folds"
        return folds, f"in {self.mode} mode" if self.mode else "", f"with {self.architecture}" * bool(self.architecture)

    def _recipes(self, other: "Facts") -> list[tuple[str, str]]:
        """Return each field of both recipes in words, this one's first; [] where one is not known."""
        if not (self.recipe and other.recipe):
            return []
        both = {**USUAL, **self.recipe}, {**USUAL, **other.recipe}
        return [(_field(name, both[0]), _field(name, both[1])) for name in {**both[0], **both[1]}]


def _field(name: str, recipe: Mapping[str, Any]) -> str:
    """Return a field of a recipe in words."""
    return f"with {name}={recipe[name]}" if name in recipe else f"without {name}"


def told_by(info: Any) -> dict[str, Any]:
    """Return what the attributes of a run's file, a `store.RunInfo`, tell of how it was made; imports tell no seed."""
    told = {name: getattr(info, name) for name in ("dataset_sha256", "architecture", "recipe", "mode")}
    return told | {"seed": info.seed if info.origin == "recorded" else None}


class OfSamples(Protocol):
    """What has labels and was made by some training: dynamics, or a snapshot."""

    @property
    def name(self) -> str:
        """Return its name, for messages."""

    @property
    def labels(self) -> NDArray[np.integer]:
        """Return (N,) classes, or (N, L)."""

    @property
    def facts(self) -> Facts:
        """Return what made it."""


Run = TypeVar("Run", bound=OfSamples)


def check_alike(runs: list[Run]) -> list[Run]:
    """Return runs that can be averaged.

    Raises:
        DynamicsError: their samples, labels, epochs or images differ, or how they were trained or recorded; or two are of
            one seed.
    """
    for place, other in enumerate(runs):
        for run in runs[:place]:
            if told := _unlike(run, other):
                raise DynamicsError(
                    f"{other.name} can't be averaged with {run.name}: {told}. Give runs that differ in their seeds alone."
                )
    return runs


def _unlike(run: Run, other: Run) -> str:
    """Return in what two runs differ that have no mean, the first of it, "" for nothing."""
    if other.labels.shape != run.labels.shape:
        return f"it has {counted(len(other.labels), '{sample|samples}')} and not {len(run.labels):,}" + (
            "" if len(other.labels) != len(run.labels) else ", with labels of another kind"
        )
    different = (other.labels != run.labels).reshape(len(run.labels), -1).any(axis=1)
    if different.any():
        return f"{counted(int(different.sum()), '{sample has another label|samples have other labels}')} there"
    return run.facts.difference(other.facts)


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
