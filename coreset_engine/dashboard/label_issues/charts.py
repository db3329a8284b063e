"""Charts of the Suspects page, as ECharts options."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine.analysis.label_issues import Confusion
from coreset_engine.dashboard.charts.theme import palette
from coreset_engine.dashboard.label_issues.data import pair_text

ROW = 26  # px, height of a class in the chart of pairs
SHADES = ["#F2F4F6", "#BFD9E9", "#6FB1D6", "#1F7BB6", "#083D66"]  # light to dark in one hue: told apart without colour


def pair_chart(
    found: Sequence[Confusion], names: tuple[str, ...], chosen: tuple[int, int] | None
) -> tuple[dict[str, Any], int]:
    """Return which classes are taken for which, as cells to choose from, and the height in px.

    Args:
        found: pairs that occur.
        names: of the classes.
        chosen: the pair that is outlined.
    """
    short = [name if len(name) <= 16 else f"{name[:15]}…" for name in names]
    cells = [_cell(one, names, chosen) for one in found]
    room = 24 + 7 * max(len(name) for name in short)
    axis = {"type": "category", "data": short, "axisTick": {"show": False}, "splitArea": {"show": False}}
    spec = {
        "animation": False,
        "tooltip": {"trigger": "item", "confine": True},
        "grid": {"left": 4, "right": 8, "top": 26, "bottom": 4},
        "xAxis": axis | {"axisLabel": {"rotate": 90, "interval": 0 if len(names) <= 30 else "auto"}},
        "yAxis": axis | {"inverse": True, "name": "given ↓  predicted →", "nameLocation": "start", "nameGap": 8},
        "visualMap": {
            "show": False,
            "min": 0,
            "max": max([round(100 * one.rate, 2) for one in found], default=1.0) or 1.0,
            "inRange": {"color": SHADES},
        },
        "series": [{"type": "heatmap", "selectedMode": "single", "progressive": 0, "data": cells}],
    }
    return spec, min(700, ROW * len(names)) + room + 26


def _cell(one: Confusion, names: tuple[str, ...], chosen: tuple[int, int] | None) -> dict[str, Any]:
    """Return one cell: class across, class down, share in %; its name says the pair."""
    border = {"borderColor": "#D55E00", "borderWidth": 3} if (one.label, one.predicted) == chosen else {}
    return {
        "name": pair_text(one, names),
        "value": [one.predicted, one.label, round(100 * one.rate, 2)],
        "itemStyle": {"borderColor": "#FFFFFF", "borderWidth": 1} | border,
    }


def margin_chart(margins: NDArray[np.float32], rows: Sequence[int], captions: Sequence[str]) -> dict[str, Any]:
    """Return the margin of some samples over the epochs: below 0 another class is more probable than the label.

    Args:
        margins: (T, B) p_y - max other p of these samples.
        rows: their row numbers.
        captions: what they are labelled.
    """
    colours = palette()
    lines = [
        {
            "type": "line",
            "name": f"{row} {caption}",
            "data": [[epoch, round(float(value), 3)] for epoch, value in enumerate(margins[:, number], 1)],
            "symbol": "none",
            "lineStyle": {"width": 1.8},
            "itemStyle": {"color": colours[number % len(colours)]},
        }
        for number, (row, caption) in enumerate(zip(rows, captions, strict=True))
    ]
    if lines:
        zero = {"yAxis": 0, "lineStyle": {"color": "#7F8C95", "type": "dashed"}, "label": {"show": False}}
        lines[0]["markLine"] = {"symbol": "none", "silent": True, "data": [zero]}
    return {
        "animation": False,
        "legend": {"type": "scroll", "top": 0, "left": 0},
        "grid": {"left": 8, "right": 12, "top": 52, "bottom": 26},
        "tooltip": {"trigger": "axis", "confine": True},
        "xAxis": {
            "type": "value",
            "name": "epoch",
            "nameLocation": "middle",
            "nameGap": 26,
            "min": 1,
            "max": len(margins),
        },
        "yAxis": {"type": "value", "name": "margin", "min": -1, "max": 1},
        "series": lines,
    }
