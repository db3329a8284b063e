"""Greedy maximisation of set functions whose gains shrink as the set grows, and two such functions."""

import heapq
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from coreset_engine import compute
from coreset_engine.errors import ConfigError
from coreset_engine.kernels.similarity import Cosine, Rows

Optimizer = Literal["lazy", "naive", "stochastic", "approximate"]
ACCEPTED = 0.9  # share of its old gain with which the approximate optimiser takes a candidate
WIDEST = 64  # candidates evaluated at once


class Objective(Protocol):
    """A set function f and the set S chosen so far."""

    def __len__(self) -> int:
        """Return how many samples there are."""

    def gains(self, candidates: list[int] | None) -> NDArray[np.float64]:
        """Return f(S + j) - f(S) of some candidates j, or of all samples."""

    def add(self, sample: int) -> None:
        """Put a sample into S."""


class Coverage:
    """Facility location: f(S) = Σ_i max over j in S of s_ij.

    Attributes:
        best: (N,) the largest similarity of each sample to S, `floor` while S is empty.
        nearest: (N,) place in S, counted from 0, of the sample it is most similar to; a chosen sample's is its own.
    """

    def __init__(self, rows: Rows, totals: Any, floor: float = 0.0) -> None:
        """Start with an empty set.

        Args:
            rows: of the similarities.
            totals: (N,) sums of the rows.
            floor: at most the smallest similarity.
        """
        self.rows, self.size = rows, 0
        self.best = compute.namespace(totals).full_like(totals, floor)
        self.nearest = np.full(len(totals), -1)
        self.first = compute.host(totals).astype(np.float64) - floor * len(totals)

    def __len__(self) -> int:
        """Return N."""
        return len(self.best)

    def gains(self, candidates: list[int] | None) -> NDArray[np.float64]:
        """Return gain(j) = Σ_i max(0, s_ij - best_i)."""
        if not self.size:
            return self.first if candidates is None else self.first[candidates]
        if candidates is None:
            everything = range(0, len(self), WIDEST)
            blocks = [self.gains(list(range(a, min(a + WIDEST, len(self))))) for a in everything]
            return np.concatenate(blocks)
        lifted = compute.namespace(self.best).maximum(self.rows.take(candidates), self.best)
        lifted -= self.best
        return compute.host(lifted.sum(axis=1)).astype(np.float64)

    def add(self, sample: int) -> None:
        """Put a sample into S."""
        row = self.rows.take([sample])[0]
        closer = compute.host(row > self.best)
        closer[sample] = True
        self.nearest[closer] = self.size
        self.best = compute.namespace(row).maximum(row, self.best)
        self.size += 1


