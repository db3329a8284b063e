"""The window map as ECharts options: one cell per pair of windows, with measured accuracies laid over it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coreset_engine.dashboard.charts import heatmap, theme
from coreset_engine.dashboard.charts.spec import Option
from coreset_engine.dashboard.charts.theme import CUT, INK
from coreset_engine.dashboard.windows.outcomes import Pair, PairAccuracy
from coreset_engine.window_map import WindowMap

HEIGHT = 580  # px
FEW = 400  # cells up to which each says its epochs and shows whether it was trained on
LEAST = 3  # cells up to which no corner of the map is free for the legends
COMPARED = "#CC79A7"
WAITING, OTHER = "#B9C2C9", "#7F8C95"
HEAT, UNTRIED, MEASURED = range(3)  # the series that can be clicked, and the hollow marks between them


@dataclass(frozen=True)
class Cells:
    """The cells of a map in the order they are drawn in.

    Attributes:
        early, late: (P,) t_e and t_l.
        values: (P,) in `unit`; whole numbers where there are many cells, so that one takes a byte.
        unit: "%", "‰", or "ρ × 100" for a rank correlation.
        starts: (S,) every start of the map.
    """

    early: NDArray[np.int64]
    late: NDArray[np.int64]
    values: NDArray[np.number]
    unit: str
    starts: NDArray[np.int64]

    @property
    def pairs(self) -> list[Pair]:
        """Return t_e and t_l of every cell."""
        return list(zip(self.early.tolist(), self.late.tolist(), strict=True))

    @property
    def few(self) -> bool:
        """Return whether there are so few cells that each can carry a text."""
        return len(self.values) <= FEW


@dataclass(frozen=True)
class Marks:
    """What is drawn over the cells.

    Attributes:
        current: windows of the controls.
        reference: windows of the coreset that is compared with.
        measured: retrainings; `metric` says of which accuracy.
        untried: cells to mark as not trained on.
        published: windows of the paper, or None.
        shorter: cells with other trainings only.
        waiting: cells that a sweep under way has yet to train.
        running: cells that are being trained.
    """

    current: Pair
    reference: Pair
    measured: Sequence[PairAccuracy] = ()
    metric: str = "accuracy"
    untried: Sequence[Pair] = field(default_factory=tuple)
    published: Pair | None = None
    shorter: Sequence[Pair] = ()
    waiting: Sequence[Pair] = ()
    running: Sequence[Pair] = ()


def cells(made: WindowMap, measure: str) -> Cells:
    """Return the legal cells of a map that have a value, row by row."""
    matrix = made.matrices[measure].astype(np.float64)
    early, late = np.nonzero(np.isfinite(matrix))
    values = matrix[early, late]
    if measure == "agreement":
        factor, unit = 100, "ρ × 100"
    else:
        factor, unit = (1000, "‰") if len(values) > FEW and values.max() <= 0.255 else (100, "%")
    scaled = factor * values
    shown = np.round(scaled, 1) if len(values) <= FEW else np.round(scaled).astype(np.int16)
    return Cells(made.starts[early], made.starts[late], shown, unit, made.starts)


def spec(shown: Cells, label: str, length: int, marks: Marks) -> Option:
    """Return the chart.

    Args:
        shown: the cells.
        label: of the measure.
        length: K, epochs per window.
        marks: what is drawn over them.
    """
    place = {start: number for number, start in enumerate(shown.starts.tolist(), 1)}
    series = [
        _heat(shown, place, length),
        _untried(marks, place),
        _measured(marks, place, length, shown.few),
        *_rings(marks, place, shown.few),
    ]
    styles = (
        (marks.shorter, "circle", OTHER, 7),
        (marks.waiting, "triangle", WAITING, 7),
        (marks.running, "triangle", CUT, 11),
    )
    series += [_small(pairs, place, symbol, colour, size) for pairs, symbol, colour, size in styles if pairs]
    heading = f"{label} ({shown.unit})"
    maps, titles = [_colours(shown.values, HEAT, theme.ramp(), shown.unit, _below(heading, 0))], [_title(heading, 0)]
    means = np.array([100 * one.mean for one in marks.measured if one.n])
    if len(means):
        top, heading = _below(heading, 0) + 32, f"● {marks.metric} (%)"
        maps.append(_colours(np.round(means, 1), MEASURED, theme.warm_ramp(), "%", _below(heading, top)))
        titles.append(_title(heading, top))
    # the legends lie where no pair is, if there is such a place
    below = _below(heading, top if len(means) else 0) + 28
    inside = len(shown.values) > LEAST
    return {
        "animation": False,
        "title": titles,
        "grid": {"left": 56, "right": 8, "top": 8 if inside else below, "bottom": 52}
        | {"containLabel": False, "outerBoundsMode": "none"},
        "tooltip": {"confine": True},
        "xAxis": _axes(
            "t_l, late window starts at epoch", shown.starts, "bottom", (place[int(shown.late.min())], len(place))
        ),
        "yAxis": _axes("t_e, early window starts at epoch", shown.starts, "left", (1, place[int(shown.early.max())])),
        "visualMap": maps,
        "series": series,
    } | ({} if shown.few else {"dataset": {"source": _frame(shown, place)}})


def nearest(starts: NDArray[np.int64], start: int) -> int:
    """Return the start of a map's grid that is nearest to `start`, the lower of two."""
    return int(starts[np.abs(starts - start).argmin()])


