"""How far the EVA scores of every pair of windows rank the samples as other scores do: Spearman's coefficient."""

import numpy as np
from numpy.typing import NDArray

from coreset_engine.window_map import windows

SAMPLE = 2_000  # samples that are ranked, in 40 us a pair; the coefficient is then off by about 0.02
_SEED = 0


def sampled(samples: int) -> NDArray[np.int64]:
    """Return the rows that are ranked, (n,) ascending: all, or a fixed random draw of 2,000 from more."""
    if samples <= SAMPLE:
        return np.arange(samples)
    return np.sort(np.random.default_rng(_SEED).choice(samples, SAMPLE, replace=False))


class Agreement:
    """Spearman's rank correlation of EVA with given scores, over `sampled` rows."""

    def __init__(
        self, norms: NDArray[np.floating], starts: NDArray[np.int64], length: int, scores: NDArray[np.floating]
    ) -> None:
        """Rank the given scores and compute the variances of the sampled rows.

        Args:
            norms: (T, N) error norms.
            starts: (S,) first epochs, counted from 1.
            length: K, epochs per window.
            scores: (N,) to compare with; the higher, the sooner kept. Infinities are allowed.

        Raises:
            DynamicsError: a norm in a window is NaN or infinite.
        """
        rows = sampled(len(scores))
        self._table = windows.variances(norms[:, rows], starts, length)
        ranks = average_ranks(np.asarray(scores, np.float64)[rows])
        self._centred = ranks - ranks.mean()

    def of(self, early: int, late: slice) -> NDArray[np.float64]:
        """Return Spearman's coefficient of one early window with several late ones.

        Args:
            early: position of t_e in the starts.
            late: positions of t_l in the starts, P of them.

        Returns:
            (P,) in -1..1; NaN where all scores, given or EVA's, are equal.

        Source: Pearson's coefficient of the ranks, ties sharing their mean rank (Spearman 1904).
        """
        sums = self._table[early] + self._table[late]
        order, close = ordered(sums)
        # the ranks, from their mean, where no two sums are equal
        plain = np.arange(sums.shape[1]) - (sums.shape[1] - 1) / 2
        product, squares = self._centred[order] @ plain, np.full(len(sums), np.square(plain).sum())
        if close.any():
            exact = np.argsort(sums[close], axis=1)
            ranks = shared_ranks(np.take_along_axis(sums[close], exact, axis=1)) + plain[0]
            product[close] = np.einsum("pn,pn->p", self._centred[exact], ranks)
            squares[close] = np.square(ranks).sum(axis=1)
        with np.errstate(invalid="ignore"):  # 0 / 0 where all are equal
            coefficients: NDArray[np.float64] = product / np.sqrt(squares * np.square(self._centred).sum())
        return coefficients


def ordered(values: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the order in which each row of `values` (P, n) >= 0 ascends, and where two of a row are too close to tell.

    Such numbers ascend as their bits do, so the last bits make room for the column and whole numbers are sorted: NumPy does
    that five times as fast as it argsorts. Values that differ in those bits alone are close.
    """
    width = np.uint64((1 << max(1, (values.shape[1] - 1).bit_length())) - 1)
    keys = values.view(np.uint64) & ~width
    keys |= np.arange(values.shape[1], dtype=np.uint64)
    keys.sort(axis=1)
    close = np.any((keys[:, 1:] ^ keys[:, :-1]) <= width, axis=1)
    return (keys & width).view(np.int64), np.asarray(close)


def shared_ranks(ascending: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the ranks, from 0, of rows (P, n) that ascend; equal values of a row share the mean of their ranks."""
    places = np.arange(ascending.shape[1])
    ranks = np.tile(places.astype(np.float64), (len(ascending), 1))
    new = np.ones((len(ascending), len(places) + 1), bool)  # whether a value, or the end, differs from the one before
    new[:, 1:-1] = ascending[:, 1:] != ascending[:, :-1]
    tied = np.flatnonzero(~new.all(axis=1))
    if len(tied):
        first = np.maximum.accumulate(np.where(new[tied, :-1], places, 0), axis=1)
        last = np.minimum.accumulate(np.where(new[tied, 1:], places, len(places))[:, ::-1], axis=1)[:, ::-1]
        ranks[tied] = (first + last) / 2
    return ranks


def average_ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rank of each of `values` (n,) from 0 for the lowest; equal ones share the mean of their ranks."""
    order = np.argsort(values)
    ranks = np.empty(len(values))
    ranks[order] = shared_ranks(values[order][None])[0]
    return ranks
