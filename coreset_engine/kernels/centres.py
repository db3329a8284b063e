"""Centres of points that a few far ones can't move."""

from typing import Any

from coreset_engine import compute

STEP = 1e-10  # of the mean distance to the start: a shorter step ends the search
STEPS = 1000
CLOSE = 1e-6  # of the squared lengths: below it a squared distance has lost digits and is computed again


def geometric_median(points: Any) -> Any:
    """Return the point whose summed distance to all points is least, (D,).

    Weiszfeld's iteration from the mean: each step goes to the mean weighted by 1 / distance, until it is shorter than
    1e-10 of the mean distance at the start. A step that begins on one of the points is the one of Vardi and Zhang, which
    leaves it unless it is the median.

    Args:
        points: (N, D) float64, as `compute.place` returns it.

    Source: Weiszfeld 1937 (doi:10.1007/s10479-008-0352-z); Vardi and Zhang 2000 (doi:10.1073/pnas.97.4.1423).

    Example:
        >>> import numpy as np
        >>> from coreset_engine.kernels.centres import geometric_median
        >>> geometric_median(np.array([[0.0], [1.0], [100.0]])).round(6).tolist()  # of points on a line their median
        [1.0]
    """
    xp = compute.namespace(points)
    start = points.mean(axis=0)
    centred = points - start
    own = xp.einsum("ij,ij->i", centred, centred)
    scale = float(xp.sqrt(own).mean())
    centre = centred[0] * 0
    for _ in range(STEPS):
        step = _step(xp, centred, own, centre)
        centre = centre + step
        if float(xp.sqrt((step * step).sum())) <= STEP * scale:
            break
    return start + centre


def _step(xp: Any, points: Any, own: Any, centre: Any) -> Any:
    """Return where one step leads from `centre`; `own` are the squared lengths of the points."""
    squares = own - 2 * (points @ centre) + (centre * centre).sum()
    close = squares <= CLOSE * (own + (centre * centre).sum())
    apart = points[close] - centre
    squares[close] = xp.einsum("ij,ij->i", apart, apart)
    away = squares > 0
    weights = away / xp.sqrt(xp.where(away, squares, 1 + 0 * squares))
    pull = weights @ points - weights.sum() * centre
    here, strength = float((~away).sum()), float(xp.sqrt((pull * pull).sum()))
    if not strength:
        return 0 * centre
    return pull / weights.sum() * max(0.0, 1 - here / strength)
