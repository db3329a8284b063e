"""Nearest neighbours, exact, in blocks of rows: never a matrix of all distances."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine import compute

BLOCK = 1 << 22  # float64 numbers held at a time: 32 MiB
SPARE = 8  # further candidates, so that equal distances are settled by row and not by rounding


def nearest(features: NDArray[np.floating], count: int) -> NDArray[np.int64]:
    """Return every sample's nearest other samples in Euclidean distance, the nearest first.

    Distances are found in float64 as |x|² + |y|² - 2<x, y> of centred features, which is one matrix product a block;
    the last candidates are then compared by the sum of their squared differences. Equal distances go to the lower row;
    among more than `count` + 8 exact copies of a sample any are taken.

    Args:
        features: (N, D).
        count: k, neighbours a sample, 1 or more; where there are fewer other samples, all of them.

    Returns:
        (N, min(k, N - 1)) int64 rows.

    Example:
        >>> import numpy as np
        >>> from coreset_engine.kernels.neighbours import nearest
        >>> nearest(np.array([[0.0], [1.0], [3.0]]), 1).tolist()
        [[1], [0], [1]]
    """
    samples = len(features)
    count = min(count, samples - 1)
    if not count:
        return np.empty((samples, 0), np.int64)
    centred = features.astype(np.float64)
    centred -= centred.mean(axis=0)
    points = compute.place(centred)
    own = compute.namespace(points).einsum("ij,ij->i", points, points)
    rows = max(1, BLOCK // max(samples, (count + SPARE) * features.shape[1]))
    found = [_of_block(points, own, start, min(start + rows, samples), count) for start in range(0, samples, rows)]
    return np.concatenate(found)


def _of_block(points: Any, own: Any, start: int, stop: int, count: int) -> NDArray[np.int64]:
    """Return the neighbours of the samples start .. stop - 1, (stop - start, count)."""
    xp = compute.namespace(points)
    block = xp.arange(stop - start, device=points.device)
    distances = points[start:stop] @ points.T
    distances *= -2
    distances += own  # the samples' own squared lengths, the same along a row, change no order
    distances[block, block + start] = np.inf
    candidates = _smallest(distances, min(count + SPARE, len(points) - 1))
    apart = points[candidates] - points[start:stop, None]
    exact = xp.einsum("ijk,ijk->ij", apart, apart)
    order = xp.argsort(exact, axis=1, stable=True)[:, :count]
    return compute.host(candidates[block[:, None], order]).astype(np.int64)


def _smallest(values: Any, count: int) -> Any:
    """Return the columns of the `count` smallest values of each row, ascending by column."""
    if isinstance(values, np.ndarray):
        return np.sort(np.argpartition(values, count - 1, axis=1)[:, :count], axis=1)
    return values.topk(count, dim=1, largest=False).indices.sort(dim=1).values
