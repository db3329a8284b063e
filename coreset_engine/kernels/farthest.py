"""Farthest-first order: each next point is the one farthest from all points chosen so far."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine import compute


def farthest_first(
    points: Any, size: int, first: int, *, mirrored: Any | None = None, own: Any | None = None
) -> NDArray[np.int64]:
    """Return `size` rows of `points` in farthest-first order, starting with `first`.

    At every step the row whose distance to its nearest chosen row is largest is chosen; ties go to the lower row, and
    no row is chosen twice. A distance is d(i, j) = own_i + own_j - 2 <points_i, mirrored_j>, clamped at 0; by default
    that is the squared Euclidean one, which orders as the Euclidean one does. One matrix-vector product and O(N) memory
    a step: never a matrix of distances.

    Args:
        points: (N, K) floating point, as `compute.place` returns it.
        size: how many rows to choose, 0..N.
        first: the row to start with.
        mirrored: (N, K) the other side of the product, for distances that are not Euclidean. The symmetric
            Kullback-Leibler divergence of rows p is, up to a factor, points = [p, ln p] with mirrored = [ln p, p] and
            own = 2 sum p ln p.
        own: (N,) beside `mirrored`; by default the squared lengths.

    Returns:
        (size,) int64 rows in the order of choice, on the host.

    Source: Gonzalez 1985 (doi:10.1016/0304-3975(85)90224-5), the greedy 2-approximation of k-center; as a coreset:
        Sener and Savarese 2018 (arXiv:1708.00489).

    Example:
        >>> import numpy as np
        >>> from coreset_engine.kernels.farthest import farthest_first
        >>> farthest_first(np.array([[0.0], [1.0], [5.0], [3.0]]), 3, 0).tolist()  # 5 is farthest from 0, then 3 from both
        [0, 2, 3]
    """
    if not size:
        return np.empty(0, np.int64)
    xp = compute.namespace(points)
    mirrored = points if mirrored is None else mirrored
    own = xp.einsum("ij,ij->i", points, points) if own is None else own
    nearest, distance = xp.full_like(own, np.inf), xp.empty_like(own)
    chosen = [xp.arange(first, first + 1, device=own.device)]
    while len(chosen) < size:
        row = chosen[-1]  # an array of one row: no copy to the host between two steps
        xp.matmul(points, mirrored[row][0], out=distance)
        distance *= -2
        distance += own
        distance += own[row]
        xp.clip(distance, 0, None, out=distance)
        xp.minimum(nearest, distance, out=nearest)
        nearest[row] = -1  # below every distance: rounding must not let a chosen row or its copy's noise come again
        chosen.append(nearest.argmax().reshape(1))
    return compute.host(xp.concatenate(chosen)).astype(np.int64)
