"""Samples by class, of one label per sample (N,) or of several, (N, L) zeros and ones."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import ConfigError


def class_counts(labels: NDArray[np.integer], classes: int, *groups: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return (C, 1 + groups): samples of each class (label) in all data and in each group, a mask (N,)."""
    every = np.ones(len(labels), bool)
    if labels.ndim == 2:
        return np.stack([labels[mask].sum(axis=0, dtype=np.int64) for mask in (every, *groups)], axis=1)
    return np.stack([np.bincount(labels[mask], minlength=classes) for mask in (every, *groups)], axis=1)


class ClassRate(NamedTuple):
    """A class with how many of its samples are kept, and how many there are."""

    name: str
    kept: int
    total: int

    @property
    def rate(self) -> float:
        """Return the share kept, 0..1."""
        return self.kept / self.total


def kept_rates(counts: NDArray[np.int64], names: Sequence[str]) -> list[ClassRate]:
    """Return every class that has samples, the one with the smallest kept share first.

    Args:
        counts: (C, 2 or more) samples of each class in all data and in the coreset, as `class_counts` gives them.
        names: of the classes.
    """
    found = [ClassRate(names[c], int(counts[c, 1]), int(counts[c, 0])) for c in np.flatnonzero(counts[:, 0]).tolist()]
    return sorted(found, key=lambda one: one.rate)


def of_class(
    rows: NDArray[np.int64], labels: NDArray[np.integer], names: tuple[str, ...], chosen: str
) -> NDArray[np.int64]:
    """Return those of `rows` that carry the label `chosen`, or all of them when it is no label's name."""
    if chosen not in names:
        return rows
    number = names.index(chosen)
    member = labels == number if labels.ndim == 1 else labels[:, number] == 1
    return rows[member[rows]]


def class_texts(labels: NDArray[np.integer], names: Sequence[str], joint: str = ";", without: str = "") -> list[str]:
    """Return the class of every sample as text.

    Args:
        labels: (B,) or (B, L) zeros and ones.
        names: of the classes.
        joint: between several labels of a sample.
        without: what stands for none.
    """
    if labels.ndim == 1:
        return [names[label] for label in labels]
    return [joint.join(names[int(c)] for c in np.flatnonzero(row)) or without for row in labels]


def captions(dynamics: Dynamics, rows: Sequence[int], names: Sequence[str]) -> list[str]:
    """Return the class name of each row for people, several labels joined by "+"."""
    return class_texts(dynamics.labels[np.asarray(rows, np.int64)], names, "+", "no label")


def class_number(given: str, names: Sequence[str]) -> int:
    """Return the number of a class that is given by its name, or by its number where no class has that name.

    Raises:
        ConfigError: there is no such class, or several have that name.
    """
    found = [number for number, name in enumerate(names) if name == given]
    if len(found) > 1:
        raise ConfigError(f"Several classes are named {given!r}. Give the number: {', '.join(map(str, found))}.")
    if found:
        return found[0]
    if given.isdecimal() and int(given) < len(names):
        return int(given)
    raise ConfigError(f"There is no class {given!r}. Choose one of: {', '.join(names)}; or a number from 0.")
