"""The coresets of every pair of windows, held in memory: comparing them with another one is then a matter of bits."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coreset_engine.selection import coreset_size
from coreset_engine.window_map import bitsets, windows
from coreset_engine.window_map.grid import WindowMap
from coreset_engine.window_map.sets import Sets


@dataclass(frozen=True)
class OverlapIndex:
    """The coresets of a grid of windows: N / 8 bytes a pair, 1.3 MB at N = 35,000 and 290 pairs.

    Attributes:
        starts: (S,) first epochs of the windows, ascending.
        length: K.
        rate: α.
        epochs: T.
        layout: where each sample's bit stands.
        words: by position of the early start: (P, words) the sets with each legal late one.
    """

    starts: NDArray[np.int64]
    length: int
    rate: float
    epochs: int
    layout: bitsets.Layout
    words: tuple[NDArray[np.uint64], ...]

    def overlap(self, current: NDArray[np.bool_]) -> WindowMap:
        """Return the map of the measure "overlap" with the coreset `current` (N,); as `window_map` computes it."""
        matrix = np.full((len(self.starts), len(self.starts)), np.nan, np.float32)
        packed = self.layout.pack(current)
        for early, sets in enumerate(self.words):
            matrix[early, len(self.starts) - len(sets) :] = bitsets.jaccard(sets, packed)
        samples = len(self.layout.place)
        size = coreset_size(self.rate, samples)
        return WindowMap(self.starts, self.length, self.rate, size, samples, self.epochs, matrices={"overlap": matrix})


def hold(
    norms: NDArray[np.floating], labels: NDArray[np.integer], *, length: int, rate: float, step: int = 10
) -> OverlapIndex:
    """Return the coresets that EVA keeps with every pair of windows of a grid.

    Args:
        norms: (T, N) error norms of the run.
        labels: (N,) classes; for a multi-label task one number a label set.
        length: K, epochs per window.
        rate: α, above 0 and up to 1.
        step: epochs from one start to the next.

    Raises:
        WindowError: two windows of this length do not fit the run, or the step is below 1.
        SelectionError: the rate is not in 0 < rate <= 1.
        DynamicsError: an error norm is NaN or infinite.
    """
    epochs, samples = norms.shape
    starts, layout = windows.starts(epochs, length, step), bitsets.layout(labels)
    sets = Sets(norms, starts, length, coreset_size(rate, samples), layout)
    first = windows.first_late(starts, length)
    words = tuple(sets.kept(early, slice(late, None)) for early, late in enumerate(first) if late < len(starts))
    return OverlapIndex(starts, length, rate, epochs, layout, words)
