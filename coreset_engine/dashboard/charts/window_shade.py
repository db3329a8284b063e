"""Windows of epochs as shaded areas of a chart over the epochs."""

from collections.abc import Sequence
from typing import Any

from coreset_engine.dashboard.charts.theme import ink
from coreset_engine.windows import Window

EARLY, LATE = "rgba(230,159,0,0.18)", "rgba(0,158,115,0.18)"


def mark_area(windows: Sequence[Window], position: str = "insideTop") -> dict[str, Any]:
    """Return the `markArea` of an ECharts series over the epochs.

    Args:
        windows: none, one, or the early and the late one.
        position: of their names.
    """
    names = ("epochs",) if len(windows) == 1 else ("t_e", "t_l")
    data = [
        [
            {"name": f"{name} {one.start}–{one.end}", "xAxis": one.start - 0.5, "itemStyle": {"color": colour}},
            {"xAxis": one.end + 0.5},
        ]
        for name, colour, one in zip(names, (EARLY, LATE), windows, strict=False)
    ]
    label = {"show": True, "position": position, "color": ink(), "distance": 4}
    return {"silent": True, "data": data, "label": label}
