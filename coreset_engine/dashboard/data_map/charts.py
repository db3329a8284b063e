"""Charts beside the data map, as ECharts options: what an area holds of every class, and how it learns."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine.dashboard.charts import window_shade
from coreset_engine.dashboard.charts.theme import ALL, KEPT
from coreset_engine.windows import Window


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


def courses(means: NDArray[np.float64], windows: Sequence[Window]) -> dict[str, Any]:
    """Return the mean error norm of an area and of the rest over the epochs, the windows shaded.

    Args:
        means: (T, 2) of the area and of the rest; a side without samples, NaN, is left out.
        windows: to shade.
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
    if lines:
        lines[0]["markArea"] = window_shade.mark_area(windows)
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
