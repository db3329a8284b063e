"""Similarities of gradients, row by row: kept whole where they fit, recomputed on demand where they don't."""

from typing import Any, Protocol

import numpy as np

from coreset_engine import compute
from coreset_engine.kernels.gradients import Gradients

LIMIT = 2**30  # bytes of similarities held at a time
TILE = 512  # rows and columns computed at a time
HEIGHT = 256  # whole rows computed at a time


class Similarity(Protocol):
    """A symmetric (N, N) matrix that is never held: only asked for by blocks."""

    def __len__(self) -> int:
        """Return N."""

    def block(self, rows: Any, others: Any = slice(None), scratch: tuple[Any, Any] | None = None) -> Any:
        """Return (len(rows), len(others)) float32 similarities, in the first of two flat arrays where they are given."""


class Cosine:
    """s_ij = 1/2 + 1/2 cos(g_i, g_j), in 0..1; a gradient of length 0 is at 1/2 from all."""

    def __init__(self, gradients: Gradients) -> None:
        """Keep the gradients at length 1."""
        self.unit = gradients.unit()

    def __len__(self) -> int:
        """Return N."""
        return len(self.unit)

    def block(self, rows: Any, others: Any = slice(None), scratch: tuple[Any, Any] | None = None) -> Any:
        """Return (len(rows), len(others)) similarities."""
        return self._half(self.unit.inner(rows, others, scratch))

    def totals(self) -> Any:
        """Return (N,) float64 sums of the rows, in O(N C D): the sum of cosines is the cosine with the sum."""
        parts = [
            self.unit.take(rows) for rows in _tiles(len(self), 4 * TILE)
        ]  # views: only one is in float64 at a time
        total = sum(part.double().total() for part in parts)
        cosines = compute.namespace(total).concatenate([part.double().along(total) for part in parts])
        return (cosines + len(self)) / 2

    @staticmethod
    def _half(cosines: Any) -> Any:
        """Return 1/2 + 1/2 of the cosines, in place."""
        cosines += 1
        cosines *= 0.5
        return cosines


class Nearness:
    """s_ij = -||g_i - g_j||; adding a constant to all, as CRAIG does, changes no choice."""

    def __init__(self, gradients: Gradients) -> None:
        """Keep the gradients and their squared lengths."""
        self.gradients, self.squares = gradients, gradients.squared_norms()

    def __len__(self) -> int:
        """Return N."""
        return len(self.gradients)

    def block(self, rows: Any, others: Any = slice(None), scratch: tuple[Any, Any] | None = None) -> Any:
        """Return (len(rows), len(others)) similarities <= 0."""
        block = self.gradients.inner(rows, others, scratch)
        block *= -2
        block += self.squares[rows][:, None]
        block += self.squares[others]
        xp = compute.namespace(block)
        xp.sqrt(xp.clip(block, 0, None, out=block), out=block)
        block *= -1
        return block


def _tiles(samples: int, height: int) -> list[slice]:
    """Return slices of up to `height` that cover 0..samples - 1."""
    return [slice(start, min(start + height, samples)) for start in range(0, samples, height)]


def allowance(sizes: list[int]) -> int:
    """Return how many bytes each of several similarities of so many samples may hold, when all are held together.

    Example:
        >>> from coreset_engine.kernels.similarity import allowance
        >>> allowance([10_000]), allowance([20_000, 20_000])  # 0.4 GB fit into 1 GiB; of 3.2 GB each half gets half of it
        (1073741824, 536870912)
    """
    return LIMIT if sum(4 * size * size for size in sizes) <= LIMIT else LIMIT // len(sizes)


class Rows:
    """Rows of a similarity: of the whole matrix when it fits into the limit, else computed when asked for.

    In the second case as many rows as fit are held, the first ones asked for: lazy evaluation goes through its candidates
    in circles, where holding the latest would lose each just before its turn.

    Attributes:
        widest: how many rows are best asked for at once: few where they only have to be read, more where a product
            computes them, many where each call of a device costs.
    """

    def __init__(self, similarity: Similarity, limit: int | None = None) -> None:
        """Compute the matrix where it takes at most `limit` bytes, by default LIMIT."""
        limit = LIMIT if limit is None else limit
        self.similarity, samples = similarity, len(similarity)
        self.probe = similarity.block(slice(0, 1), slice(0, 1))
        self.xp = compute.namespace(self.probe)
        self.whole = None
        self.widest = 256 if self.xp is not np or samples * samples * 4 > limit else 1
        if samples * samples * 4 <= limit:
            self.whole = self._matrix()
            return
        self.free = list(range(limit // (4 * samples)))
        self.held = self._empty(len(self.free), samples)
        self.place_of = np.full(samples, -1)

    def _empty(self, *shape: int) -> Any:
        """Return an unset array of the type and on the device of the similarities."""
        return np.empty(shape, self.probe.dtype) if self.xp is np else self.probe.new_empty(shape)

    def level(self, value: float) -> Any:
        """Return (N,) numbers that are all `value`, of the type and on the device of the similarities."""
        return self.xp.full_like(self._empty(len(self.similarity)), value)

    def _matrix(self) -> Any:
        """Return the whole matrix: tiles on and above the diagonal are computed, the others mirrored."""
        whole = self._empty(len(self.similarity), len(self.similarity))
        tiles = _tiles(len(self.similarity), TILE)
        scratch = tuple(self._empty(TILE * TILE) for _ in range(2))
        for number, rows in enumerate(tiles):
            for others in tiles[number:]:
                block = self.similarity.block(rows, others, scratch)
                whole[others, rows] = block.T
                whole[rows, others] = block
        return whole

    def take(self, rows: list[int]) -> Any:
        """Return (len(rows), N) similarities; not to be changed, for they may be the kept ones."""
        if self.whole is not None:
            return self.whole[rows[0] : rows[0] + 1] if len(rows) == 1 else self.whole[rows]
        asked = np.asarray(rows)
        places = self.place_of[asked]
        held, missing = np.flatnonzero(places >= 0), np.flatnonzero(places < 0)
        if not len(held):
            block = self.similarity.block(asked)
            self._keep(asked, block)
            return block
        block = self._empty(len(asked), len(self.similarity))
        block[held] = self.held[places[held]]
        if len(missing):
            block[missing] = computed = self.similarity.block(asked[missing])
            self._keep(asked[missing], computed)
        return block

    def survey(self) -> tuple[Any, float]:
        """Return (N,) sums of the rows and the smallest similarity, in O(N^2 (C + D)) time."""
        sums, smallest = [], np.inf
        for rows in _tiles(len(self.similarity), HEIGHT):
            block = self.similarity.block(rows) if self.whole is None else self.whole[rows]
            sums.append(block.sum(axis=1))
            smallest = min(smallest, float(block.min()))
        return self.xp.concatenate(sums), smallest

    def _keep(self, rows: np.ndarray, computed: Any) -> None:
        """Hold computed rows where there is a place."""
        rows = rows[: len(self.free)]
        places = [self.free.pop() for _ in rows]
        if places:
            self.held[places] = computed[: len(rows)]
            self.place_of[rows] = places

    def drop(self, row: int) -> None:
        """Make place: a row will not be asked for again."""
        if self.whole is None and self.place_of[row] >= 0:
            self.free.append(int(self.place_of[row]))
            self.place_of[row] = -1