def span(start: int, length: int) -> str:
    """Return the epochs of a window."""
    return f"{start}–{start + length - 1}"


def _about(early: int, late: int, length: int) -> str:
    """Return both windows in words."""
    return f"t_e {span(early, length)}, t_l {span(late, length)}"


def _heat(shown: Cells, place: dict[int, int], length: int) -> Option:
    """Return the cells; few carry their epochs, many stand in the chart's data frame, whose columns they name."""
    common = {
        "type": "heatmap",
        "selectedMode": "single",
        "select": {"itemStyle": {"borderWidth": 0}},
        "emphasis": {"disabled": True},  # a border a cell would cost a drawing at every move of the mouse
        "progressive": 0,
    }
    value = f"{{@[2]}} {shown.unit}"
    if not shown.few:
        return common | {
            "encode": {"x": 0, "y": 1, "value": 2},
            "tooltip": {"formatter": f"t_e from {{@[1]}}, t_l from {{@[0]}}: <b>{value}</b>"},
        }
    rows = [
        [place[late], place[early], value, _about(early, late, length)]
        for (early, late), value in zip(shown.pairs, shown.values.tolist(), strict=True)
    ]
    return common | {"data": rows, "tooltip": {"formatter": f"{{@[3]}}<br><b>{value}</b>"}}


def _frame(shown: Cells, place: dict[int, int]) -> pd.DataFrame:
    """Return the cells as three columns of as few bytes as they fit in."""
    columns = {
        "t_l": np.array([place[late] for late in shown.late.tolist()]),
        "t_e": np.array([place[early] for early in shown.early.tolist()]),
        "value": shown.values,
    }
    return pd.DataFrame({name: values.astype(_smallest(values)) for name, values in columns.items()})


def _smallest(values: NDArray[np.integer]) -> np.dtype:
    """Return the smallest integer type that holds all values."""
    return np.result_type(np.min_scalar_type(values.min()), np.min_scalar_type(values.max()))


def _untried(marks: Marks, place: dict[int, int]) -> Option:
    """Return hollow marks, which let clicks through."""
    return {
        "type": "scatter",
        "silent": True,
        "symbolSize": 5,
        "itemStyle": {"color": "transparent", "borderColor": "#7F8C95", "borderWidth": 1, "opacity": 0.8},
        "data": [[place[late], place[early]] for early, late in marks.untried if early in place and late in place],
    }


