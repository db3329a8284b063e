"""The error norms of a run over its epochs, shortened to the mean of every class."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


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
    member = np.eye(len(names), dtype=np.float32)[labels] if labels.ndim == 1 else labels.astype(np.float32)
    present = np.flatnonzero(member.sum(axis=0))
    means = (norms @ member[:, present]) / member[:, present].sum(axis=0)
    found = tuple(present.tolist())
    return Trajectories(tuple(names[c] for c in found), found, means.T)
