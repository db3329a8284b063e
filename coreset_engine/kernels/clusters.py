"""k-means: centres of clusters by Lloyd's steps from k-means++ starts."""

import numpy as np
from numpy.typing import NDArray

STEPS = 100  # at most: assignments have settled long before on features of networks


def k_means(points: NDArray[np.float64], count: int, seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the centres of clusters and which cluster each point belongs to.

    Starts are drawn one after another with probabilities that grow with the squared distance from those drawn; then every
    point goes to its nearest centre (the lower number where two are as near) and every centre to the mean of its points,
    until no point moves, 100 times at most. A cluster that loses all its points keeps its centre.

    Args:
        points: (N, D).
        count: k clusters, 1 or more; no more than there are points.
        seed: of the starts.

    Returns:
        (k, D) centres and (N,) cluster numbers.

    Source: Lloyd 1982; Arthur and Vassilvitskii 2007 for the starts.

    Example:
        >>> import numpy as np
        >>> from coreset_engine.kernels.clusters import k_means
        >>> centres, cluster = k_means(np.array([[0.0], [1.0], [8.0], [9.0]]), 2)
        >>> sorted(centres[:, 0].tolist()), (cluster[0] == cluster[1]).item()
        ([0.5, 8.5], True)
    """
    centres = _starts(points, min(count, len(points)), np.random.default_rng(seed))
    lengths = np.einsum("ij,ij->i", points, points)
    cluster = np.full(len(points), -1)
    for _ in range(STEPS):
        nearest = (np.einsum("ij,ij->i", centres, centres) - 2 * points @ centres.T + lengths[:, None]).argmin(axis=1)
        if np.array_equal(nearest, cluster):
            break
        cluster = nearest
        for number in np.unique(cluster):
            centres[number] = points[cluster == number].mean(axis=0)
    return centres, cluster


def _starts(points: NDArray[np.float64], count: int, draws: np.random.Generator) -> NDArray[np.float64]:
    """Return (k, D) points drawn far from each other."""
    centres = np.empty((count, points.shape[1]))
    apart = np.ones(len(points))
    for number in range(count):
        total = apart.sum()
        row = draws.choice(len(points), p=apart / total) if total > 0 else draws.integers(len(points))
        centres[number] = points[row]
        moved = points - centres[number]
        squares = np.einsum("ij,ij->i", moved, moved)
        apart = squares if number == 0 else np.minimum(apart, squares)
    return centres
