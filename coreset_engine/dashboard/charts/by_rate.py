"""A figure of quality against the selection rate: a line per method, bars for its spread, reference levels."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coreset_engine import results
from coreset_engine.dashboard.charts import lines, spec, theme
from coreset_engine.dashboard.charts.spec import Option
from coreset_engine.dashboard.charts.theme import FULL_DATA, Look
from coreset_engine.results.people import factor_of

FULL, CHANCE = results.REFERENCES
CAP = [7, 1.5]  # px of the end of a bar
AROUND = 1.15  # by which the axis of rates goes beyond the first and the last one
PLACES = ("StartTop", "StartBottom", "EndTop", "EndBottom")  # of the texts of levels, from the highest on
FAINT = 0.13  # opacity of a level's band
SHORT = 24  # letters of a name that the legend shows whole; the tooltip does so with every one
NAN = math.nan


@dataclass(frozen=True)
class Point:
    """A value at a selection rate, both in the unit shown: α in %, the figure, its tooltip, both ends of its bar."""

    rate: float
    value: float
    about: str = ""
    low: float = NAN
    high: float = NAN


@dataclass(frozen=True)
class Line:
    """The means of one method in the order of their rates.

    Attributes:
        name: in the legend.
        look: of line and marks.
        points: the means.
        kind: "" for the line of its look, or "dotted".
        hollow: whether its marks are.
        singles: retrainings behind the means, as small marks.
    """

    name: str
    look: Look
    points: Sequence[Point]
    kind: str = ""
    hollow: bool = False
    singles: Sequence[Point] = ()


@dataclass(frozen=True)
class Level:
    """A value for all rates: a line over the whole width, in a band of ± `spread` where there is one; "" for full data's."""

    value: float
    text: str
    spread: float = NAN
    colour: str = ""
    kind: str = "dotted"

    @property
    def shade(self) -> str:
        """Return its colour on the page as it is shown."""
        return self.colour or theme.full_data()


def scale(figure: str) -> tuple[float, str]:
    """Return by what a figure is multiplied to be shown, and its unit as it follows a title: AUC stays 0..1."""
    factor = factor_of(figure)
    return factor, " (%)" if factor == 100 else ""


def point(
    rate: float, value: float, spread: float = NAN, more: str = "", factor: float = 100.0, number: str = ".4g"
) -> Point:
    """Return a value at a rate, both 0..1, as shown; its tooltip says both and `more`."""
    unit = " %" if factor == 100 and "+" not in number else ""
    about = f"α = {100 * rate:.3g} %: {factor * value:{number}}{unit}{more}"
    return Point(100 * rate, factor * value, about, factor * (value - spread), factor * (value + spread))


def of_summary(
    summary: pd.DataFrame,
    figure: str,
    title: str,
    spread: str | None = None,
    retrainings: pd.DataFrame | None = None,
    more: Sequence[Line] = (),
) -> Option:
    """Return a figure against α: a line per method with a point per retraining, the full data as a level.

    Args:
        summary: what `results.summarise` gives, for one data set, architecture and number of epochs.
        figure: column of the figure.
        title: of the figure; the unit is added here.
        spread: what follows the figure's name in the column of the bars, e.g. "std"; None for no bars.
        retrainings: the rows behind the summary.
        more: lines of others.
    """
    factor, unit = scale(figure)
    known = summary.assign(value=summary[figure], spread=summary[f"{figure}_{spread}"] if spread else NAN)
    known = known[["label", "method", "without", "rate", "n", "value", "spread"]]  # the others make it slow
    known = known[known["value"].notna()].sort_values("rate", kind="stable")
    each = None if retrainings is None else retrainings[["label", "rate", "seed", "collapsed", figure]]
    without = dict(zip(known["label"], known["without"], strict=True))
    part, full = known[known["method"] != FULL], known[known["method"] == FULL]
    order = sorted(part["label"].unique(), key=lambda label: (not label.startswith(CHANCE), label))
    of_label = dict(zip(part["label"], part["method"], strict=True))
    drawn = []
    for label, look in zip(order, theme.looks([of_label[label] for label in order]), strict=True):
        means = [_mean(row, factor) for row in part[part["label"] == label].to_dict("records")]
        singles = [] if each is None else _singles(each[each["label"] == label], figure)
        drawn.append(Line(_first_what_differs(label, without[label]), look, means, singles=singles))
    levels = [
        Level(factor * row["value"], _note(row, factor), factor * row["spread"]) for row in full.to_dict("records")
    ]
    return chart([*drawn, *more], f"{title}{unit}", levels)


def _first_what_differs(label: str, words: str) -> str:
    """Return a label whose end would not be seen in the legend with `words`, what was taken out, at its beginning.

    Else it would read as that of the same method on the whole set.
    """
    part = f" without {words}"
    seen = label.index(part) + len(" without") if words else 0
    return f"without {words}: {label.replace(part, '')}" if seen > SHORT else label


def _mean(row: dict, factor: float) -> Point:
    """Return the mean of one configuration; its bar ends where no figure can be."""
    found = point(row["rate"], row["value"], row["spread"], f" (n = {row['n']})", factor)
    low, high = np.clip([found.low, found.high], 0, factor)  # NaN stays
    return Point(found.rate, found.value, found.about, float(low), float(high))


def _singles(rows: pd.DataFrame, figure: str) -> list[Point]:
    """Return the retrainings of one method that did not collapse."""
    good, factor = rows[~rows["collapsed"].astype(bool) & rows[figure].notna()], scale(figure)[0]
    each = zip(good["rate"], good[figure], good["seed"], strict=True)
    return [point(rate, value, more=f", seed {seed}", factor=factor) for rate, value, seed in each]


