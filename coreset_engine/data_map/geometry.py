"""Which samples of a map lie inside a box or a free-hand line."""

import numpy as np
from numpy.typing import NDArray

from coreset_engine.errors import ConfigError

STRIPS = 4096  # horizontal strips into which samples are sorted, so that an edge only meets those beside it
BLOCK = 1 << 16  # samples sorted at a time, so that they stay near the processor


def inside_box(x: NDArray, y: NDArray, x0: float, x1: float, y0: float, y1: float) -> NDArray[np.bool_]:
    """Return (N,) whether a sample lies in a box, its edges included; two corners in any order. NaN lies outside."""
    (left, right), (low, high) = sorted((x0, x1)), sorted((y0, y1))
    return (x >= left) & (x <= right) & (y >= low) & (y <= high)


def inside_polygon(x: NDArray, y: NDArray, px: NDArray, py: NDArray) -> NDArray[np.bool_]:
    """Return (N,) whether a sample lies inside a closed line, by the even-odd rule.

    A ray to the right meets the line an odd number of times from inside. Of a line that crosses itself, what it goes
    around twice lies outside. A sample exactly on an edge may fall on either side; edges own their lower end only, so
    that of two polygons that share an edge exactly one holds a sample on it.

    Args:
        x: (N,) samples; NaN lies outside.
        y: see x.
        px: (V,) corners in order; the last is joined to the first. Fewer than 3 hold nothing.
        py: see px.

    Raises:
        ConfigError: a corner is not finite, or there are not as many px as py.
    """
    x, y, px, py = (np.asarray(values) for values in (x, y, px, py))
    if px.shape != py.shape or px.ndim != 1 or not (np.isfinite(px).all() and np.isfinite(py).all()):
        raise ConfigError("A polygon's corners must be finite numbers, as many across as upwards. Draw it again.")
    if len(px) < 3:
        return np.zeros(x.shape, bool)
    inside = inside_box(x, y, px.min(), px.max(), py.min(), py.max())
    rows = np.flatnonzero(inside)
    for start in range(0, len(rows), BLOCK):
        part = rows[start : start + BLOCK]
        inside[part] = _inside(x[part].astype(np.float64), y[part].astype(np.float64), px, py)
    return inside


def _inside(x: NDArray[np.float64], y: NDArray[np.float64], px: NDArray, py: NDArray) -> NDArray[np.bool_]:
    """Return whether each of n samples within the polygon's bounding box lies inside it."""
    low, height = float(py.min()), float(np.ptp(py))
    if height < 1e-300:  # nor can it be divided by
        return np.zeros(len(x), bool)

    def strip(of: NDArray) -> NDArray[np.uint16]:
        return ((of - low) * (STRIPS / height)).astype(np.uint16)  # the same rounding for samples and corners

    strips = strip(y)
    order = np.argsort(strips, kind="stable")
    x, y = x[order], y[order]
    first = np.concatenate([[0], np.cumsum(np.bincount(strips, minlength=STRIPS + 1))])  # sample of each strip
    odd = np.zeros(len(x), bool)
    ends = strip(py)
    for a in range(len(px)):
        b = (a + 1) % len(px)
        near = slice(first[min(ends[a], ends[b])], first[max(ends[a], ends[b]) + 1])
        height = float(py[b] - py[a])
        if height:
            crossed = (y[near] >= py[a]) != (y[near] >= py[b])
            odd[near] ^= crossed & (x[near] < px[a] + (y[near] - py[a]) * (float(px[b] - px[a]) / height))
    found = np.empty(len(x), bool)
    found[order] = odd
    return found
