"""Which rows of an area of the data map are ticked to be left out, computed from plain arrays without Streamlit."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class AreaTicks:
    """Which rows of an area are ticked to be left out.

    Attributes:
        count: rows that are.
        free: (F,) rows that are not yet, ascending.
        unsaved: (U,) those of the ticked rows that no saved set holds yet, ascending.
    """

    count: int
    free: NDArray[np.int64]
    unsaved: NDArray[np.int64]


def ticks(inside: NDArray[np.bool_], rows: Collection[int], unsaved: Collection[int]) -> AreaTicks:
    """Return which rows of an area (N,) are among the `rows` ticked, and which of those are `unsaved`."""
    mask, new = np.zeros((2, len(inside)), bool)
    mask[list(rows)] = True
    new[list(unsaved)] = True
    return AreaTicks(int((inside & mask).sum()), np.flatnonzero(inside & ~mask), np.flatnonzero(inside & mask & new))
