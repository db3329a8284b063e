"""The charts of the Results page and of the papers, as ECharts options."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd

from coreset_engine.dashboard.charts import by_rate, heatmap, lines, spec
from coreset_engine.dashboard.charts.by_rate import Level, Line, Point
from coreset_engine.dashboard.charts.spec import Option
from coreset_engine.dashboard.charts.theme import CUT, FULL_DATA, INK, KEPT, PAPER, RANDOM, colours
from coreset_engine.dashboard.results.class_changes import LEAST
from coreset_engine.results.confusions import Change
from coreset_engine.results.published import Published
from coreset_engine.results.recalls import as_matrix, rule_of
from coreset_engine.results.references import on_all_data

LESS, SAME, MORE = "#4E9BD1", "#F7F7F7", "#F28E2B"  # blue and orange, told apart with any colour vision
FIRST_OF_MODES = 6  # place in the palette from which training modes are coloured: methods begin at its first
FEW = 14  # classes up to which every cell says its change


def accuracy(
    summary: pd.DataFrame,
    figure: str,
    title: str,
    spread: str = "std",
    published: Sequence[Published] = (),
    retrainings: pd.DataFrame | None = None,
    modes: pd.DataFrame | None = None,
) -> Option:
    """Return a figure of quality against α with bars for the spread over seeds, as `by_rate.of_summary` draws it.

    Args:
        summary: what `results.summarise` gives; for intervals, what `data.with_intervals` makes of it.
        figure: column of the figure.
        title: of the y-axis, its split and epoch rule; the unit is added there.
        spread: "std" for standard deviations, "half" for half the width of intervals.
        published: numbers of papers, drawn as a layer of dotted lines.
        retrainings: the rows behind the summary.
        modes: what `results.modes` gives; training modes are lines of their own, at the share of the samples they used.
    """
    ordered = sorted(published, key=lambda one: one.rate)
    layer = [
        Line(
            f"published: {name}",
            colour,
            [_published(one) for one in ordered if one.name == name],
            "dotted",
            hollow=True,
        )
        for name, colour in zip(dict.fromkeys(one.name for one in published), colours(), strict=False)
    ]
    layer += [] if modes is None else _of_modes(modes, figure, spread)
    return by_rate.of_summary(summary, figure, title, spread, retrainings, layer)


def _of_modes(table: pd.DataFrame, figure: str, spread: str) -> list[Line]:
    """Return a line for every training mode, its points at the share of the samples that the gradient steps used."""
    factor, _ = by_rate.scale(figure)
    width = "half" if spread == "half" else "sd"
    drawn = []
    for (name, rows), colour in zip(table.groupby("line"), islice(colours(), FIRST_OF_MODES, None), strict=False):
        known = rows[rows["value"].notna()].sort_values("used_share")
        each = zip(known["used_share"].round(3), known["value"], known[width], known["n"], strict=True)
        points = [(by_rate.point(*numbers, f" (n = {n})", factor), numbers[0]) for *numbers, n in each]
        told = [
            replace(one, about=f"{100 * share:.3g} % used: {one.about.partition(': ')[2]}") for one, share in points
        ]
        drawn.append(Line(name, colour, told, "dotted", hollow=True))
    return [line for line in drawn if line.points]


def _published(one: Published) -> Point:
    """Return a published number with its standard deviation, where there is one."""
    return by_rate.point(one.rate, one.accuracy, one.sd, f" ± {100 * one.sd:.2g}" if np.isfinite(one.sd) else "")


def difference(table: pd.DataFrame, figure: str) -> Option:
    """Return the mean difference to Random against α, a line a method, with its interval; Random is the line at 0.

    Args:
        table: what `results.against_random` gives.
        figure: column of the figure.
    """
    factor, unit = by_rate.scale(figure)
    known = table[table["difference"].notna()].sort_values("rate")
    drawn = []
    for (label, rows), colour in zip(known.groupby("label"), colours(), strict=False):
        each = zip(rows["rate"], rows["difference"], rows["half"], rows["n"], strict=True)
        points = [by_rate.point(*numbers, f" (n = {n} pairs)", factor, "+.4g") for *numbers, n in each]
        drawn.append(Line(label, colour, points))
    title = f"difference to Random{' (points)' * bool(unit)}"
    return by_rate.chart(drawn, title, [Level(0.0, "", colour=RANDOM, kind="dashed")])


def paper(part: pd.DataFrame, full: float) -> Option:
    """Return a paper's table: a dotted line a method as published, and points of ours in its colour.

    Args:
        part: one part of what `published.side_by_side` gives; rates and accuracies 0..1.
        full: published accuracy on all data, NaN where there is none.
    """
    drawn, coloured = [], colours()
    for name in dict.fromkeys(part["method"]):
        of = part[part["method"] == name].sort_values("rate")
        colour = RANDOM if name.lower() == by_rate.CHANCE else next(coloured)
        for title, column, kind in ((name, "published", "dotted"), (f"{name}, ours", "ours", "solid")):
            known = of[of[column].notna()]
            points = [by_rate.point(*numbers) for numbers in zip(known["rate"], known[column], strict=True)]
            if points:
                drawn.append(Line(title, colour, points, kind, hollow=column == "published"))
    levels = [Level(100 * full, f"{FULL_DATA}, published {100 * full:.1f} %")] if np.isfinite(full) and drawn else []
    return by_rate.chart(drawn, "accuracy (%)", levels)


def recalls(rows: pd.DataFrame, label: str, rate: float, figure: str, names: tuple[str, ...]) -> tuple[Option, int]:
    """Return one dot a seed and class, on all data and on a coreset, and the height in px.

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
    series = []
    for name, colour, group, offset in ((FULL_DATA, CUT, on_all_data(good, part), -6), (label, KEPT, part, 6)):
        matrix = as_matrix(group[f"{split}_recall_{rule}"])
        dots = [[round(100 * value, 2), names[c]] for row in matrix for c, value in enumerate(row) if value == value]
        series.append(
            {"type": "scatter", "name": name, "data": dots, "symbolSize": 9, "symbolOffset": [0, offset]}
            | {"itemStyle": {"color": colour, "opacity": 0.75}}
        )
    labels = {"axisLabel": {"width": 138, "overflow": "truncate"}, "splitLine": {"show": True}}
    chart = spec.chart(series, spec.across("recall (%)", min=0, max=100), spec.categories(names, **labels))
    return chart, 30 * len(names) + 90