def _note(row: dict, factor: float) -> str:
    """Return what stands above the full data's level: mean, spread and n."""
    digits, spread = (1 if factor == 100 else 3), factor * row["spread"]
    text = f"{FULL_DATA if row['label'] == FULL else row['label']} {factor * row['value']:.{digits}f}"
    text += f" ± {spread:.{digits}f}" if np.isfinite(spread) else ""
    return text + f"{' %' * (factor == 100)} (n = {row['n']})"


def chart(drawn: Sequence[Line], y: str, levels: Sequence[Level] = ()) -> Option:
    """Return the chart; rates stand on a logarithmic axis, since those of interest are small.

    Args:
        drawn: the lines.
        y: name of the figure with its unit.
        levels: values that belong to no rate; where there is no line, they are points at α = 100 %.
    """
    shown = [*drawn] or [Line(one.text, Look(one.shade), [_anchor(one)]) for one in levels]
    points = [point for line in shown for point in (*line.points, *line.singles)]
    rates = sorted({round(point.rate, 4) for point in points}) or [100]
    reached = [value for point in points for value in (point.value, point.low, point.high)]
    reached += [value for one in levels for value in (one.value, one.value - one.spread, one.value + one.spread)]
    series = [part for line in shown for part in _series(line)]
    # of no name in the legend, so that no click there takes a level away
    falling = sorted(levels, key=lambda one: -one.value)  # texts of two that are close go above and below them
    series += [{"type": "line", "data": []} | _marks(one, PLACES[at % 4]) for at, one in enumerate(falling)]
    ticks = {"customValues": rates}
    x = spec.across("selection rate α (% of the train split)", type="log", splitLine={"show": False}) | {
        "min": rates[0] / AROUND,
        "max": rates[-1] * AROUND,
        "axisLabel": ticks,
        "axisTick": ticks,
    }
    low, high, step = span(reached)
    up = spec.upwards(y, min=low, max=high, interval=step)
    # the short names first, so that few are on a page of the legend that has to be turned
    legend = {"data": [_entry(line.name) for line in sorted(drawn, key=lambda line: len(line.name) > SHORT)]}
    return spec.chart(series, x, up, legend=legend, tooltip={"formatter": "{a}<br>{@[2]}"})


def _entry(name: str) -> str | Option:
    """Return a name in the legend, its end left out where it is long."""
    return name if len(name) <= SHORT else {"name": name, "textStyle": {"width": 150, "overflow": "truncate"}}


def span(values: Iterable[float]) -> tuple[float, float, float]:
    """Return lowest and highest value of an axis that holds some values, and the step of its numbers, all round."""
    known = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
    low, high = min(known), max(known)
    width = max(high - low, 0.02 * max(1.0, abs(low), abs(high)))  # of one value an axis has a length, too
    size = 10.0 ** math.floor(math.log10(width / 4))
    step = next(factor * size for factor in (1, 2, 5, 10) if factor * size >= width / 5)
    start, end = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    digits = max(0, 1 - math.floor(math.log10(step)))
    return round(start * step, digits), round(max(end, start + 1) * step, digits), round(step, digits)


def _anchor(one: Level) -> Point:
    """Return a level as a point at α = 100 %: by itself it would leave the axes without a range."""
    return Point(100.0, one.value, one.text, one.value - one.spread, one.value + one.spread)


def _series(line: Line) -> list[Option]:
    """Return the line, its bars and its single retrainings; the legend hides them together by their name."""
    colour, kind = line.look.colour, line.kind or list(line.look.dash) or "solid"
    style = {"color": colour}
    mark: Option = {"symbol": line.look.marker, "symbolSize": 8}
    if line.hollow:  # ECharts' own hollow circle is white inside, on a dark page, too
        mark["itemStyle"] = {"color": "transparent", "borderColor": colour, "borderWidth": 1.5}
    found = [lines.line(line.name, _data(line.points), colour, kind=kind, width=2) | mark]
    found[0]["lineStyle"] |= style
    bars = [
        end
        for one in line.points
        if math.isfinite(one.low) and math.isfinite(one.high)
        for end in ([one.rate, _round(one.low)], [one.rate, _round(one.high)], [None, None])
    ]
    if bars:  # options can't hold the function that ECharts' own bars of errors need
        bar = {"type": "line", "name": line.name, "data": bars, "symbol": "rect", "symbolSize": CAP, "silent": True}
        found.append(bar | {"lineStyle": {"width": 1.2}, "itemStyle": style, "tooltip": {"show": False}})
    if line.singles:
        single = {"type": "scatter", "name": line.name, "data": _data(line.singles), "symbolSize": 5} | {
            "symbol": line.look.marker
        }
        found.append(single | {"itemStyle": style | {"opacity": 0.45}})
    return found


def _data(points: Sequence[Point]) -> list[list[float | str]]:
    """Return rate, value and tooltip of points."""
    return [[round(point.rate, 4), _round(point.value), point.about] for point in points]


def _round(value: float) -> float:
    """Return a value with the digits that a screen can show."""
    return round(value, 4)


def _marks(one: Level, place: str) -> Option:
    """Return a level's line and band as parts of a series; its text stands at a place of `PLACES`."""
    found = {"markLine": lines.level(_round(one.value), one.text, one.shade, one.kind, place)}
    if math.isfinite(one.spread):
        ends = [{"yAxis": _round(one.value - one.spread)}, {"yAxis": _round(one.value + one.spread)}]
        found["markArea"] = {"silent": True, "data": [ends], "itemStyle": {"color": one.shade, "opacity": FAINT}}
    return found
