"""The charts of the Results page and of the papers, as ECharts options."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from coreset_engine.config import Recipe
from coreset_engine.dashboard.charts import by_rate, heatmap, lines, spec, theme
from coreset_engine.dashboard.charts.by_rate import Level, Line, Point
from coreset_engine.dashboard.charts.spec import Option
from coreset_engine.dashboard.charts.theme import FULL_DATA, Look
from coreset_engine.dashboard.results import class_changes
from coreset_engine.dashboard.results.class_changes import LEAST
from coreset_engine.results.confusions import Change
from coreset_engine.results.published import Published
from coreset_engine.results.recalls import as_matrix, rule_of
from coreset_engine.results.references import on_all_data
from coreset_engine.results.result_rows import loss_of

MARKS = 8  # of a learning curve, by which those of one method are told apart
FEW = 14  # classes up to which every cell says its change
MOST = 60  # classes that are drawn; of more, those whose confusion changes most


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
    names = {one.name: one.method or one.name for one in published}
    layer = [
        Line(
            f"published: {name}", look, [_published(one) for one in ordered if one.name == name], "dotted", hollow=True
        )
        for name, look in zip(names, theme.looks(list(names.values())), strict=True)
    ]
    layer += [] if modes is None else _of_modes(modes, figure, spread)
    return by_rate.of_summary(summary, figure, title, spread, retrainings, layer)


def _of_modes(table: pd.DataFrame, figure: str, spread: str) -> list[Line]:
    """Return a line for every training mode, its points at the share of the samples that the gradient steps used."""
    factor, _ = by_rate.scale(figure)
    width = "half" if spread == "half" else "sd"
    drawn, groups = [], list(table.groupby("line"))
    for (name, rows), look in zip(groups, theme.looks([str(name) for name, _ in groups]), strict=True):
        known = rows[rows["value"].notna()].sort_values("used_share")
        points, shares = [], known["used_share"].round(3)
        for share, mean, half, n in zip(shares, known["value"], known[width], known["n"], strict=True):
            one = by_rate.point(share, mean, half, f" (n = {n})", factor)
            points.append(replace(one, about=f"{100 * share:.3g} % used: {one.about.partition(': ')[2]}"))
        drawn.append(Line(str(name), look, points, "dotted", hollow=True))
    return [line for line in drawn if line.points]


def _published(one: Published) -> Point:
    """Return a published number with its standard deviation, where there is one."""
    return by_rate.point(one.rate, one.accuracy, one.sd, f" ± {100 * one.sd:.2g}" if np.isfinite(one.sd) else "")


def difference(table: pd.DataFrame, figure: str, methods: Mapping[str, str]) -> Option:
    """Return the mean difference to Random against α, a line per method, with its interval; Random is the line at 0.

    Args:
        table: what `results.against_random` gives.
        figure: column of the figure.
        methods: of every label.
    """
    factor, unit = by_rate.scale(figure)
    known = table[table["difference"].notna()].sort_values("rate")
    drawn, groups = [], list(known.groupby("label"))
    for (label, rows), look in zip(groups, theme.looks([methods[label] for label, _ in groups]), strict=True):
        each = zip(rows["rate"], rows["difference"], rows["half"], rows["n"], strict=True)
        points = [by_rate.point(rate, mean, half, f" (n = {n} pairs)", factor, "+.4g") for rate, mean, half, n in each]
        drawn.append(Line(label, look, points))
    title = f"difference to Random{' (points)' * bool(unit)}"
    return by_rate.chart(drawn, title, [Level(0.0, "", colour=theme.look(by_rate.CHANCE).colour, kind="dashed")])


def paper(part: pd.DataFrame, full: float, methods: Mapping[str, str]) -> Option:
    """Return a paper's table: a dotted line per method as published, and points of ours in its colour.

    Args:
        part: one part of what `published.side_by_side` gives; rates and accuracies 0..1.
        full: published accuracy on all data, NaN where there is none.
        methods: what the paper's methods are called here; one that is not here stands for itself.
    """
    drawn, names = [], list(dict.fromkeys(part["method"]))
    for name, look in zip(names, theme.looks([methods.get(name) or name for name in names]), strict=True):
        of = part[part["method"] == name].sort_values("rate")
        for title, column, kind in ((name, "published", "dotted"), (f"{name}, ours", "ours", "solid")):
            known = of[of[column].notna()]
            points = [by_rate.point(*numbers) for numbers in zip(known["rate"], known[column], strict=True)]
            if points:
                drawn.append(Line(title, look, points, kind, hollow=column == "published"))
    levels = [Level(100 * full, f"{FULL_DATA}, published {100 * full:.1f} %")] if np.isfinite(full) and drawn else []
    return by_rate.chart(drawn, "accuracy (%)", levels)


def recalls(rows: pd.DataFrame, label: str, rate: float, figure: str, names: tuple[str, ...]) -> tuple[Option, int]:
    """Return one dot per seed and class, on all data and on a coreset, and the height in px.

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
    series, own = [], theme.look(part["method"].iloc[0] if len(part) else label)
    shown = ((FULL_DATA, Look(theme.full_data()), on_all_data(good, part), -6), (label, own, part, 6))
    for name, look, group, offset in shown:
        matrix = as_matrix(group[f"{split}_recall_{rule}"])
        dots = [[round(100 * value, 2), names[c]] for row in matrix for c, value in enumerate(row) if value == value]
        series.append(
            {"type": "scatter", "name": name, "data": dots, "symbolSize": 9, "symbolOffset": [0, offset]}
            | {"symbol": look.marker, "itemStyle": {"color": look.colour, "opacity": 0.75}}
        )
    labels = {"axisLabel": {"width": 138, "overflow": "truncate"}, "splitLine": {"show": True}}
    chart = spec.chart(
        series, spec.across("recall (%)", min=0, max=100), spec.named_categories("class", names, **labels)
    )
    return chart, 30 * len(names) + 90 + spec.LEGEND


