"""Nearest neighbours, exact, in blocks of rows: never a matrix of all distances."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine import compute

BLOCK = 1 << 22  # float64 numbers held at a time: 32 MiB
HIGHER = 4  # times as many float32 distances are held: products of low blocks are slow
SPARE = 8  # further candidates, so that equal distances are settled by row and not by rounding
HEAPS = 8  # so many times more parts of a row than candidates, whose minima bound the distance to the last candidate
CROWD = 8  # so many times the candidates wanted, and a row is left to the exact search: its distances are all alike
CERTAIN = 6.0  # standard deviations of rounding


def nearest(features: NDArray[np.floating], count: int) -> NDArray[np.int64]:
    """Return every sample's nearest other samples in Euclidean distance, the nearest first.

    Squared distances |x|² + |y|² - 2<x, y> of centred features, one matrix product a block, name candidates, which are then
    compared by the sum of their squared differences in float64. On the CPU the products are float32; where their rounding
    could have left out a neighbour, the row is searched again in float64. Equal distances go to the lower row; among more
    than `count` + 8 exact copies of a sample any are taken.

    Args:
        features: (N, D).
        count: k, neighbours a sample, 1 or more; where there are fewer other samples, all of them.

    Returns:
        (N, min(k, N - 1)) int64 rows.

    Source: of how far a float32 product is off: Higham and Mary 2019 (doi:10.1137/18M1226312).

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
    if isinstance(points, np.ndarray) and samples > HEAPS * (count + SPARE):
        return _with_single_products(points, count)
    own = compute.namespace(points).einsum("ij,ij->i", points, points)
    found = [_of_rows(points, own, rows, count) for rows in _blocks(np.arange(samples), points.shape, count)]
    return np.concatenate(found)


def _blocks(rows: NDArray[np.int64], shape: tuple[int, ...], count: int, higher: int = 1) -> list[NDArray[np.int64]]:
    """Return rows in parts whose distances and candidates fit into a block, for points of a shape (N, D)."""
    height = max(1, min(higher * BLOCK // shape[0], BLOCK // ((count + SPARE) * max(1, shape[1]))))
    return [rows[start : start + height] for start in range(0, len(rows), height)]


def _of_rows(points: Any, own: Any, rows: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Return the neighbours of some samples, (len(rows), count), found in float64."""
    xp = compute.namespace(points)
    block, here = xp.arange(len(rows), device=points.device), compute.place(rows)
    distances = points[here] @ points.T
    distances *= -2
    distances += own  # the samples' own squared lengths, the same along a row, change no order
    distances[block, here] = np.inf
    candidates = _smallest(distances, min(count + SPARE, len(points) - 1))
    apart = points[candidates] - points[here, None]
    exact = xp.einsum("ijk,ijk->ij", apart, apart)
    order = xp.argsort(exact, axis=1, stable=True)[:, :count]
    return compute.host(candidates[block[:, None], order]).astype(np.int64)


def _smallest(values: Any, count: int) -> Any:
    """Return the columns of the `count` smallest values of each row, ascending by column."""
    if isinstance(values, np.ndarray):
        return np.sort(np.argpartition(values, count - 1, axis=1)[:, :count], axis=1)
    return values.topk(count, dim=1, largest=False).indices.sort(dim=1).values


def _with_single_products(points: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Return the neighbours of all samples, (N, count), candidates found by float32 products."""
    samples, width = points.shape
    own = np.einsum("ij,ij->i", points, points)
    unit = 2.0 ** -np.frexp(np.abs(points).max())[1]  # a power of 2: no digit is lost, and no square is infinite
    right = np.empty((samples, width + 1), np.float32)
    np.multiply(points, unit, out=right[:, :width])
    right[:, width] = own * unit**2
    lengths = np.sqrt(own) * unit
    # of a product of two rows, and of the squared lengths beside it
    off = 2.0**-24 * (2 * (CERTAIN * np.sqrt(width + 1) + 2) * lengths + 4 * lengths.max()) * lengths.max()
    found, doubtful = np.empty((samples, count), np.int64), []
    for rows in _blocks(np.arange(samples), points.shape, count, HIGHER):
        left = np.concatenate([-2 * right[rows, :width], np.ones((len(rows), 1), np.float32)], axis=1)
        near, bound = _candidates(left @ right.T, rows, count + SPARE)
        found[rows], last = _best(points, rows, near, count)
        limit = (bound.astype(np.float64) - off[rows]) / unit**2 + own[rows]
        doubtful.append(rows[~(last < limit)])
    for rows in _blocks(np.concatenate(doubtful), points.shape, count):
        found[rows] = _of_rows(points, own, rows, count)
    return found


def _candidates(
    distances: NDArray[np.float32], rows: NDArray[np.int64], wanted: int
) -> tuple[tuple[NDArray[np.int64], NDArray[np.int64]], NDArray[np.float32]]:
    """Return (place of the row, column) of `wanted` or more smallest distances of each row, and what all others exceed.

    The bound is the `wanted`-th smallest of the minima of parts of a row, each a few columns far from each other: so many
    distances are not above it, and hardly more. Rows with a crowd below it have none and are bounded by -inf.
    """
    height, samples = distances.shape
    distances[np.arange(height), rows] = np.inf
    parts = max(HEAPS * wanted, samples // 64)
    depth = samples // parts
    even = distances[:, : depth * parts].reshape(height, depth, parts).min(axis=1)
    minima = np.concatenate([even, distances[:, depth * parts :]], axis=1)
    bound = np.partition(minima, wanted - 1, axis=1)[:, wanted - 1]
    below = distances <= bound[:, None]
    crowded = np.count_nonzero(below, axis=1) > CROWD * wanted
    below[crowded] = False
    bound[crowded] = -np.inf
    return np.divmod(np.flatnonzero(below), samples), bound


def _best(
    points: NDArray[np.float64], rows: NDArray[np.int64], near: tuple[NDArray[np.int64], NDArray[np.int64]], count: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the `count` nearest of each row's candidates, (len(rows), count), and the last one's squared distance."""
    places, columns = near
    apart = points[columns] - points[rows[places]]
    exact = np.einsum("ij,ij->i", apart, apart)
    order = np.lexsort((columns, exact, places))
    starts = np.searchsorted(places, np.arange(len(rows)))
    known = np.bincount(places, minlength=len(rows)) >= count
    found, last = np.zeros((len(rows), count), np.int64), np.full(len(rows), np.inf)
    if known.any():
        picked = order[starts[known][:, None] + np.arange(count)]
        found[known], last[known] = columns[picked], exact[picked[:, -1]]
    return found, last
