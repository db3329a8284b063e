"""The charts of the Results page beside those against α: recalls, confusions, learning curves, a paper's table."""

from typing import Any

import numpy as np
import pandas as pd

from coreset_engine.dashboard.charts.theme import CUT, KEPT, palette
from coreset_engine.dashboard.results import data
from coreset_engine.dashboard.results.class_changes import LEAST
from coreset_engine.results.confusions import Change
from coreset_engine.results.recalls import as_matrix, rule_of
from coreset_engine.results.references import on_all_data

LESS, SAME, MORE = "#4E9BD1", "#F7F7F7", "#F28E2B"  # blue and orange, told apart with any colour vision
INK = "#1B2730"  # 4.5 : 1 on all of them
FEW = 14  # classes up to which every cell says its change


def recalls(
    rows: pd.DataFrame, label: str, rate: float, figure: str, names: tuple[str, ...]
) -> tuple[dict[str, Any], int]:
    """Return ECharts options with one dot a seed and class, on all data and on a coreset, and the height in px.

    Args:
        rows: as for `class_recalls`.
        label: of the coreset.
        rate: its α.
        figure: whose split and epoch rule count.
        names: of the classes.
    """
    split, rule = rule_of(figure)
    good = rows[~rows["collapsed"].astype(bool)]
    part = good[(good["label"] == label) & (good["rate"] == rate)]
    groups = (("all data", CUT, on_all_data(good, part), -6), (label, KEPT, part, 6))
    series = []
    for name, colour, part, offset in groups:
        matrix = as_matrix(part[f"{split}_recall_{rule}"])
        dots = [[round(100 * value, 2), names[c]] for row in matrix for c, value in enumerate(row) if value == value]
        series.append(
            {"type": "scatter", "name": name, "data": dots, "symbolSize": 9, "symbolOffset": [0, offset]}
            | {"itemStyle": {"color": colour, "opacity": 0.75}}
        )
    room = min(150, 12 + 7 * max(len(name) for name in names))
    spec = {
        "animation": False,
        "legend": {"top": 0, "left": 0},
        "tooltip": {"trigger": "item", "confine": True},
        "grid": {"left": room, "right": 16, "top": 32, "bottom": 44},
        "xAxis": {"type": "value", "name": "recall (%)", "nameLocation": "middle", "nameGap": 28, "min": 0, "max": 100},
        "yAxis": {"type": "category", "data": list(names), "inverse": True, "axisTick": {"show": False}}
        | {"axisLabel": {"width": room - 12, "overflow": "truncate"}, "splitLine": {"show": True}},
        "series": series,
    }
    return spec, 30 * len(names) + 90


def confusion(found: Change, names: tuple[str, ...]) -> tuple[dict[str, Any], int]:
    """Return ECharts options of the change as a heat map, colours symmetric about 0, and the height in px."""
    few = len(names) <= FEW
    top = max(1.0, float(np.ceil(np.nanmax(np.abs(found.points), initial=0.0))))
    short = [name if len(name) <= 16 else f"{name[:15]}…" for name in names]
    room = 20 + 7 * max(len(name) for name in short)
    axis = {"type": "category", "data": short, "axisTick": {"show": False}}
    spec = {
        "animation": False,
        "tooltip": {"trigger": "item", "confine": True, "formatter": "{@[4]}<br><b>{@[3]} points</b>"},
        "grid": {"left": 8, "right": 8, "top": 62, "bottom": 4},
        "xAxis": axis | {"axisLabel": {"rotate": 90, "interval": 0 if few else "auto"}},
        "yAxis": axis
        | {"inverse": True, "name": "true ↓  predicted →", "nameLocation": "start", "nameGap": 10}
        | {"nameTextStyle": {"align": "left"}, "axisLabel": {"interval": 0 if few else "auto"}},
        "visualMap": {"min": -top, "max": top, "calculable": False, "orient": "horizontal", "left": 0, "top": 0}
        | {"text": [f"+{top:.0f} points, more often", f"less often, −{top:.0f}"], "itemHeight": 90, "itemWidth": 12}
        | {"dimension": 2, "inRange": {"color": [LESS, SAME, MORE]}},
        "series": [
            {"type": "heatmap", "progressive": 0, "data": _cells(found, names)}
            | {"itemStyle": {"borderColor": "#FFFFFF", "borderWidth": 1}}
            | {"label": {"show": few, "formatter": "{@[5]}", "color": INK, "fontSize": 10}}
        ],
    }
    return spec, min(640, 26 * len(names)) + room + 70


def _cells(found: Change, names: tuple[str, ...]) -> list[list[Any]]:
    """Return one cell a pair: class across, class down, points, the same as text, the pair, and what the cell says."""
    return [
        _cell(label, predicted, float(points), names)
        for label, row in enumerate(found.points)
        for predicted, points in enumerate(row)
        if points == points
    ]


def _cell(label: int, predicted: int, points: float, names: tuple[str, ...]) -> list[Any]:
    """Return one cell; a change of less than half a point leaves it empty."""
    about = f"{names[label]} taken for {names[predicted]}" if label != predicted else f"{names[label]} recognised"
    return [
        predicted,
        label,
        round(points, 2),
        f"{points:+.1f}",
        about,
        f"{points:+.0f}" if abs(points) >= LEAST else "",
    ]


