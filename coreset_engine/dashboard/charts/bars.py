"""Bars of every class, and histograms."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from coreset_engine.dashboard.charts import spec
from coreset_engine.dashboard.charts.spec import Option


def shares(counts: NDArray[np.int64], groups: Sequence[tuple[str, str]], names: Sequence[str]) -> tuple[Option, int]:
    """Return the share of every class in some groups of samples, a bar each, and the height in px.

    Args:
        counts: (C, G) samples of every class in every group.
        groups: names and colours of the groups.
        names: of the classes.
    """
    of_all = np.round(100 * counts / np.maximum(1, counts.sum(axis=0)), 2)
    common: Option = {"type": "bar", "barGap": "0%", "barCategoryGap": "30%"}
    series = [
        common | {"name": name, "data": of_all[:, column].tolist(), "itemStyle": {"color": colour}}
        for column, (name, colour) in enumerate(groups)
    ]
    tooltip = {"trigger": "axis", "axisPointer": {"type": "shadow"}}
    chart = spec.chart(
        series, spec.across("share of the samples (%)"), spec.named_categories("class", names), tooltip=tooltip
    )
    return chart, (12 * len(groups) + 6) * len(names) + 80 + spec.LEGEND


def steps(name: str, edges: NDArray[np.float64], counts: NDArray[np.int64], colour: str) -> Option:
    """Return a histogram as a filled step line; a bin without samples is a gap, since a log axis has no zero."""
    heights = [int(count) or None for count in (*counts, counts[-1])]
    return {
        "type": "line",
        "name": name,
        "step": "end",
        "symbol": "none",
        "lineStyle": {"width": 0},
        "areaStyle": {"color": colour, "opacity": 1, "origin": "start"},
        "itemStyle": {"color": colour},
        "data": [list(point) for point in zip(edges.tolist(), heights, strict=True)],
    }
