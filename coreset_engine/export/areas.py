"""Sets of rows that are made of an area of a map of two scores, alone or with a coreset."""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from coreset_engine import api, budgets
from coreset_engine.coreset import CoresetSpec
from coreset_engine.errors import ConfigError
from coreset_engine.export.coreset import CoresetFile, with_origin
from coreset_engine.sources import Sources

How = Literal["the area", "coreset + area", "coreset − area"]
HOW: tuple[How, ...] = ("the area", "coreset + area", "coreset − area")


@dataclass(frozen=True)
class Area:
    """Where an area lies.

    Attributes:
        x, y: the map's axes: a scoring method each, with the options that are not the default.
        shapes: drawn on it, as text; "" for all of it.
        filter: what the samples must fulfil besides, as `analysis.signal_filter` reads it; "" for nothing.
    """

    x: tuple[str, dict[str, Any]]
    y: tuple[str, dict[str, Any]]
    shapes: str
    filter: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain values for JSON."""
        axes = {name: {"method": axis[0], "options": axis[1]} for name, axis in (("x", self.x), ("y", self.y))}
        return axes | {"shapes": self.shapes} | ({"filter": self.filter} if self.filter else {})

    @property
    def source(self) -> str:
        """Return where a set of its samples comes from, in words."""
        drawn = ["drawn on a map of two scores"] if self.shapes or not self.filter else []
        return " and ".join([*drawn, *(["found by a filter over signals"] if self.filter else [])])


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


def set_of_area(
    spec: CoresetSpec, area: Area, how: How, inside: NDArray[np.bool_], sources: Sources | None = None
) -> CoresetFile:
    """Return a set that is made of an area of a run's map, as a coreset that says how it was made.

    Args:
        spec: the coreset, its run, runs averaged in and exclusion; where the set is the area alone only these three count.
        area: where it lies.
        how: which set.
        inside: (N,) the samples within it.
        sources: the run's, where they are open already.

    Raises:
        ConfigError: there is no row.
        EngineError: as `with_origin` says.
    """
    excluded, nothing = api.excluded_by(spec)[1], np.zeros(len(inside), bool)
    if how == "the area":  # of the other rows only the scores matter
        count, (method, options) = len(_some(combined(how, inside, nothing, excluded))), area.x
        rate = count / len(inside)
        spec = replace(spec, method=method, options=options, rule="top", rule_options={}, rate=rate, **budgets.SHARED)
    base = with_origin(spec, sources)
    kept = nothing.copy()
    kept[base.indices] = True
    return _changed(base, how, _some(combined(how, inside, kept, excluded)), area)


def _some(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return rows.

    Raises:
        ConfigError: there are none.
    """
    if not len(rows):
        raise ConfigError("The set is empty. Draw another area, change the filter, or make another set of it.")
    return rows


def _changed(base: CoresetFile, how: How, rows: NDArray[np.int64], area: Area) -> CoresetFile:
    """Return a set of rows as a coreset that says how it was made.

    Training weights stay with a coreset from which an area was taken; samples that were added have none, so that a larger
    set has none at all.

    Args:
        base: what it was made from: the coreset, or for the area alone any coreset of the x axis's scores.
        how: as of `combined`.
        rows: (M,) ascending.
        area: on which map it was drawn.
    """
    origin = base.origin | {"rate": len(rows) / len(base.scores), "set": how, "area": area.to_dict()}
    if how == "the area":
        origin |= {"rule": "area", "rule_options": {}, "source": area.source}
    else:
        origin["coreset_rate"] = base.origin["rate"]
    weights = None
    if base.weights is not None and how == "coreset − area":
        weights = base.weights[np.isin(base.indices, rows)]
    return replace(base, indices=rows, origin=origin, weights=weights)
