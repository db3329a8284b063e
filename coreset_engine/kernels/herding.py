"""Herding: samples whose mean comes and stays near a centre, one after another."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from coreset_engine import compute
from coreset_engine.kernels.centres import geometric_median
from coreset_engine.kernels.graph import unit_rows

Centre = Literal["mean", "geometric-median"]
Space = Literal["features", "unit"]


def around_centre(features: NDArray[np.float32], centre: Centre, space: Space = "features") -> NDArray[np.float64]:
    """Return features, at length 1 where that is their space, less their centre, (N, D).

    Example:
        >>> import numpy as np
        >>> from coreset_engine.kernels.herding import around_centre
        >>> around_centre(np.array([[0.0], [1.0], [98.0]]), "geometric-median").round(6).ravel().tolist()
        [-1.0, 0.0, 97.0]
    """
    wide = features.astype(np.float64)
    middle = compute.host(geometric_median(compute.place(wide))) if centre == "geometric-median" else None
    if space == "unit":
        wide = unit_rows(wide)
        middle = None if middle is None else unit_rows(middle[None])[0]
    wide -= wide.mean(axis=0) if middle is None else middle
    return wide


def herded(around: NDArray[np.float64], size: int, *, farthest: bool = False) -> NDArray[np.int64]:
    """Return rows in the order in which they are chosen: each the one with the least norm of the sum of all so far.

    A step needs the squared lengths and one matrix-vector product, in float64: steps build on each other, so that a tie
    broken by rounding would change all later ones.

    Args:
        around: (N, D) points less their centre.
        size: how many rows, N at most.
        farthest: whether the largest norm is taken instead.

    Example:
        >>> import numpy as np
        >>> from coreset_engine.kernels.herding import herded
        >>> herded(np.array([[1.0], [-2.0], [5.0]]), 2).tolist()  # 1, then 1 - 2
        [0, 1]
    """
    points = compute.place(around)
    sign = -1 if farthest else 1
    xp = compute.namespace(points)
    base = sign * xp.einsum("ij,ij->i", points, points)
    total, norms, rows = xp.zeros_like(points[:1]), xp.empty_like(base), []
    for _ in range(size):
        xp.matmul(points, (2 * sign) * total[0], out=norms)
        norms += base
        row = norms.argmin().reshape(1)  # an array of one row: no copy to the host between two steps
        total += points[row]
        base[row] = np.inf
        rows.append(row)
    return compute.host(xp.concatenate(rows)).astype(np.int64) if rows else np.empty(0, np.int64)
