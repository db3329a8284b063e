"""The graph of nearest neighbours: every sample beside those near to it, in one list of edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coreset_engine.kernels.neighbours import nearest

PIECE = 1 << 21  # float64 numbers of pairs compared at a time: 16 MiB


@dataclass(frozen=True)
class Graph:
    """Samples and the edges between them, each edge once from either end, ordered by sample and neighbour.

    Attributes:
        starts: (N + 1,) where the edges of each sample begin; those of sample i are starts[i] .. starts[i + 1] - 1.
        others: (E,) the neighbour at the other end of each edge.
        values: (E,) a distance or a similarity, the same from either end.
    """

    starts: NDArray[np.int64]
    others: NDArray[np.int64]
    values: NDArray[np.float64]

    def __len__(self) -> int:
        """Return N."""
        return len(self.starts) - 1

    @property
    def samples(self) -> NDArray[np.int64]:
        """Return (E,) the sample at the near end of each edge."""
        return np.repeat(np.arange(len(self)), np.diff(self.starts))


def by_distance(features: NDArray[np.floating], neighbours: int) -> tuple[Graph, float]:
    """Return the graph of Euclidean distances to the k nearest, and the median of the N k distances found.

    Two samples are joined where one is among the k nearest of the other. Distances are float64, of differences. A sample
    is never its own neighbour, not even among copies of it; where there are fewer others than k, all are neighbours.

    Args:
        features: (N, D).
        neighbours: k, 1 or more.

    Example:
        >>> import numpy as np
        >>> from coreset_engine.kernels.graph import by_distance
        >>> graph, median = by_distance(np.array([[0.0], [1], [3]]), 1)  # 3 is nearest to 1, whose nearest is 0
        >>> graph.samples.tolist(), graph.others.tolist(), graph.values.tolist(), median
        ([0, 1, 1, 2], [1, 0, 2, 1], [1.0, 1.0, 2.0, 2.0], 1.0)
    """
    near = nearest(features, neighbours)
    distances = np.empty(near.shape)
    wide = features.astype(np.float64)
    for rows in _pieces(near.shape, wide.shape[1]):
        apart = wide[near[rows]] - wide[rows, None]
        distances[rows] = np.sqrt(np.einsum("ijk,ijk->ij", apart, apart))
    return _joined(near, distances), float(np.median(distances)) if distances.size else 0.0


def by_cosine(features: NDArray[np.floating], neighbours: int) -> Graph:
    """Return the graph of cosines, cut at 0 and 1, with the k samples of largest cosine.

    Two samples are joined where one is among the k nearest of the other. Features of length 0 have cosine 0 with all.

    Args:
        features: (N, D).
        neighbours: k, 1 or more.

    Example:
        >>> import numpy as np
        >>> from coreset_engine.kernels.graph import by_cosine
        >>> graph = by_cosine(np.array([[2.0, 0], [3, 4], [0, 1]]), 1)
        >>> graph.samples.tolist(), graph.others.tolist(), graph.values.round(2).tolist()
        ([0, 1, 1, 2], [1, 0, 2, 1], [0.6, 0.6, 0.8, 0.8])
    """
    unit = unit_rows(features)
    empty = ~unit.any(
        axis=1
    )  # a further axis of their own puts them as far from all others as what has cosine 0 with these
    near = nearest(np.column_stack([unit, empty]) if empty.any() else unit, neighbours)
    cosines = np.empty(near.shape)
    for rows in _pieces(near.shape, unit.shape[1]):
        cosines[rows] = np.einsum("ijk,ik->ij", unit[near[rows]], unit[rows])
    return _joined(near, np.clip(cosines, 0, 1))


def unit_rows(features: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return features at length 1, (N, D) float64; rows of zeros stay zeros.

    Example:
        >>> import numpy as np
        >>> from coreset_engine.kernels.graph import unit_rows
        >>> unit_rows(np.array([[3.0, 4], [0, 0]])).tolist()
        [[0.6, 0.8], [0.0, 0.0]]
    """
    wide = features.astype(np.float64)
    lengths = np.sqrt(np.einsum("ij,ij->i", wide, wide))
    wide /= np.where(lengths > 0, lengths, 1)[:, None]
    return wide


def _pieces(shape: tuple[int, ...], width: int) -> list[slice]:
    """Return slices of rows of `shape` (N, k), whose pairs of features of some width are few enough for the memory."""
    height = max(1, PIECE // max(1, shape[1] * width))
    return [slice(start, start + height) for start in range(0, shape[0], height)]


def _joined(near: NDArray[np.int64], values: NDArray[np.float64]) -> Graph:
    """Return the graph of all edges of `near` (N, k) in both directions, with their values (N, k)."""
    samples, count = near.shape
    here, there = np.repeat(np.arange(samples), count), near.ravel()
    both = np.concatenate([here * samples + there, there * samples + here])
    keys, first = np.unique(both, return_index=True)
    starts = np.searchsorted(keys, np.arange(samples + 1) * samples)
    return Graph(starts, keys % max(1, samples), values.ravel()[first % max(1, values.size)])
