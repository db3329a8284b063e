"""Charts beside the data map, as ECharts options: what an area holds of every class, and how it learns."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine.dashboard.charts import ALL, KEPT, ink
from coreset_engine.dashboard.live import EARLY, LATE
from coreset_engine.dashboard.windows import Windows


def classes(counts: NDArray[np.int64], names: tuple[str, ...]) -> tuple[dict[str, Any], int]:
    """Return the share of every class in all data and in an area, and the height in px.

    Args:
        counts: (C, 2) samples of every class in all data and in the area.
        names: of the classes.
    """
    shares = np.round(100 * counts / np.maximum(1, counts.sum(axis=0)), 2)
    spec = {
        "animation": False,
        "legend": {"top": 0, "left": 0},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}, "confine": True},
        "grid": {"left": min(190, 16 + 7 * max(map(len, names))), "right": 16, "top": 30, "bottom": 40},
        "xAxis": {"type": "value", "name": "share of the samples (%)", "nameLocation": "middle", "nameGap": 24},
        "yAxis": {"type": "category", "data": list(names), "inverse": True, "axisTick": {"show": False}},
        "series": [
            {"type": "bar", "name": name, "data": shares[:, column].tolist(), "itemStyle": {"color": colour}}
            | {"barGap": "0%", "barCategoryGap": "25%"}
            for column, (name, colour) in enumerate((("all data", ALL), ("area", KEPT)))
        ],
    }
    return spec, 20 * len(names) + 76


def courses(means: NDArray[np.float64], spans: list[Windows]) -> dict[str, Any]:
    """Return the mean error norm of an area and of the rest over the epochs, the windows shaded.

    Args:
        means: (T, 2) of the area and of the rest; a side without samples, NaN, is left out.
        spans: windows to shade; a single window has early == late.
    """
    epochs = len(means)
    lines = [
        {
            "type": "line",
            "name": name,
            "symbol": "none",
            "lineStyle": {"width": 2},
            "itemStyle": {"color": colour},
            "data": [[epoch, round(value, 4)] for epoch, value in enumerate(means[:, column].tolist(), 1)],
        }
        for column, (name, colour) in enumerate((("mean error norm of the area", KEPT), ("of the rest", ALL)))
        if np.isfinite(means[:, column]).all()
    ]
    marks = [_shade(span.early, span.length, EARLY, "t_e") for span in spans]
    marks += [_shade(span.late, span.length, LATE, "t_l") for span in spans if span.late != span.early]
    if lines:
        lines[0]["markArea"] = {"silent": True, "data": marks, "label": {"position": "insideTop", "color": ink()}}
    axis = {"type": "value", "name": "epoch", "nameLocation": "middle", "nameGap": 24, "splitLine": {"show": False}}
    return {
        "animation": False,
        "legend": {"top": 0, "left": 0},
        "tooltip": {"trigger": "axis", "confine": True},
        "grid": {"left": 44, "right": 16, "top": 32, "bottom": 40},
        "xAxis": axis | {"min": 0, "max": epochs + 1, "minInterval": 1},
        "yAxis": {"type": "value", "min": 0},
        "series": lines,
    }


def _shade(start: int, length: int, colour: str, name: str) -> list[dict[str, Any]]:
    """Return the area of a window over the epochs start .. start + length - 1, with its name."""
    return [{"name": name, "xAxis": start - 0.5, "itemStyle": {"color": colour}}, {"xAxis": start + length - 0.5}]