def _small(pairs: Sequence[Pair], place: dict[int, int], symbol: str, colour: str, size: int) -> Option:
    """Return small marks, which let clicks through; those between cells stay away."""
    return {
        "type": "scatter",
        "silent": True,
        "symbol": symbol,
        "symbolSize": size,
        "itemStyle": {"color": colour, "borderColor": INK, "borderWidth": 0.6, "opacity": 1},
        "data": [[place[late], place[early]] for early, late in pairs if early in place and late in place],
        "z": 3,
    }


def _measured(marks: Marks, place: dict[int, int], length: int, few: bool) -> Option:
    """Return the accuracies; a mark whose windows are not on this grid stays away."""
    rows = [
        [
            place.get(one.late),
            place.get(one.early),
            round(100 * one.mean, 1) if one.n else None,
            _about(one.early, one.late, length),
            one.text,
        ]
        for one in marks.measured
    ]
    return {
        "type": "scatter",
        "selectedMode": "single",
        "symbolSize": 15 if few else 10,
        "itemStyle": {"borderColor": INK, "borderWidth": 1.2, "opacity": 1},
        "tooltip": {"formatter": f"{{@[3]}}<br>{marks.metric}: <b>{{@[4]}}</b>"},
        "data": rows,
        "z": 4,
    }


def _rings(marks: Marks, place: dict[int, int], few: bool) -> list[Option]:
    """Return the outlines of the current, the compared and the published windows; those between cells stay away."""
    wanted = [(marks.current, "rect", CUT, 3, 14)]
    if marks.reference != marks.current:
        wanted.insert(0, (marks.reference, "rect", COMPARED, 3, 14))
    if marks.published:
        wanted.append((marks.published, "diamond", CUT, 2, 20))
    return [
        {
            # few cells are large enough to be framed themselves, whatever their size on this screen
            "type": "heatmap" if few and symbol == "rect" else "scatter",
            "silent": True,
            "symbol": symbol,
            "symbolSize": size,
            "itemStyle": {"color": "transparent", "borderColor": colour, "borderWidth": width, "opacity": 1},
            "data": [[place[late], place[early], 0]],
            "z": 5,
        }
        for (early, late), symbol, colour, width, size in wanted
        if early in place and late in place
    ]


def _axes(name: str, starts: NDArray[np.int64], side: str, ends: tuple[int, int]) -> list[Option]:
    """Return two axes over one another: cells stand on one without names, the other shows the epochs.

    A selection is kept by the name of a cell's category: with names, all cells of a column would be one.
    The first category stays empty, so that where every start has a cell its number is the epoch.
    """
    names = ["", *map(str, starts.tolist())]
    common: Option = {"type": "category", "min": ends[0], "max": ends[1], "position": side}
    shown: Option = {
        "name": name,
        "nameLocation": "middle",
        "nameGap": 28 if side == "bottom" else 38,
        "axisTick": {"show": False},
    }
    if (np.diff(starts) == 1).all() and len(starts) > 40:
        shown["axisLabel"] = {"interval": 9}
    return [
        common | {"data": [""] * len(names), "axisLabel": {"show": False}, "axisTick": {"show": False}},
        common | shown | {"data": names},
    ]


def _colours(values: NDArray[np.number], series: int, colours: Sequence[str], unit: str, top: int) -> Option:
    """Return a continuous legend over the range of the values."""
    low, high = float(values.min()), float(values.max())
    ends = [f"{high:g} {unit}", f"{low:g} {unit}" if low < high else ""]
    if low == high:  # a range without length has no colours; the words beside it still name the one value
        low, high = low - 1, high + 1
    return heatmap.scale(low, high, colours, ends, seriesIndex=[series], left=64, top=top)


def _title(text: str, top: int) -> Option:
    """Return the heading of a legend."""
    style = {"fontSize": 12, "fontWeight": "normal", "width": 240, "overflow": "break"}
    return {"text": text, "left": 66, "top": top, "padding": [8, 0], "textStyle": style}


def _below(heading: str, top: int) -> int:
    """Return where the legend below a heading begins: over about 38 letters it takes two lines."""
    return top + (26 if len(heading) <= 38 else 40)
