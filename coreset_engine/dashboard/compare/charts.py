"""Charts of the Compare page as ECharts options: matrices, intersections, classes side by side, intervals over seeds."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine.dashboard.charts import heatmap, spec, theme
from coreset_engine.dashboard.charts.heatmap import HEAD
from coreset_engine.dashboard.charts.spec import Option
from coreset_engine.dashboard.charts.theme import ALL, CUT, FULL_DATA, KEPT, Look, ink
from coreset_engine.dashboard.compare.data import Seeds

NUMBER = {"show": True, "fontSize": 11}
# a dot of a selection that does not keep them: hollow, since a pale one looks like some method's on one page or the other
EMPTY = {"color": "transparent", "borderColor": "rgba(127,140,149,0.55)", "borderWidth": 1}
TOP = 12  # intersections drawn
ROW, SIDE = 24, 34  # px a class; a selection in a matrix
MOST = 60  # classes that are drawn


def matrix(
    values: NDArray[np.float64], selections: Sequence[str], about: Sequence[Sequence[str]], low: float
) -> tuple[Option, int]:
    """Return numbers of every two selections as coloured cells, and the height in px.

    Args:
        values: (S, S); NaN leaves a cell empty.
        selections: their names, which begin with their letters.
        about: what the tooltip of each cell says.
        low: value of the lightest colour, 0 of shares, written in percent, or -1 of correlations; the darkest stands for 1.
    """
    shades = theme.ramp() if low == 0 else theme.diverging()
    shares = np.nan_to_num((values - low) / (1.0 - low))
    words = [[theme.words_on(shades, share) for share in row] for row in shares.tolist()]

    def written(value: float) -> str:
        """Return a number as its cell says it."""
        return f"{100 * value:.1f}" if low == 0 else f"{round(value, 2) + 0.0:.2f}"

    cells = [
        _cell(j, i, float(values[i, j]), written(values[i, j]), about[i][j], words[i][j])
        for i in range(len(selections))
        for j in range(len(selections))
        if np.isfinite(values[i, j])
    ]
    colours = heatmap.scale(low, 1.0, shades)
    return heatmap.chart(cells, selections, selections, colours, label=NUMBER), SIDE * len(selections) + HEAD


def intersections(
    shown: Sequence[tuple[Sequence[int], int]], selections: Sequence[str], looks: Sequence[Look], chosen: int | None
) -> tuple[Option, int]:
    """Return how many samples exactly these selections keep, a bar each over dots that say which; and the height in px.

    Args:
        shown: positions of the selections and number of samples, the largest first.
        selections: their names, which begin with their letters.
        looks: how they are drawn.
        chosen: the bar that is marked.
    """
    columns = [str(number) for number in range(len(shown))]
    names = ["only " + "+".join(selections[s][0] for s in groups) for groups, _ in shown]
    bars = [
        {"name": name, "value": count, "itemStyle": {"color": CUT if number == chosen else KEPT}}
        for number, (name, (_, count)) in enumerate(zip(names, shown, strict=True))
    ]
    dots = [
        {"value": [number, place], "symbol": looks[place].marker}
        | {"itemStyle": {"color": looks[place].colour, "opacity": 1} if place in groups else EMPTY}
        for number, (groups, _) in enumerate(shown)
        for place in range(len(selections))
    ]
    left, below = spec.margin(selections, 150), 22 * len(selections)
    hidden = {"axisLabel": {"show": False}, "inverse": False}
    x = [
        spec.categories(columns, gridIndex=0, **hidden),
        spec.categories(columns, gridIndex=1, axisLine={"show": False}, **hidden),
    ]
    y = [
        spec.upwards("samples", gridIndex=0, splitNumber=3, nameTextStyle={}),
        spec.categories(selections, gridIndex=1, axisLine={"show": False})
        | {"axisLabel": {"interval": 0, "width": left - 12, "overflow": "truncate"}},
    ]
    grids = [
        {"left": left, "right": 8, "top": 28, "height": 150},
        {"left": left, "right": 8, "top": 184, "height": below},
    ]
    series = [
        {"type": "bar", "data": bars, "selectedMode": "single", "select": {"itemStyle": {"color": CUT}}}
        | {"label": {"show": True, "position": "top", "fontSize": 10, "color": ink()}, "barMaxWidth": 40},
        {"type": "scatter", "xAxisIndex": 1, "yAxisIndex": 1, "data": dots, "symbolSize": 13, "silent": True},
    ]
    tooltip = {"formatter": "{b}: {c} samples"}
    chart = spec.chart(series, x, y, legend={"show": False}, tooltip=tooltip, grid=grids)
    return chart, 184 + below + 12


def classes(counts: NDArray[np.int64], names: Sequence[str], selections: Sequence[str]) -> tuple[Option, int]:
    """Return the share of every class in all data and in each selection as coloured cells, and the height in px.

    The number is the share in %; the colour says how it compares with all data: a quarter or less to four times. Of more
    than `MOST` classes, those are drawn whose share is farthest from that in all data, in a selection.

    Args:
        counts: (C, 1 + S) samples of every class in all data and in the selections.
        names: of the classes.
        selections: their names, which begin with their letters.
    """
    shares = 100 * counts / np.maximum(1, counts.sum(axis=0))
    heads, shades = [FULL_DATA, *selections], theme.diverging()
    apart = np.abs(shares - shares[:, :1]).max(axis=1)
    shown = np.sort(np.argsort(-apart, kind="stable")[:MOST]).tolist()
    digits = 1 if len(names) <= MOST else 3
    cells = []
    for place, c in enumerate(shown):
        for s, head in enumerate(heads):
            ratio = _ratio(shares[c, s], shares[c, 0])
            about = f"{escape(names[c])}, {head}: {counts[c, s]:,} samples, {shares[c, s]:.{1 + digits}f} %"
            words = theme.words_on(shades, (ratio + 2) / 4)
            cells.append(_cell(s, place, ratio, f"{shares[c, s]:.{digits}f}", about, words))
    told = spec.short([names[c] for c in shown])
    chart = heatmap.chart(cells, heads, told, heatmap.scale(-2.0, 2.0, shades), label=NUMBER)
    return chart, ROW * len(shown) + HEAD


def _ratio(share: float, all_data: float) -> float:
    """Return the binary logarithm of a share over that in all data, between -2 and 2."""
    if not all_data:
        return 0.0
    return float(np.clip(np.log2(share / all_data), -2, 2)) if share else -2.0


def seeds(found: Sequence[Seeds], chance: dict[str, float], looks: Mapping[str, Look]) -> tuple[Option, int]:
    """Return the mean overlap over seeds of every selection, its range over pairs, and chance; and the height in px.

    Args:
        found: of selections with at least two seeds.
        chance: overlap of two random coresets of its size, by name.
        looks: how the selections are drawn, by name.
    """
    known = [(one, one.found) for one in found if one.found]
    names = [f"{one.name}, {one.over}, n = {alike.n}" for one, alike in known]
    ranges = [
        {
            "type": "line",
            "data": [[_percent(alike.low), row], [_percent(alike.high), row]],
            "symbol": "rect",
            "symbolSize": [2, 11],
            "silent": True,
            "lineStyle": {"width": 2},
            "itemStyle": {"color": looks[one.name].colour},
        }
        for row, (one, alike) in enumerate(known)
        if alike.n > 2
    ]
    means = [
        {"value": [_percent(alike.mean), row], "name": names[row], "symbol": looks[one.name].marker}
        | {"itemStyle": {"color": looks[one.name].colour}}
        for row, (one, alike) in enumerate(known)
    ]
    by_chance = [[_percent(chance[one.name]), row] for row, (one, _) in enumerate(known)]
    series = [
        *ranges,
        {"type": "scatter", "name": "mean overlap", "data": means, "symbolSize": 11, "color": KEPT},
        {"type": "scatter", "name": "by chance", "data": by_chance, "symbol": "emptyTriangle", "symbolSize": 8}
        | {"color": ALL, "silent": True},
    ]
    x = spec.across("overlap of two seeds' coresets, Jaccard (%)", min=0, max=100)
    legend = {"data": ["mean overlap", "by chance"], "selectedMode": False, "itemHeight": 10, "itemWidth": 14}
    chart = spec.chart(
        series, x, spec.named_categories("selection", names), legend=legend, tooltip={"formatter": "{b}"}
    )
    return chart, 30 * len(known) + 84 + spec.LEGEND


def _percent(share: float) -> float:
    """Return a share in %, with few digits."""
    return round(100 * share, 2)


def badge(letter: str, method: str) -> str:
    """Return a selection's letter on its method's colour, as in the charts, as Markdown."""
    colour = theme.look(method).colour
    return f':color[\u00a0{letter}\u00a0]{{foreground="{theme.words_on([colour], 0)}" background="{colour}"}}'


def _cell(column: int, row: int, value: float, text: str, about: str, words: str) -> dict[str, Any]:
    """Return one cell with its number in the colour of `words`, and what its tooltip says."""
    return {
        "value": [column, row, round(value, 4)],
        "label": {"formatter": text, "color": words},
        "tooltip": {"formatter": about},
    }
