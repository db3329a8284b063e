"""Uniform: random samples, as many of every class as its share."""

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from coreset_engine.greedy import Greedy, Picks
from coreset_engine.registry import LEGACY_SEED
from coreset_engine.snapshot import Snapshot


def uniform(
    snapshot: Snapshot, groups: list[tuple[NDArray[np.int64], int]], *, seed: Annotated[int, LEGACY_SEED] = 0
) -> Picks:
    """Return samples drawn uniformly without replacement from each group, the groups one after the other.

    Args:
        snapshot: of no importance here; only rows count.
        groups: rows of each group and how many of them to draw.
        seed: of the draws, which run through the groups: NumPy's legacy generator, as in the reference.

    Source: Guo et al. 2022, DeepCore (arXiv:2204.08499), Sec. 4.
    """
    draws = np.random.RandomState(seed)
    return Picks(np.concatenate([draws.choice(rows, size, replace=False) for rows, size in groups]))


GREEDY = Greedy(
    "uniform",
    "Uniform per class",
    uniform,
    "round(α n_c) random samples of every class",
    "Guo et al. 2022, DeepCore, arXiv:2204.08499",
    reads="any",
    together=True,
    order=60,
    colour=26,
    family="baseline",
    cost="O(N) time and memory",
    measured="5 ms of one core and 1 MB at N = 34,561, rate 10 %",
    checked="DeepCore's Uniform: the same samples from the same seed, at 10 and 30 %, balanced and not",
)
