"""How several coresets of the same samples differ: overlap, rank correlation, intersections, classes, stability."""

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

BLOCK = 1 << 20  # samples compared at a time, exact in float32


class Intersection(NamedTuple):
    """Samples that exactly these coresets keep and no other: their positions, ascending, and how many samples."""

    members: tuple[int, ...]
    count: int  # type: ignore[assignment] # takes the place of a tuple's own `count`, which nobody calls


class Stability(NamedTuple):
    """How alike n coresets are: mean, lowest and highest Jaccard overlap of their pairs, 0..1.

    With n = 2 there is one pair, so lowest and highest are NaN: one value has no spread.
    """

    n: int
    mean: float
    low: float
    high: float


def shared_samples(kept: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return (S, S) how many samples every two of S coresets (S, N) share."""
    found = np.zeros((len(kept), len(kept)))
    for start in range(0, kept.shape[1], BLOCK):
        masks = kept[:, start : start + BLOCK].astype(np.float32)  # float: products of integers do not use fast kernels
        found += masks @ masks.T
    return found


def jaccard(kept: NDArray[np.bool_], shared: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """Return (S, S) for every two of S coresets (S, N): shared samples as a share of those in either, 0..1; 1 for empty.

    Args:
        kept: the coresets.
        shared: what `shared_samples` gave, where that is known.

    Source: Jaccard 1912, The distribution of the flora in the alpine zone.
    """
    shared = shared_samples(kept) if shared is None else shared
    sizes = np.diag(shared)
    either = sizes[:, None] + sizes - shared
    return np.divide(shared, either, out=np.ones_like(shared), where=either > 0)


def by_chance(sizes: NDArray[np.integer], samples: int) -> NDArray[np.float64]:
    """Return (S, S): about which overlap two coresets of these sizes (S,) have that are drawn at random from N samples.

    Of a and b samples, ab / N are shared in the mean; the overlap of that mean is given.
    """
    counts = sizes.astype(np.float64)
    shared = counts[:, None] * counts / samples
    return shared / (counts[:, None] + counts - shared)


def ranks(scores: NDArray[np.float64], keep: str) -> NDArray[np.float64]:
    """Return (N,) ranks of the scores, the higher the sooner kept; equal scores share the mean of their ranks.

    Args:
        scores: (N,) without NaN.
        keep: the end that is kept; for "middle" the distance of a rank from the middle is ranked.
    """
    if keep == "middle":
        place = _mean_ranks(scores)
        return _mean_ranks(-np.abs(place - (len(place) + 1) / 2))
    return _mean_ranks(scores if keep == "highest" else -scores)


def _mean_ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (N,) ranks from 1 for the lowest value; equal values share the mean of theirs."""
    order = np.argsort(values)
    ordered = values[order]
    first = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))  # of each run of equal values
    ends = np.append(first[1:], len(values))
    means = (first + 1 + ends) / 2
    found = np.empty(len(values))
    found[order] = means if len(means) == len(values) else np.repeat(means, ends - first)
    return found


class Centred(NamedTuple):
    """Ranks less their mean, (N,), and the length of that vector."""

    values: NDArray[np.float64]
    length: float


def centred(found: NDArray[np.float64]) -> Centred:
    """Return what `ranks` gave less its mean."""
    values = found - found.mean()
    return Centred(values, float(np.sqrt(values @ values)))


def correlation(one: Centred, other: Centred) -> float:
    """Return the Spearman coefficient of two rankings, -1..1; NaN where all scores of one are equal."""
    lengths = one.length * other.length
    return float(np.clip(one.values @ other.values / lengths, -1, 1)) if lengths > 0 else float("nan")


def correlations(found: Sequence[NDArray[np.float64] | None]) -> NDArray[np.float64]:
    """Return (S, S) Spearman coefficients of what `ranks` gave, -1..1.

    NaN where one is None, as for greedy methods, which rank nothing, and where all scores are equal.

    Source: Pearson's coefficient of the ranks, ties sharing their mean rank (Spearman 1904).
    """
    table = np.full((len(found), len(found)), np.nan)
    ready = {place: centred(one) for place, one in enumerate(found) if one is not None}
    for i, one in ready.items():
        for j, other in ready.items():
            table[i, j] = table[j, i] if j < i else correlation(one, other)
    return table


def codes(kept: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return (N,) by which of S coresets (S, N) a sample is kept: the sum of 2^s over those."""
    found = np.zeros(kept.shape[1], np.int64)
    for place, one in enumerate(kept):
        found += one.astype(np.int64) << place
    return found


def intersections(coded: NDArray[np.int64]) -> list[Intersection]:
    """Return every set of coresets that has samples of its own, from what `codes` gave; the largest first.

    Samples that no coreset keeps belong to none. Of equal counts, fewer coresets come first, then the earlier ones.

    Source: Lex et al. 2014, UpSet: Visualization of Intersecting Sets (doi:10.1109/TVCG.2014.2346248).
    """
    counts = np.bincount(coded)
    found = [
        Intersection(tuple(s for s in range(int(code).bit_length()) if code >> s & 1), int(counts[code]))
        for code in np.flatnonzero(counts)
        if code
    ]
    return sorted(found, key=lambda one: (-one.count, len(one.members), one.members))


def rows_of(coded: NDArray[np.int64], members: Sequence[int]) -> NDArray[np.int64]:
    """Return the rows that exactly these coresets keep, ascending."""
    return np.flatnonzero(coded == sum(1 << s for s in members))


def class_shift(counts: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return (S,) how far each coreset's classes are from those of all data: half the sum of the differences, 0..1.

    Args:
        counts: (C, 1 + S) samples of every class in all data and in the coresets.
    """
    shares = counts / np.maximum(1, counts.sum(axis=0))
    return np.abs(shares[:, 1:] - shares[:, :1]).sum(axis=0) / 2


def stability(kept: NDArray[np.bool_]) -> Stability | None:
    """Return how alike n coresets (n, N) of different seeds are; None for fewer than two."""
    if len(kept) < 2:
        return None
    table = jaccard(kept)
    pairs = [float(table[i, j]) for i, j in combinations(range(len(kept)), 2)]
    low, high = (min(pairs), max(pairs)) if len(pairs) > 1 else (np.nan, np.nan)
    return Stability(len(kept), float(np.mean(pairs)), low, high)
