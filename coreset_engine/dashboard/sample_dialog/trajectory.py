"""The trajectory of one sample over the epochs as one chart: the class predicted, and every signal below it."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from coreset_engine.analysis.samples import Timeline, predicted
from coreset_engine.dashboard.charts import lines, spec
from coreset_engine.dashboard.charts.spec import Option
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
) -> tuple[Option, int]:
    """Return the chart as ECharts options, and its height in px; all strips share the axis of epochs.

    Args:
        told: of one sample.
        names: of the classes.
        multi_label: whether labels and predictions are sets, one bit each.
        windows: to shade.
        wanted: signals, as keys of NAMES.
    """
    classes, series = _predictions(told, names, multi_label)
    series[0]["markArea"] = mark_area(windows, "top")
    signals = [name for name in NAMES if name in told.signals and name in wanted]
    limits = _limits(len(names), multi_label)
    left = spec.margin((*classes, *NAMES.values()), 132)
    heights = [LINE * len(classes), *[STRIP] * len(signals)]
    tops = [TOP + sum(heights[:number]) + GAP * number for number in range(len(heights))]
    grids = [{"left": left, "right": 16, "top": top, "height": high} for top, high in zip(tops, heights, strict=True)]
    x_axes = [_epochs(told, number, number == len(signals)) for number in range(len(grids))]
    y_axes = [spec.categories(classes, axisLabel={"width": left - 14, "overflow": "truncate"})]
    for number, name in enumerate(signals, 1):
        low, high = limits[name]
        y_axes.append(
            {"type": "value", "gridIndex": number, "name": NAMES[name], "nameLocation": "middle", "nameRotate": 0}
            | {"nameGap": left - 4, "nameTextStyle": {"align": "left"}, "min": low, "max": high, "splitNumber": 2}
        )
        line = lines.line(NAMES[name], lines.points(told.signals[name]), KEPT, width=1.6)
        series.append(line | {"xAxisIndex": number, "yAxisIndex": number, "markArea": mark_area(windows, named=False)})
    chart = spec.chart(
        series, x_axes, y_axes, legend={"show": False}, tooltip={"trigger": "axis"}, grid=grids,
        axisPointer={"link": [{"xAxisIndex": "all"}]},
    )  # fmt: skip
    return chart, tops[-1] + heights[-1] + BOTTOM


def _predictions(told: Timeline, names: tuple[str, ...], multi_label: bool) -> tuple[list[str], list[Option]]:
    """Return the lines of the timeline, the label first, and two series: epochs predicted rightly and wrongly."""
    values, counts = np.unique(told.prediction, return_counts=True)
    others = [int(value) for value in values[np.argsort(-counts, kind="stable")] if value != told.label]
    shown = [told.label, *others[:MOST]]
    classes = [predicted(value, names, multi_label) for value in shown] + ([OTHER] if len(others) > MOST else [])
    drawn: dict[bool, list[list[Any]]] = {True: [], False: []}
    for one in told.stretches:
        line = shown.index(one.predicted) if one.predicted in shown else len(shown)
        # a stretch covers its epochs from edge to edge; the empty point ends the line
        drawn[one.predicted == told.label] += [[one.start - 0.5, line], [one.stop + 0.5, line], [None, None]]
    thick = {"symbol": "none", "silent": True, "tooltip": {"show": False}, "lineStyle": {"width": 12, "cap": "butt"}}
    series = [
        lines.line(name, drawn[right], colour) | thick
        for right, name, colour in ((True, "as labelled", RIGHT), (False, "another class", WRONG))
    ]
    return classes, series


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


def _epochs(told: Timeline, grid: int, named: bool) -> Option:
    """Return the axis of epochs of one strip; only the last one is labelled."""
    axis = spec.across("epoch" if named else "", gridIndex=grid, min=0, max=len(told.epochs) + 1, minInterval=1)
    return axis | {
        "splitLine": {"show": False},
        "axisTick": {"show": named},
        "axisPointer": {"label": {"precision": 0}},
        "axisLabel": {"show": named, "showMaxLabel": False},
    }
