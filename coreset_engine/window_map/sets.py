"""The samples that EVA keeps for every pair of windows: exactly those of `select(..., method="eva", rule="top")`."""

import numpy as np
from numpy.typing import NDArray

from coreset_engine.window_map import bitsets, windows

# A float32 sum of two float32 variances is off by at most 2^-23 of itself: each of the three roundings takes at most
# 2^-24 of what it rounds. Two sums may swap when they are twice that apart; the band in doubt is twice as wide again.
# Sums too small for that rule, because subnormal numbers have fewer digits, are always in doubt.
_RELATIVE = np.float32(2.0**-21)
_ABSOLUTE = np.float32(2.0**-124)
_BLOCK = 1 << 18  # scores that are worked on at a time: 1 MB of float32, so that they stay in a core's cache


class Sets:
    """The top-M sets of one run, for pairs of windows of K epochs.

    Sums of a float32 table find the threshold; samples that lie within its rounding error of the threshold are ranked
    again in float64, so that a set never differs from that of the scores themselves.
    """

    def __init__(
        self,
        norms: NDArray[np.floating],
        starts: NDArray[np.int64],
        length: int,
        size: int,
        layout: bitsets.Layout,
        threads: int = 1,
    ) -> None:
        """Compute the variances of every window.

        Args:
            norms: (T, N) error norms.
            starts: (S,) first epochs, counted from 1.
            length: K, epochs per window.
            size: M, samples a set.
            layout: where each sample's bit stands.
            threads: how many work at once.

        Raises:
            DynamicsError: a norm in a window is NaN or infinite.
        """
        self._norms, self._starts, self._length, self._size = norms, starts, length, size
        self._layout = layout
        self._table = windows.variances(
            norms, starts, length, dtype=np.float32, place=layout.place, width=layout.bits, threads=threads
        )

    def kept(self, early: int, late: slice) -> NDArray[np.uint64]:
        """Return the sets of one early window with several late ones.

        Args:
            early: position of t_e in the starts.
            late: positions of t_l in the starts, P of them.

        Returns:
            (P, words) of bits in the run's layout.
        """
        step, stop = max(1, _BLOCK // self._layout.bits), len(self._table) if late.stop is None else late.stop
        parts = [slice(at, min(at + step, stop)) for at in range(late.start, stop, step)]
        return np.concatenate([self._kept(early, part) for part in parts or [late]])

    def _kept(self, early: int, late: slice) -> NDArray[np.uint64]:
        """Return what `kept` does, for as many late windows as fit a core's cache."""
        sums = self._table[late] + self._table[early]
        threshold = np.partition(sums, -self._size, axis=1)[:, -self._size]
        least = threshold * (1 - _RELATIVE) - _ABSOLUTE
        words = bitsets.pack(sums >= least[:, None])
        # As many as wanted: nobody else comes near the threshold. More: somebody does, or equals it.
        for position in np.flatnonzero(bitsets.count(words) != self._size):
            pair = self._starts[early], self._starts[late][position]
            words[position] = self._refined(sums[position], threshold[position], least[position], pair)
        return words

    def _refined(
        self, sums: NDArray[np.float32], threshold: np.float32, least: np.float32, pair: tuple[int, int]
    ) -> NDArray[np.uint64]:
        """Return one set, (words,), after ranking the samples in doubt by float64 scores, ties by lower row.

        Args:
            sums: (bits,) float32 scores.
            threshold: the M-th highest of them.
            least: what a member reaches at least.
            pair: t_e and t_l.
        """
        sure = sums > threshold * (1 + _RELATIVE) + _ABSOLUTE
        doubtful = np.flatnonzero((sums >= least) & ~sure)
        rows = self._layout.row[doubtful]
        early, late = (windows.window_variance(self._norms[t - 1 : t - 1 + self._length, rows]) for t in pair)
        order = np.lexsort((rows, -(early + late)))
        sure[doubtful[order[: self._size - int(sure.sum())]]] = True
        return bitsets.pack(sure)
