"""A figure of quality against the selection rate: a line a method, bars for its spread, reference levels."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from coreset_engine.dashboard.charts import lines, spec
from coreset_engine.dashboard.charts.spec import Option
from coreset_engine.dashboard.charts.theme import CUT, RANDOM, colours

CAP = [7, 1.5]  # px of the end of a bar
AROUND = 1.15  # by which the axis of rates goes beyond the first and the last one
FAINT = 0.13  # opacity of a level's band


@dataclass(frozen=True)
class Point:
    """A value at a selection rate, both in the unit shown.

    Attributes:
        rate: α in %.
        value: of the figure.
        about: what its tooltip says.
        low, high: ends of its bar; NaN for none.
    """

    rate: float
    value: float
    about: str = ""
    low: float = math.nan
    high: float = math.nan


@dataclass(frozen=True)
class Line:
    """The means of one method in the order of their rates.

    Attributes:
        name: in the legend.
        colour: of line and marks.
        points: the means.
        kind: "solid", "dashed" or "dotted".
        hollow: whether its marks are.
        singles: retrainings behind the means, as small marks.
    """

    name: str
    colour: str
    points: Sequence[Point]
    kind: str = "solid"
    hollow: bool = False
    singles: Sequence[Point] = ()


@dataclass(frozen=True)
class Level:
    """A value for all rates: a line over the whole width, in a band of ± `spread` where there is one."""

    value: float
    text: str
    spread: float = math.nan
    colour: str = CUT
    kind: str = "dotted"


def styles(labels: Iterable[str], reference: str) -> dict[str, tuple[str, str]]:
    """Return colour and kind of every method's line; those of the reference stand first, grey and dashed."""
    ordered = sorted(set(labels), key=lambda label: (not label.startswith(reference), label))
    coloured = colours()
    return {
        label: (RANDOM, "dashed") if label.startswith(reference) else (next(coloured), "solid") for label in ordered
    }


def chart(drawn: Sequence[Line], y: str, levels: Sequence[Level] = ()) -> Option:
    """Return the chart; rates stand on a logarithmic axis, since those of interest are small.

    Args:
        drawn: the lines.
        y: name of the figure with its unit.
        levels: values that belong to no rate; where there is no line, they are points at α = 100 %.
    """
    shown = [*drawn] or [Line(one.text, one.colour, [_anchor(one)]) for one in levels]
    points = [point for line in shown for point in (*line.points, *line.singles)]
    rates = sorted({round(point.rate, 4) for point in points}) or [100]
    reached = [value for point in points for value in (point.value, point.low, point.high)]
    reached += [value for one in levels for value in (one.value, one.value - one.spread, one.value + one.spread)]
    series = [part for line in shown for part in _series(line)]
    # of no name in the legend, so that no click there takes a level away
    series += [{"type": "line", "data": []} | _marks(one) for one in levels]
    ticks = {"customValues": rates}
    x = spec.across("selection rate α (% of the train split)", type="log", splitLine={"show": False}) | {
        "min": rates[0] / AROUND,
        "max": rates[-1] * AROUND,
        "axisLabel": ticks,
        "axisTick": ticks,
    }
    low, high, step = span(reached)
    up = spec.upwards(y, min=low, max=high, interval=step)
    legend = {"data": [line.name for line in drawn]}
    return spec.chart(series, x, up, legend=legend, tooltip={"formatter": "{a}<br>{@[2]}"})


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
    style = {"color": line.colour}
    mark = {"symbol": "emptyCircle" if line.hollow else "circle", "symbolSize": 8}
    found = [lines.line(line.name, _data(line.points), line.colour, kind=line.kind, width=2) | mark]
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
        single = {"type": "scatter", "name": line.name, "data": _data(line.singles), "symbolSize": 5}
        found.append(single | {"itemStyle": style | {"opacity": 0.45}})
    return found


def _data(points: Sequence[Point]) -> list[list[float | str]]:
    """Return rate, value and tooltip of points."""
    return [[round(point.rate, 4), _round(point.value), point.about] for point in points]


def _round(value: float) -> float:
    """Return a value with the digits that a screen can show."""
    return round(value, 4)


def _marks(one: Level) -> Option:
    """Return a level's line and band as parts of a series."""
    found = {"markLine": lines.level(_round(one.value), one.text, one.colour, one.kind)}
    if math.isfinite(one.spread):
        ends = [{"yAxis": _round(one.value - one.spread)}, {"yAxis": _round(one.value + one.spread)}]
        found["markArea"] = {"silent": True, "data": [ends], "itemStyle": {"color": one.colour, "opacity": FAINT}}
    return found
