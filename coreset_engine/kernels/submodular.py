"""Greedy maximisation of set functions whose gains shrink as the set grows."""

import heapq
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from coreset_engine.registry import Within

Optimizer = Literal["lazy", "naive", "stochastic", "approximate"]
EPSILON = Within("a number above 0 and below 1", 0, 1, above=True, below=True)
ACCEPTED = 0.9  # share of its old gain with which the approximate optimiser takes a candidate


class Objective(Protocol):
    """A set function f and the set S chosen so far.

    Attributes:
        widest: how many candidates are best evaluated at once: more cost evaluations, fewer cost calls.
    """

    widest: int

    def __len__(self) -> int:
        """Return how many samples there are."""

    def gains(self, candidates: list[int] | None) -> NDArray[np.float64]:
        """Return f(S + j) - f(S) of some candidates j, or of all samples."""

    def largest(self, chosen: list[int]) -> int:
        """Return the sample of largest gain that is not in S = `chosen`, the lower row where several have it."""

    def add(self, sample: int) -> None:
        """Put a sample into S."""


def maximise(
    objective: Objective, size: int, optimizer: Optimizer, *, draws: Any = None, epsilon: float = 0.9
) -> NDArray[np.int64]:
    """Return `size` samples in the order in which they are chosen, ties by the lower row.

    Args:
        objective: with an empty set; it is changed.
        size: how many to choose, at most all.
        optimizer: "naive" evaluates every gain at every step. "lazy" gives the same set: a gain can only have shrunk since
            it was last computed, so only those are computed again that could still be the largest (Minoux 1978,
            doi:10.1007/BFb0006528). "approximate" takes a candidate as soon as its new gain is 0.9 of the old one; below 0,
            where a gain that has not shrunk is less than 0.9 of itself, it is "lazy".
            "stochastic" takes the best of max(round(-ln ε · N / size), 1) random candidates.
        draws: `numpy.random.RandomState` of the stochastic optimiser.
        epsilon: ε of the stochastic optimiser, in 0..1.

    Source: Guo et al. 2022, DeepCore (arXiv:2204.08499); stochastic: Mirzasoleiman et al. 2015 (arXiv:1409.7938).

    Example:
        >>> import numpy as np
        >>> from coreset_engine.kernels.gradients import Gradients
        >>> from coreset_engine.kernels.objectives import Coverage
        >>> from coreset_engine.kernels.similarity import Cosine, Rows
        >>> from coreset_engine.kernels.submodular import maximise
        >>> alike = Gradients(np.array([[1.0, 0], [1, 0], [0, 1]]), np.ones((3, 1)))  # samples 0 and 1 are the same
        >>> rows = Rows(Cosine(alike))
        >>> maximise(Coverage(rows, rows.survey()[0]), 2, "lazy").tolist()
        [0, 2]
    """
    if optimizer == "stochastic":
        return _stochastic(objective, size, draws, epsilon)
    return {"naive": _naive, "lazy": _lazy, "approximate": _approximate}[optimizer](objective, size)


def maximise_within(objective: Objective, groups: list[tuple[NDArray[np.int64], int]]) -> NDArray[np.int64]:
    """Return the samples of largest gain in the order of choice, of each group so many; a full group is closed.

    Gains count all samples, also those of no group, which can't be chosen. Lazy, as `maximise` explains; ties by the lower
    row.

    Args:
        objective: with an empty set; it is changed.
        groups: rows of each, disjoint, and how many to choose of them, at most all.

    Source: Fisher, Nemhauser and Wolsey 1978 (doi:10.1007/BFb0121195): greedy under a partition reaches half of the best.

    Example:
        >>> import numpy as np
        >>> from coreset_engine.kernels.graph import by_cosine
        >>> from coreset_engine.kernels.objectives import Reach
        >>> from coreset_engine.kernels.submodular import maximise_within
        >>> h = np.array([[1.0, 0], [4, 1], [3, 1], [0, 1]])
        >>> maximise_within(Reach(by_cosine(h, 1), 1), [(np.array([0, 1]), 1), (np.array([2, 3]), 1)]).tolist()
        [1, 2]
    """
    left = [size for _, size in groups]
    group_of = {row: number for number, (rows, size) in enumerate(groups) for row in rows.tolist() if size}
    gains = objective.gains(None).tolist()
    queue, computed = [(-gains[row], row) for row in group_of], [0] * len(objective)
    heapq.heapify(queue)
    chosen: list[int] = []
    while queue:
        _bring_up_to_date(objective, queue, computed, len(chosen))
        chosen.append(heapq.heappop(queue)[1])
        objective.add(chosen[-1])
        group = group_of[chosen[-1]]
        left[group] -= 1
        if not left[group]:
            queue = [entry for entry in queue if group_of[entry[1]] != group]
            heapq.heapify(queue)
    return np.array(chosen, np.int64)


def _naive(objective: Objective, size: int) -> NDArray[np.int64]:
    """Return the samples of largest gain, all of them computed at every step."""
    chosen: list[int] = []
    for _ in range(size):
        chosen.append(objective.largest(chosen))
        objective.add(chosen[-1])
    return np.array(chosen, np.int64)


def _queue(objective: Objective) -> list[tuple[float, int]]:
    """Return a heap of (-gain, sample)."""
    queue = list(zip((-objective.gains(None)).tolist(), range(len(objective)), strict=True))
    heapq.heapify(queue)
    return queue


def _lazy(objective: Objective, size: int) -> NDArray[np.int64]:
    """Return the samples of largest gain, found without computing all of them."""
    queue, computed = _queue(objective), [0] * len(objective)
    chosen: list[int] = []
    for step in range(size):
        _bring_up_to_date(objective, queue, computed, step)
        chosen.append(heapq.heappop(queue)[1])
        objective.add(chosen[-1])
    return np.array(chosen, np.int64)


def _bring_up_to_date(objective: Objective, queue: list[tuple[float, int]], computed: list[int], step: int) -> None:
    """Compute gains again until the best of the queue is one of this step: more and more candidates at once."""
    width = -(-objective.widest // 8)
    while computed[queue[0][1]] < step:
        if width == 1:
            sample = queue[0][1]
            computed[sample] = step
            heapq.heapreplace(queue, (-float(objective.gains([sample])[0]), sample))
            continue
        stale: list[int] = []
        while queue and len(stale) < width and computed[queue[0][1]] < step:
            stale.append(heapq.heappop(queue)[1])
        for sample, gain in zip(stale, objective.gains(stale).tolist(), strict=True):
            computed[sample] = step
            heapq.heappush(queue, (-gain, sample))
        width = min(2 * width, objective.widest)


def _approximate(objective: Objective, size: int) -> NDArray[np.int64]:
    """Return samples whose gain is at least 0.9 of what it was when last computed, the largest old one first.

    One that was computed in this step and is still the first has the largest gain, whatever its sign.
    """
    queue, computed = _queue(objective), [0] * len(objective)
    chosen: list[int] = []
    while len(chosen) < size:
        negative, sample = heapq.heappop(queue)
        gain = -negative if computed[sample] == len(chosen) else float(objective.gains([sample])[0])
        if computed[sample] == len(chosen) or gain >= ACCEPTED * -negative:
            chosen.append(sample)
            objective.add(sample)
        else:
            computed[sample] = len(chosen)
            heapq.heappush(queue, (-gain, sample))
    return np.array(chosen, np.int64)


def _stochastic(objective: Objective, size: int, draws: Any, epsilon: float) -> NDArray[np.int64]:
    """Return at every step the best of a few samples drawn from those not chosen."""
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