def losses(rows: pd.DataFrame) -> dict[str, Any]:
    """Return train loss (dashed) and val loss over the epochs, best epochs marked, as ECharts options."""
    series = []
    for name, colour, row in _coloured(rows):
        curve = row["curve"]
        series.append(_line(name, curve["train_loss"], colour, "dashed"))
        series += [_line(name, curve["val_loss"], colour), _best(name, row, curve["val_loss"], colour)]
    return _over_epochs(series, "loss (nats): train dashed, val solid", int(rows["epochs"].max()))


def accuracies(rows: pd.DataFrame) -> dict[str, Any]:
    """Return val accuracy over the epochs, best epochs marked, as ECharts options."""
    series = []
    for name, colour, row in _coloured(rows):
        percent = [round(100 * value, 2) for value in row["curve"]["val_accuracy"]]
        series += [_line(name, percent, colour), _best(name, row, percent, colour)]
    return _over_epochs(series, "val accuracy (%)", int(rows["epochs"].max()))


def _coloured(rows: pd.DataFrame) -> list[tuple[str, str, dict[str, Any]]]:
    """Return name, colour and values of every retraining."""
    colours = palette()
    each = zip(data.titles(rows), rows.to_dict("records"), strict=True)
    return [(name, colours[number % len(colours)], row) for number, (name, row) in enumerate(each)]


def _line(name: str, values: list[float], colour: str, kind: str = "solid") -> dict[str, Any]:
    """Return one curve; those of a retraining share its name, so that the legend hides them together."""
    return {
        "type": "line",
        "name": name,
        "data": [[epoch, value] for epoch, value in enumerate(values, 1)],
        "symbol": "none" if len(values) > 1 else "circle",
        "lineStyle": {"width": 1.5 if kind == "dashed" else 2.2, "type": kind},
        "itemStyle": {"color": colour},
    }


def _best(name: str, row: dict[str, Any], values: list[float], colour: str) -> dict[str, Any]:
    """Return the mark of the best val epoch on a curve."""
    epoch = int(row["best_epoch"])
    return {
        "type": "scatter",
        "name": name,
        "data": [[epoch, values[epoch - 1]]] if 1 <= epoch <= len(values) else [],
        "symbol": "diamond",
        "symbolSize": 14,
        "itemStyle": {"color": colour, "borderColor": "#FFFFFF", "borderWidth": 1, "opacity": 1},
        "tooltip": {"show": False},
        "z": 5,
    }


def _over_epochs(series: list[dict[str, Any]], title: str, epochs: int) -> dict[str, Any]:
    """Return a chart over the epochs."""
    return {
        "animation": False,
        "legend": {"type": "scroll", "top": 0, "left": 0},
        "tooltip": {"trigger": "axis", "confine": True},
        "grid": {"left": 8, "right": 12, "top": 58, "bottom": 26},
        "xAxis": {"type": "value", "name": "epoch", "nameLocation": "middle", "nameGap": 26}
        | {"min": 1, "max": max(2, epochs), "minInterval": 1},
        "yAxis": {"type": "value", "name": title, "scale": True, "nameTextStyle": {"align": "left"}},
        "series": series,
    }


def published(part: pd.DataFrame, full: float) -> dict[str, Any]:
    """Return an ECharts option: a dotted line a method as published, and points of ours in its colour.

    Args:
        part: one part of what `published.beside` gives; rates and accuracies 0..1.
        full: published accuracy on all data, NaN where there is none.
    """
    names = list(dict.fromkeys(part["method"]))
    colours = palette()
    series = []
    for number, name in enumerate(names):
        of = part[part["method"] == name].sort_values("rate")
        colour = colours[number % len(colours)]
        for kind, column in (("published", "published"), ("ours", "ours")):
            known = of[of[column].notna()]
            points = [
                [100 * rate, round(100 * value, 2)] for rate, value in zip(known["rate"], known[column], strict=True)
            ]
            if points:
                series.append(
                    {"type": "line", "name": f"{name}, {kind}" if kind == "ours" else name, "data": points}
                    | {"lineStyle": {"type": "dotted" if kind == "published" else "solid"}, "symbolSize": 6}
                    | {"itemStyle": {"color": colour}, "symbol": "emptyCircle" if kind == "published" else "circle"}
                )
    if np.isfinite(full) and series:
        label = {"formatter": f"all data, published {100 * full:.1f} %", "position": "insideStartTop"}
        series[0]["markLine"] = {"silent": True, "symbol": "none", "label": label, "data": [{"yAxis": 100 * full}]}
    rates = sorted({round(100 * rate, 4) for rate in part["rate"]})
    return {
        "animation": False,
        "legend": {"top": 0, "left": 0, "type": "scroll"},
        "tooltip": {"trigger": "item", "confine": True, "formatter": "{a}<br>α, accuracy (%): {c}"},
        "grid": {"left": 4, "right": 16, "top": 56, "bottom": 28, "containLabel": True},
        "xAxis": {"type": "log", "min": rates[0] / 1.15, "max": rates[-1] * 1.15, "name": "selection rate α (%)"}
        | {"nameLocation": "middle", "nameGap": 26, "splitLine": {"show": False}}
        | {"axisLabel": {"customValues": rates}, "axisTick": {"customValues": rates}},
        "yAxis": {"type": "value", "scale": True, "name": "accuracy (%)", "nameTextStyle": {"align": "left"}},
        "series": series,
    }
