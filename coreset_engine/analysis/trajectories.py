"""The error norms of a run over its epochs, shortened: the mean of every class, and a few samples whole."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SAMPLES = 500  # that are kept whole


@dataclass(frozen=True)
class Trajectories:
    """What stands for all trajectories of a run.

    Attributes:
        names: of the classes that have samples.
        classes: their numbers.
        means: (L, T) float32, the mean error norm of each of them.
        few: (S, T) float32, the error norms of samples drawn at random, by ascending row.
        highest: of all error norms; 1 where all are 0.
    """

    names: tuple[str, ...]
    classes: tuple[int, ...]
    means: NDArray[np.float32]
    few: NDArray[np.float32]
    highest: float


def trajectories(
    norms: NDArray[np.float32], labels: NDArray[np.integer], names: tuple[str, ...], seed: int = 0
) -> Trajectories:
    """Return the mean trajectory of every class and those of at most SAMPLES samples.

    Args:
        norms: (T, N) error norms.
        labels: (N,) classes, or (N, L) zeros and ones: a sample of several counts for each of them.
        names: of the classes.
        seed: of the draw of samples.
    """
    member = np.eye(len(names), dtype=np.float32)[labels] if labels.ndim == 1 else labels.astype(np.float32)
    present = np.flatnonzero(member.sum(axis=0))
    means = (norms @ member[:, present]) / member[:, present].sum(axis=0)
    samples = norms.shape[1]
    rows = np.sort(np.random.default_rng(seed).choice(samples, min(SAMPLES, samples), replace=False))
    found = tuple(present.tolist())
    return Trajectories(tuple(names[c] for c in found), found, means.T, norms[:, rows].T, float(norms.max()) or 1.0)