def confusion(found: Change, names: tuple[str, ...]) -> tuple[Option, int]:
    """Return the change as a heat map, colours symmetric about 0, and the height in px."""
    top = max(1.0, float(np.ceil(np.nanmax(np.abs(found.points), initial=0.0))))
    short = spec.short(names)
    cells = [
        _cell(label, predicted, float(points), names)
        for label, row in enumerate(found.points)
        for predicted, points in enumerate(row)
        if points == points
    ]
    ends = (f"+{top:.0f} points, more often", f"less often, −{top:.0f}")
    text = {"show": len(names) <= FEW, "formatter": "{@[5]}", "color": INK, "fontSize": 10}
    chart = heatmap.chart(
        cells,
        short,
        short,
        heatmap.scale(-top, top, (LESS, SAME, MORE), ends),
        corner="true ↓  predicted →",
        label=text,
    )
    chart["tooltip"] |= {"formatter": "{@[4]}<br><b>{@[3]} points</b>"}
    return chart, min(640, 26 * len(names)) + spec.margin(short) + 70


def _cell(label: int, predicted: int, points: float, names: tuple[str, ...]) -> list[Any]:
    """Return class across, class down, points, the same as text, the pair, and what the cell says if it is enough."""
    about = f"{names[label]} taken for {names[predicted]}" if label != predicted else f"{names[label]} recognised"
    text = f"{points:+.0f}" if abs(points) >= LEAST else ""
    return [predicted, label, round(points, 2), f"{points:+.1f}", about, text]


def losses(named: Iterable[tuple[str, dict[str, Any]]]) -> Option:
    """Return train loss (dashed) and val loss over the epochs, best epochs marked.

    Args:
        named: retrainings with a curve, by their titles.
    """
    named, series = list(named), []
    for (name, row), colour in zip(named, colours(), strict=False):
        train, val = (lines.points(row["curve"][f"{split}_loss"], 6) for split in ("train", "val"))
        series.append(lines.line(name, train, colour, kind="dashed", width=1.5))
        series += _with_best(name, row, val, colour)
    return _curves(series, "loss (nats): train dashed, val solid", named)


def accuracies(named: Iterable[tuple[str, dict[str, Any]]]) -> Option:
    """Return val accuracy over the epochs, best epochs marked; of the same retrainings as `losses`."""
    named, series = list(named), []
    for (name, row), colour in zip(named, colours(), strict=False):
        percent = [round(100 * value, 2) for value in row["curve"]["val_accuracy"]]
        series += _with_best(name, row, lines.points(percent), colour)
    return _curves(series, "val accuracy (%)", named)


def _with_best(name: str, row: dict[str, Any], points: list[list[float]], colour: str) -> list[Option]:
    """Return a curve and the mark of the best val epoch on it, of one name, so that the legend hides both."""
    mark = {"type": "scatter", "name": name, "symbol": "diamond", "symbolSize": 14, "tooltip": {"show": False}, "z": 5}
    mark["data"] = [point for point in points if point[0] == row["best_epoch"]]
    mark["itemStyle"] = {"color": colour, "borderColor": PAPER, "borderWidth": 1, "opacity": 1}
    return [lines.line(name, points, colour, width=2.2), mark]


def _curves(series: list[Option], title: str, named: Sequence[tuple[str, dict[str, Any]]]) -> Option:
    """Return a chart over the epochs of the longest retraining."""
    epochs = max(2, *(int(row["epochs"]) for _, row in named)) if named else 2
    return lines.chart(series, spec.upwards(title, scale=True), epochs, first=1)
