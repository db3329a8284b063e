"""Sets of rows that are made of an area of the data map, computed from plain arrays without Streamlit."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from coreset_engine import export
from coreset_engine.dashboard.data_map import Axis
from coreset_engine.errors import ConfigError

How = Literal["the area", "coreset + area", "coreset − area"]
HOW: tuple[How, ...] = ("the area", "coreset + area", "coreset − area")


def combined(
    how: How, inside: NDArray[np.bool_], kept: NDArray[np.bool_], excluded: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the rows of a set that is made of an area and a coreset, ascending; rows excluded are in none.

    Args:
        how: which set.
        inside: (N,) the area.
        kept: (N,) the coreset.
        excluded: rows.
    """
    made = {"the area": inside, "coreset + area": kept | inside, "coreset − area": kept & ~inside}[how].copy()
    made[excluded] = False
    return np.flatnonzero(made)


def to_export(base: export.Coreset, how: How, rows: NDArray[np.int64], x: Axis, y: Axis, area: str) -> export.Coreset:
    """Return a set of rows as a coreset that says how it was made.

    Training weights stay with a coreset from which an area was taken; samples that were added have none, so that a larger
    set has none at all.

    Args:
        base: what it was made from: the coreset, or for the area alone any coreset of the x axis's scores.
        how: as of `combined`.
        rows: (M,) ascending.
        x: the map's axes.
        y: see x.
        area: as text.

    Raises:
        ConfigError: there is no row.
    """
    if not len(rows):
        raise ConfigError("The set is empty. Draw another area, or make another set of it.")
    origin = base.origin | {
        "rate": len(rows) / len(base.scores),
        "set": how,
        "area": {"x": {"method": x.name, "options": x.options}, "y": {"method": y.name, "options": y.options}}
        | {"shapes": area},
    }
    if how == "the area":
        origin |= {"rule": "area", "rule_options": {}, "source": "drawn on a map of two scores"}
    else:
        origin["coreset_rate"] = base.origin["rate"]
    weights = None
    if base.weights is not None and how == "coreset − area":
        weights = base.weights[np.isin(base.indices, rows)]
    return replace(base, indices=rows, origin=origin, weights=weights)


@dataclass(frozen=True)
class Ticked:
    """Which rows of an area are ticked to be left out.

    Attributes:
        count: rows that are.
        free: (F,) rows that are not yet, ascending.
        unsaved: (U,) those of the ticked rows that no saved set holds yet, ascending.
    """

    count: int
    free: NDArray[np.int64]
    unsaved: NDArray[np.int64]


def ticked(inside: NDArray[np.bool_], rows: Collection[int], unsaved: Collection[int]) -> Ticked:
    """Return which rows of an area (N,) are among the `rows` ticked, and which of those are `unsaved`."""
    mask, new = np.zeros((2, len(inside)), bool)
    mask[list(rows)] = True
    new[list(unsaved)] = True
    return Ticked(int((inside & mask).sum()), np.flatnonzero(inside & ~mask), np.flatnonzero(inside & mask & new))
