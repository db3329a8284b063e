"""Which class a label should perhaps be: of all others the one that a run predicted most."""

import math

import numpy as np
from numpy.typing import NDArray

from coreset_engine.dynamics import Dynamics

BLOCK = 1 << 16  # samples looked at at a time
NONE, UNKNOWN = -1, -2  # for a sample's class: no other was ever predicted; nobody has asked yet


class Proposals:
    """The class that the label of every sample should perhaps be.

    Of all others it is the one predicted most, weighted by its probability, in the last third of the epochs, or over all
    where nothing else was predicted then. The former is found for all samples at once, the latter when it is asked for.

    Attributes:
        pull: (N,) float64 in 0..1, the mean over the last third of the epochs of that class's probability where it was
            predicted and 0 elsewhere; 0 where nothing else was predicted then.
    """

    def __init__(self, dynamics: Dynamics) -> None:
        """Look at the last third of a single-label run's epochs.

        Raises:
            DynamicsError: a signal is missing or not finite.
        """
        self._dynamics, count = dynamics, dynamics.n_samples
        before = before_last_third(dynamics.epochs)
        self.pull, self._found = np.zeros(count), np.full(count, UNKNOWN)
        for begin in range(0, count, BLOCK):
            rows = np.arange(begin, min(begin + BLOCK, count))
            self.pull[rows], found = _most(dynamics, rows, before)
            self._found[rows] = np.where(found == NONE, UNKNOWN, found)
        self.pull /= dynamics.epochs - before

    def of(self, rows: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return the classes proposed for some rows, (n,); NONE where nothing else was ever predicted."""
        asked = np.sort(rows[self._found[rows] == UNKNOWN])  # as they lie in the file
        for begin in range(0, len(asked), BLOCK):
            part = asked[begin : begin + BLOCK]
            self._found[part] = _most(self._dynamics, part, 0)[1]
        return self._found[rows]


def before_last_third(epochs: int) -> int:
    """Return how many epochs lie before the last third, which has at least one."""
    return epochs - math.ceil(epochs / 3)


def _most(dynamics: Dynamics, rows: NDArray[np.integer], before: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the highest sum of an other class's probabilities over the epochs that predict it, and that class.

    Args:
        dynamics: of the run.
        rows: (n,) samples.
        before: epochs that are left out, from the first on.

    Returns:
        (n,) sums, and (n,) classes, the lowest of equals; 0 and NONE where no other class was predicted.
    """
    predicted = dynamics.prediction[before:].take(rows, axis=1)
    epoch, place = np.nonzero(predicted != dynamics.labels[rows].astype(predicted.dtype))
    key = place * dynamics.classes + predicted[epoch, place]  # of a sample and a class
    other = dynamics.target_probability[before:][epoch, rows[place]] - dynamics.margin[before:][epoch, rows[place]]
    order = np.argsort(key)
    key, other = key[order], other[order]
    first = np.flatnonzero(np.diff(key, prepend=-1))
    sums = np.add.reduceat(other, first, dtype=np.float64) if len(first) else np.zeros(0)
    sample, label = np.divmod(key[first], dynamics.classes)
    most, found = np.zeros(len(rows)), np.full(len(rows), NONE)
    np.maximum.at(most, sample, sums)
    best = np.flatnonzero((sums == most[sample]) & (sums > 0))[::-1]  # of equals the lowest class comes last and stays
    found[sample[best]] = label[best]
    return most, found