def confusion(found: Change, names: tuple[str, ...]) -> tuple[Option, int]:
    """Return the change as a heat map, colours symmetric about 0, and the height in px; of many classes the `MOST`."""
    top = max(1.0, float(np.ceil(np.nanmax(np.abs(found.points), initial=0.0))))
    shown = class_changes.most_changed(found.points, MOST)
    names = tuple(names[label] for label in shown)
    short = spec.short(names)
    shades = theme.diverging()[::-1]  # more often is orange: beside the diagonal it is a fault
    cells = [
        _cell(label, predicted, float(points), names)
        | {"label": {"color": theme.words_on(shades, 0.5 + points / (2 * top))}}
        for label, row in enumerate(found.points[np.ix_(shown, shown)])
        for predicted, points in enumerate(row)
        if points == points
    ]
    ends = (f"+{top:.0f} points, more often", f"less often, −{top:.0f}")
    text = {"show": len(names) <= FEW, "formatter": "{@[5]}", "fontSize": 10}
    chart = heatmap.chart(
        cells,
        short,
        short,
        heatmap.scale(-top, top, shades, ends),
        corner="true ↓  predicted →",
        label=text,
    )
    chart["tooltip"] |= {"formatter": "{@[4]}<br><b>{@[3]} points</b>"}
    return chart, min(640, 26 * len(names)) + spec.margin(short) + 70


def _cell(label: int, predicted: int, points: float, names: tuple[str, ...]) -> Option:
    """Return class across, class down, points, the same as text, the pair, and what the cell says if it is enough."""
    about = f"{names[label]} taken for {names[predicted]}" if label != predicted else f"{names[label]} recognised"
    text = f"{points:+.0f}" if abs(points) >= LEAST else ""
    return {"value": [predicted, label, round(points, 2), f"{points:+.1f}", about, text]}


def losses(named: Iterable[tuple[str, dict[str, Any]]]) -> Option:
    """Return train loss (dashed) and val loss over the epochs, best epochs marked.

    Args:
        named: retrainings with a curve, by their titles.
    """
    named, series = list(named), []
    for (name, row), look, apart in _looks(named):
        train, val = (lines.points(row["curve"][f"{split}_loss"], 6) for split in ("train", "val"))
        series.append(lines.line(name, train, look.colour, kind="dashed", width=1.5))
        series += _with_best(name, row, val, look, apart)
    unit = " (nats)" if all(loss_of(row) == Recipe.loss for _, row in named) else ""
    return _curves(series, f"loss{unit}: train dashed, val solid", named)


def accuracies(named: Iterable[tuple[str, dict[str, Any]]]) -> Option:
    """Return val accuracy over the epochs, best epochs marked; of the same retrainings as `losses`."""
    named, series = list(named), []
    for (name, row), look, apart in _looks(named):
        percent = [round(100 * value, 2) for value in row["curve"]["val_accuracy"]]
        series += _with_best(name, row, lines.points(percent), look, apart)
    return _curves(series, "val accuracy (%)", named)


def _looks(named: Sequence[tuple[str, dict[str, Any]]]) -> list[tuple[tuple[str, dict[str, Any]], Look, bool]]:
    """Return each retraining with how it is drawn, and whether marks tell it from another of its colour."""
    found = theme.looks([row["method"] for _, row in named])
    shared = Counter(look.colour for look in found)
    return [(one, look, shared[look.colour] > 1) for one, look in zip(named, found, strict=True)]


def _with_best(name: str, row: dict[str, Any], points: list[list[float]], look: Look, apart: bool) -> list[Option]:
    """Return a curve and a large mark at its best val epoch, of one name, so that the legend hides both.

    Args:
        name: of the retraining.
        row: its result.
        points: of the curve.
        look: how it is drawn.
        apart: whether the curve has small marks, too.
    """
    mark = {
        "type": "scatter",
        "name": name,
        "symbol": look.marker,
        "symbolSize": 14,
        "tooltip": {"show": False},
        "z": 5,
    }
    mark["data"] = [point for point in points if point[0] == row["best_epoch"]]
    mark["itemStyle"] = {"color": look.colour, "borderColor": theme.page(), "borderWidth": 1, "opacity": 1}
    curve = lines.line(name, points, look.colour, width=2.2)
    if apart and len(points) > 1:
        every = max(1, len(points) // MARKS)
        curve |= {"symbol": look.marker, "symbolSize": 0}
        curve["data"] = [
            {"value": point, "symbolSize": 7} if number % every == every // 2 else point
            for number, point in enumerate(points)
        ]
    return [curve, mark]


def _curves(series: list[Option], title: str, named: Sequence[tuple[str, dict[str, Any]]]) -> Option:
    """Return a chart over the epochs of the longest retraining."""
    epochs = max(2, *(int(row["epochs"]) for _, row in named)) if named else 2
    return lines.chart(series, spec.upwards(title, scale=True), epochs, first=1)