class Joint:
    """The sum of functions of disjoint groups of samples, which share one budget."""

    def __init__(self, groups: list[NDArray[np.int64]], parts: list[Coverage]) -> None:
        """Take the rows of each group, 0..N - 1 together, and each group's function."""
        self.parts = parts
        self.part_of, self.place = (np.empty(sum(map(len, groups)), np.int64) for _ in range(2))
        for number, rows in enumerate(groups):
            self.part_of[rows], self.place[rows] = number, np.arange(len(rows))

    def __len__(self) -> int:
        """Return N."""
        return len(self.place)

    def gains(self, candidates: list[int] | None) -> NDArray[np.float64]:
        """Return the gains of some candidates, or of all samples: each that of its own group."""
        asked = slice(None) if candidates is None else candidates
        part_of, place = self.part_of[asked], self.place[asked]
        gains = np.empty(len(place))
        for number in np.unique(part_of).tolist():
            here = part_of == number
            whole = candidates is None
            gains[here] = self.parts[number].gains(None if whole else place[here].tolist())
        return gains

    def add(self, sample: int) -> None:
        """Put a sample into the set of its group."""
        self.parts[self.part_of[sample]].add(int(self.place[sample]))

    def cluster_sizes(self, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return (M,) how many samples of its group are closest to each chosen one; `chosen` in order of choice."""
        sizes = np.empty(len(chosen), np.int64)
        for number, part in enumerate(self.parts):
            here = self.part_of[chosen] == number
            sizes[here] = np.bincount(part.nearest[part.nearest >= 0], minlength=here.sum())
        return sizes


class Cut:
    """Graph cut: f(S) = λ Σ_i Σ_j∈S s_ij - Σ_j,k∈S s_jk.

    The second sum of every gain is kept up to date with one matrix-vector product a choice, so no matrix is needed.
    """

    def __init__(self, similarity: Cosine, lam: float) -> None:
        """Start with an empty set."""
        self.similarity = similarity
        self.current = compute.host(similarity.totals()).astype(np.float64) * lam

    def __len__(self) -> int:
        """Return N."""
        return len(self.current)

    def gains(self, candidates: list[int] | None) -> NDArray[np.float64]:
        """Return gain(j) = λ Σ_i s_ij - 2 Σ_k∈S s_jk, without the self-similarity, the same for all."""
        return self.current.copy() if candidates is None else self.current[candidates]

    def add(self, sample: int) -> None:
        """Put a sample into S."""
        self.current -= 2 * compute.host(self.similarity.row(sample)).astype(np.float64)


def maximise(
    objective: Objective, size: int, optimizer: Optimizer, *, draws: Any = None, epsilon: float = 0.9
) -> NDArray[np.int64]:
    """Return `size` samples in the order in which they are chosen, ties by the lower row.

    Args:
        objective: with an empty set; it is changed.
        size: how many to choose, at most all.
        optimizer: "naive" evaluates every gain at every step. "lazy" gives the same set: a gain can only have shrunk since
            it was last computed, so only those are computed again that could still be the largest (Minoux 1978,
            doi:10.1007/BFb0006528). "approximate" takes a candidate as soon as its new gain is 0.9 of the old one.
            "stochastic" takes the best of max(round(-ln ε · N / size), 1) random candidates.
        draws: `numpy.random.RandomState` of the stochastic optimiser.
        epsilon: ε of the stochastic optimiser, in 0..1.

    Raises:
        ConfigError: ε is not between 0 and 1.

    Source: Guo et al. 2022, DeepCore (arXiv:2204.08499); stochastic: Mirzasoleiman et al. 2015 (arXiv:1409.7938).
    """
    if optimizer == "stochastic":
        return _stochastic(objective, size, draws, epsilon)
    return {"naive": _naive, "lazy": _lazy, "approximate": _approximate}[optimizer](objective, size)


def _naive(objective: Objective, size: int) -> NDArray[np.int64]:
    """Return the samples of largest gain, all of them computed at every step."""
    chosen: list[int] = []
    for _ in range(size):
        gains = objective.gains(None)
        gains[chosen] = -np.inf
        chosen.append(int(gains.argmax()))
        objective.add(chosen[-1])
    return np.array(chosen, np.int64)


def _queue(objective: Objective) -> list[tuple[float, int]]:
    """Return a heap of (-gain, sample)."""
    queue = list(zip((-objective.gains(None)).tolist(), range(len(objective)), strict=True))
    heapq.heapify(queue)
    return queue


def _lazy(objective: Objective, size: int) -> NDArray[np.int64]:
    """Return the samples of largest gain; a step computes 1, 2, 4, ... candidates until the best one is up to date."""
    queue, computed = _queue(objective), [0] * len(objective)
    chosen: list[int] = []
    for step in range(size):
        width = 1
        while computed[queue[0][1]] < step:
            stale: list[int] = []
            while queue and len(stale) < width and computed[queue[0][1]] < step:
                stale.append(heapq.heappop(queue)[1])
            for sample, gain in zip(stale, objective.gains(stale).tolist(), strict=True):
                computed[sample] = step
                heapq.heappush(queue, (-gain, sample))
            width = min(2 * width, WIDEST)
        chosen.append(heapq.heappop(queue)[1])
        objective.add(chosen[-1])
    return np.array(chosen, np.int64)


def _approximate(objective: Objective, size: int) -> NDArray[np.int64]:
    """Return samples whose gain is at least 0.9 of what it was when last computed, the largest old one first."""
    queue = _queue(objective)
    chosen: list[int] = []
    while len(chosen) < size:
        negative, sample = heapq.heappop(queue)
        gain = float(objective.gains([sample])[0])
        if gain >= ACCEPTED * -negative:
            chosen.append(sample)
            objective.add(sample)
        else:
            heapq.heappush(queue, (-gain, sample))
    return np.array(chosen, np.int64)


def _stochastic(objective: Objective, size: int, draws: Any, epsilon: float) -> NDArray[np.int64]:
    """Return at every step the best of a few samples drawn from those not chosen."""
    if not 0 < epsilon < 1:
        raise ConfigError(f"epsilon={epsilon} is not possible: give a number above 0 and below 1.")
    samples = len(objective)
    sample_size = max(round(-np.log(epsilon) * samples / size), 1)
    left = np.ones(samples, bool)
    chosen: list[int] = []
    for _ in range(size):
        drawn = draws.choice(np.flatnonzero(left), size=min(sample_size, samples - len(chosen)), replace=False)
        best = int(drawn[objective.gains(drawn.tolist()).argmax()])
        left[best] = False
        chosen.append(best)
        objective.add(best)
    return np.array(chosen, np.int64)
