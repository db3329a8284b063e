"""The error norms of a run over its epochs, shortened to the mean of every class."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_TABLE = 2**24  # numbers of a table of samples and classes


@dataclass(frozen=True)
class Trajectories:
    """What stands for all trajectories of a run.

    Attributes:
        names: of the classes that have samples.
        classes: their numbers.
        means: (L, T) float32, the mean error norm of each of them.
    """

    names: tuple[str, ...]
    classes: tuple[int, ...]
    means: NDArray[np.float32]


def trajectories(norms: NDArray[np.float32], labels: NDArray[np.integer], names: tuple[str, ...]) -> Trajectories:
    """Return the mean trajectory of every class.

    Args:
        norms: (T, N) error norms.
        labels: (N,) classes, or (N, L) zeros and ones: a sample of several counts for each of them.
        names: of the classes.
    """
    if labels.ndim == 1 and len(labels) * len(names) > _TABLE:
        return _by_counting(norms, labels, names)
    member = np.eye(len(names), dtype=np.float32)[labels] if labels.ndim == 1 else labels.astype(np.float32)
    present = np.flatnonzero(member.sum(axis=0))
    means = (norms @ member[:, present]) / member[:, present].sum(axis=0)
    found = tuple(present.tolist())
    return Trajectories(tuple(names[c] for c in found), found, means.T)


def _by_counting(norms: NDArray[np.float32], labels: NDArray[np.integer], names: tuple[str, ...]) -> Trajectories:
    """Return the same, epoch by epoch: of many samples and classes a table of both would be larger than the run."""
    counts = np.bincount(labels, minlength=len(names))
    present = np.flatnonzero(counts)
    means = np.stack([np.bincount(labels, row, len(names))[present] / counts[present] for row in norms])
    found = tuple(present.tolist())
    return Trajectories(tuple(names[c] for c in found), found, means.T.astype(np.float32))
