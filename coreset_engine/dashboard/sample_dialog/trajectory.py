"""The course of one sample over the epochs as one chart: the class predicted, and every signal below it."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine.analysis.samples import Timeline, predicted
from coreset_engine.dashboard.charts.theme import CUT, KEPT
from coreset_engine.dashboard.charts.window_shade import mark_area
from coreset_engine.windows import Window

LINE, STRIP, GAP, TOP, BOTTOM = 22, 84, 22, 26, 44  # px: a class, a signal, between them, above, below
MOST = 8  # classes with a line of their own
OTHER = "other classes"
RIGHT, WRONG = KEPT, CUT
NAMES = {
    "error_norm": "error norm",
    "target_probability": "p of the label",
    "margin": "margin",
    "entropy": "entropy (nats)",
    "loss": "loss (nats)",
}


def chart(
    told: Timeline,
    names: tuple[str, ...],
    multi_label: bool,
    windows: Sequence[Window],
    wanted: Sequence[str] = tuple(NAMES),
) -> tuple[dict[str, Any], int]:
    """Return the chart as ECharts options, and its height in px; all strips share the axis of epochs.

    Args:
        told: of one sample.
        names: of the classes.
        multi_label: whether labels and predictions are sets, one bit each.
        windows: to shade.
        wanted: signals, as keys of NAMES.
    """
    lines, series = _predictions(told, names, multi_label)
    signals = [name for name in NAMES if name in told.signals and name in wanted]
    limits = _limits(len(names), multi_label)
    left = 20 + 7 * min(16, max(len(text) for text in (*lines, *NAMES.values())))
    grids, x_axes = (
        [{"left": left, "right": 16, "top": TOP, "height": LINE * len(lines)}],
        [_epochs(told, 0, not signals)],
    )
    y_axes: list[dict[str, Any]] = [
        {"type": "category", "data": lines, "inverse": True, "axisTick": {"show": False}}
        | {"axisLabel": {"width": left - 14, "overflow": "truncate"}}
    ]
    series[0]["markArea"] = mark_area(windows, "top")
    top = TOP + LINE * len(lines) + GAP
    for number, name in enumerate(signals, 1):
        grids.append({"left": left, "right": 16, "top": top, "height": STRIP})
        x_axes.append(_epochs(told, number, number == len(signals)))
        low, high = limits[name]
        y_axes.append(
            {"type": "value", "gridIndex": number, "name": NAMES[name], "nameLocation": "middle", "nameRotate": 0}
            | {"nameGap": left - 4, "nameTextStyle": {"align": "left"}, "min": low, "max": high, "splitNumber": 2}
        )
        series.append(_line(told.signals[name], name, number) | {"markArea": mark_area(windows, named=False)})
        top += STRIP + GAP
    spec = {"animation": False, "grid": grids, "xAxis": x_axes, "yAxis": y_axes, "series": series}
    spec |= {"tooltip": {"trigger": "axis", "confine": True}, "axisPointer": {"link": [{"xAxisIndex": "all"}]}}
    return spec, top + BOTTOM - GAP


def _predictions(told: Timeline, names: tuple[str, ...], multi_label: bool) -> tuple[list[str], list[dict[str, Any]]]:
    """Return the lines of the timeline, the label first, and two series: epochs predicted rightly and wrongly."""
    values, counts = np.unique(told.prediction, return_counts=True)
    others = [int(value) for value in values[np.argsort(-counts, kind="stable")] if value != told.label]
    shown = [told.label, *others[:MOST]]
    lines = [predicted(value, names, multi_label) for value in shown] + ([OTHER] if len(others) > MOST else [])
    drawn: dict[bool, list[list[Any]]] = {True: [], False: []}
    for one in told.stretches:
        line = shown.index(one.predicted) if one.predicted in shown else len(shown)
        # a stretch covers its epochs from edge to edge; the empty point ends the line
        drawn[one.predicted == told.label] += [[one.start - 0.5, line], [one.stop + 0.5, line], [None, None]]
    series = [
        {
            "type": "line",
            "name": name,
            "data": drawn[right],
            "symbol": "none",
            "silent": True,
            "itemStyle": {"color": c},
        }
        | {"lineStyle": {"width": 12, "cap": "butt"}, "tooltip": {"show": False}}
        for right, name, c in ((True, "as labelled", RIGHT), (False, "another class", WRONG))
    ]
    return lines, series


def _limits(classes: int, multi_label: bool) -> dict[str, tuple[float, float | None]]:
    """Return the range of every signal, the same for all samples of a run, so that their charts compare."""
    norm = math.sqrt(classes) if multi_label else math.sqrt(2)
    entropy = math.log(2) if multi_label else math.log(max(2, classes))
    return {
        "error_norm": (0, math.ceil(2 * norm) / 2),
        "target_probability": (0, 1),
        "margin": (-1, 1),
        "entropy": (0, math.ceil(2 * entropy) / 2),
        "loss": (0, None),
    }


def _epochs(told: Timeline, grid: int, named: bool) -> dict[str, Any]:
    """Return the axis of epochs of one strip; only the last one is labelled."""
    axis = {"type": "value", "gridIndex": grid, "min": 0, "max": len(told.epochs) + 1, "minInterval": 1}
    axis |= {"splitLine": {"show": False}, "axisTick": {"show": named}}
    axis["axisPointer"] = {"label": {"precision": 0}}
    axis["axisLabel"] = {"show": named, "showMaxLabel": False}
    return axis | ({"name": "epoch", "nameLocation": "middle", "nameGap": 26} if named else {})


def _line(values: NDArray[np.floating], name: str, grid: int) -> dict[str, Any]:
    """Return one signal over the epochs."""
    points = [[epoch, value] for epoch, value in enumerate(np.round(values.astype(np.float64), 4).tolist(), 1)]
    return {
        "type": "line",
        "name": NAMES[name],
        "data": points,
        "xAxisIndex": grid,
        "yAxisIndex": grid,
        "symbol": "none" if len(points) > 1 else "circle",
        "lineStyle": {"width": 1.6},
        "itemStyle": {"color": KEPT},
    }
