"""D2 pruning: hard samples from dense regions, each of which makes its neighbours less wanted."""

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from coreset_engine.errors import ConfigError
from coreset_engine.greedy import Greedy, Picks, checked_importance
from coreset_engine.kernels.graph import Graph, by_distance
from coreset_engine.registry import FROM_ONE, FROM_ZERO
from coreset_engine.snapshot import Snapshot

LEAST = 1e-7  # importance that a sample passes on at least


def d2(
    group: Snapshot,
    size: int,
    *,
    importance: str | NDArray[np.float64] = "forgetting",
    neighbours: Annotated[int, FROM_ONE] = 5,
    gamma: Annotated[float, FROM_ZERO] = 0.1,
    scale: Literal["median", "none"] = "median",
) -> Picks:
    """Return samples picked one after another by importance and density, as messages between neighbours carry them.

    Samples i and j are neighbours where one is among the k nearest of the other in Euclidean distance of the features.
    Forward: x_i = s_i + Σ_j exp(-δ_ij) max(s_j, 1e-7) over the neighbours j. Then, again and again, the sample i of
    largest x is picked, and each neighbour gets x_j - exp(-γ δ_ij) x_i. δ is the distance, divided by the median distance
    to the k nearest where that is not 0, as it is among copies. Ties go to the lower row.

    Args:
        group: the samples to choose from; features (N, D).
        size: how many to choose.
        importance: s, 0 or more and high for hard samples: name of a method that scores, turned where it keeps the lowest
            (max - AUM), with its windows as eva:21/31 where it has two, or in Python (N,) numbers of all samples.
        neighbours: k; where there are fewer other samples, all of them.
        gamma: γ >= 0; the smaller, the further a pick reaches.
        scale: "none" leaves distances as they are, as the released code does: then exp(-δ) vanishes where features are
            large, and hardly more than the importance decides.

    Returns:
        Picks in the order of choice.

    Raises:
        ConfigError: the importance is missing, negative or not finite.

    Source: Maharana et al. 2024 (arXiv:2310.07931), Sec. 3, and its released code.

    Example:
        >>> import numpy as np
        >>> from coreset_engine import Snapshot, select
        >>> h = np.array([[0.0], [0.1], [5.0], [9.0]])  # two samples close together, two alone
        >>> snapshot = Snapshot.from_arrays(features=h, logits=np.zeros((4, 2)), labels=np.array([0, 0, 1, 1]))
        >>> hard = np.array([3.0, 3.0, 2.0, 1.0])
        >>> select(snapshot, method="d2", rate=0.5, importance=hard, neighbours=1, balanced=False).tolist()
        [0, 2]
    """
    scores = checked_importance("d2", importance, group.n_samples)
    if scores.min() < 0:
        raise ConfigError(
            f"The importance of d2 must be 0 or more; its least value is {scores.min():.4g}. Add a constant, or turn a "
            "score that is low for hard samples."
        )
    graph, median = by_distance(group.features, neighbours)
    lengths = graph.values / median if scale == "median" and median else graph.values
    weighted = scores + np.bincount(
        graph.samples, np.exp(-lengths) * np.maximum(scores[graph.others], LEAST), len(graph)
    )
    return Picks(_picked(graph, weighted, np.exp(-gamma * lengths), size))


def _picked(graph: Graph, weighted: NDArray, shares: NDArray[np.float64], size: int) -> NDArray[np.int64]:
    """Return the rows of largest x = `weighted`, of which each pick takes `shares` times its own from its neighbours."""
    left, rows = weighted.copy(), np.empty(size, np.int64)
    for step in range(size):
        row = rows[step] = int(left.argmax())
        edges = slice(graph.starts[row], graph.starts[row + 1])
        left[graph.others[edges]] -= shares[edges] * left[row]
        left[row] = -np.inf
    return rows


GREEDY = Greedy(
    "d2",
    "D2 pruning",
    d2,
    "x_i = s_i + Σ_j exp(-δ_ij) s_j over neighbours; argmax x, then x_j - exp(-γ δ_ij) x_i, again and again",
    "Maharana et al. 2024, arXiv:2310.07931",
    needs="importance",
    order=70,
    colour=35,
    family="graph",
    cost="O(Σ n_c² D) time within classes, O(N² D) over all; O(N (D + k)) memory",
    measured="8.4 s on two cores over all, 1.6 s within classes at N = 35,000, D = 512, C = 11, 10 %, idle; 1.0 GiB peak "
    "with the snapshot",
    differences="The paper weighs the forward pass by an RBF kernel, the released code by exp(-distance) (scale=none), "
    "whose weights vanish at the distances of real features; here distances are divided by their median. Samples are "
    "neighbours where one is near to the other, as where the code computes the graph; where it is given one, only in "
    "one direction. The code's class mode pairs scores with the features of other samples when nothing is cut off, "
    "returns small pools in random order and fills up at random; here nothing is random, and a pool of k samples or "
    "fewer is a graph of all. With AUM the code keeps the easy end: here max - AUM. The paper cuts the hardest "
    "samples off first (β of AUM): exclude them.",
    checked="the released code's selections of 10 and 30 %, k = 5 and 10, both scales, with and without a cut of 40 %, "
    "over all and within classes: the same sets; its edges and forward scores to 1e-4",
)
