"""Charts of the Compare page as ECharts options: matrices, intersections, classes side by side, intervals over seeds."""

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine.dashboard.charts import ALL, CUT, KEPT, palette
from coreset_engine.dashboard.compare_sets import Seeds

BLUES = ("#F3F7FB", "#9ECAE1", "#2171B5")
DIVERGING = ("#D55E00", "#F3D9C4", "#F7F7F7", "#B9D7EA", "#0072B2")  # fewer than in all data .. more
INK, PAPER = "#1B2730", "#FFFFFF"
DARK = 0.75  # size of a number, above which its cell needs white letters
TOP = 12  # intersections drawn
ROW, SIDE = 24, 34  # px a class; px a selection in a matrix


def matrix(
    values: NDArray[np.float64], letters: Sequence[str], about: Sequence[Sequence[str]], low: float
) -> tuple[dict[str, Any], int]:
    """Return numbers of every two selections as coloured cells, and the height in px.

    Args:
        values: (S, S); NaN leaves a cell empty.
        letters: of the selections.
        about: what the tooltip of each cell says.
        low: value of the lightest colour, 0 or -1; the darkest stands for 1.
    """
    cells = [
        _cell(j, i, float(values[i, j]), f"{round(values[i, j], 2) + 0.0:.2f}", about[i][j], abs(values[i, j]) > DARK)
        for i in range(len(letters))
        for j in range(len(letters))
        if np.isfinite(values[i, j])
    ]
    colours = BLUES if low == 0 else DIVERGING
    return _cells(cells, letters, letters, (low, 1.0, colours)), SIDE * len(letters) + 40


def intersections(
    shown: Sequence[tuple[Sequence[int], int]], letters: Sequence[str], chosen: int | None
) -> tuple[dict[str, Any], int]:
    """Return how many samples exactly these selections keep, a bar each over dots that say which; and the height in px.

    Args:
        shown: positions of the selections and number of samples, the largest first.
        letters: of the selections.
        chosen: the bar that is marked.
    """
    columns = [str(number) for number in range(len(shown))]
    names = ["only " + "+".join(letters[s] for s in groups) for groups, _ in shown]
    bars = [
        {"name": name, "value": count, "itemStyle": {"color": CUT if number == chosen else KEPT}}
        for number, (name, (_, count)) in enumerate(zip(names, shown, strict=True))
    ]
    dots = [
        {"value": [number, place], "itemStyle": {"color": _colour(letters[place]) if place in groups else "#E3E7EA"}}
        for number, (groups, _) in enumerate(shown)
        for place in range(len(letters))
    ]
    below = 22 * len(letters)
    hidden = {"type": "category", "data": columns, "axisLabel": {"show": False}, "axisTick": {"show": False}}
    spec = {
        "animation": False,
        "tooltip": {"trigger": "item", "confine": True, "formatter": "{b}: {c} samples"},
        "grid": [
            {"left": 44, "right": 8, "top": 24, "height": 150},
            {"left": 44, "right": 8, "top": 180, "height": below},
        ],
        "xAxis": [hidden | {"gridIndex": 0}, hidden | {"gridIndex": 1, "axisLine": {"show": False}}],
        "yAxis": [
            {"type": "value", "gridIndex": 0, "name": "samples", "splitNumber": 3},
            {"type": "category", "gridIndex": 1, "data": list(letters), "inverse": True}
            | {"axisTick": {"show": False}, "axisLine": {"show": False}},
        ],
        "series": [
            {"type": "bar", "data": bars, "selectedMode": "single", "select": {"itemStyle": {"color": CUT}}}
            | {"label": {"show": True, "position": "top", "fontSize": 10}, "barMaxWidth": 40},
            {"type": "scatter", "xAxisIndex": 1, "yAxisIndex": 1, "data": dots, "symbolSize": 13, "silent": True},
        ],
    }
    return spec, 180 + below + 12


def classes(counts: NDArray[np.int64], names: Sequence[str], letters: Sequence[str]) -> tuple[dict[str, Any], int]:
    """Return the share of every class in all data and in each selection as coloured cells, and the height in px.

    The number is the share in %; the colour says how it compares with all data: a quarter or less to four times.

    Args:
        counts: (C, 1 + S) samples of every class in all data and in the selections.
        names: of the classes.
        letters: of the selections.
    """
    shares = 100 * counts / np.maximum(1, counts.sum(axis=0))
    heads = ["all", *letters]
    cells = []
    for c, name in enumerate(names):
        for s, head in enumerate(heads):
            ratio = _ratio(shares[c, s], shares[c, 0])
            about = f"{escape(name)}, {head}: {counts[c, s]:,} samples, {shares[c, s]:.2f} %"
            dark = abs(ratio) > 1.5
            cells.append(_cell(s, c, ratio, f"{shares[c, s]:.1f}", about, dark))
    short = [name if len(name) <= 16 else f"{name[:15]}…" for name in names]
    spec = _cells(cells, heads, short, (-2.0, 2.0, DIVERGING))
    return spec, ROW * len(names) + 40


def _ratio(share: float, all_data: float) -> float:
    """Return the binary logarithm of a share over that in all data, between -2 and 2."""
    if not all_data:
        return 0.0
    return float(np.clip(np.log2(share / all_data), -2, 2)) if share else -2.0


def seeds(found: Sequence[Seeds], chance: dict[str, float]) -> tuple[dict[str, Any], int]:
    """Return the mean overlap over seeds of every selection, its range over pairs, and chance; and the height in px.

    Args:
        found: of selections with at least two seeds.
        chance: overlap of two random coresets of its size, by letter.
    """
    there = [one for one in found if one.found]
    names = [f"{one.letter}, {one.over}, n = {one.found.n}" for one in there]
    ranges = [
        {
            "type": "line",
            "data": [[round(100 * one.found.low, 2), row], [round(100 * one.found.high, 2), row]],
            "symbol": "rect",
            "symbolSize": [2, 11],
            "silent": True,
            "lineStyle": {"width": 2},
            "itemStyle": {"color": _colour(one.letter)},
        }
        for row, one in enumerate(there)
        if one.found.n > 2
    ]
    means = [
        {
            "value": [round(100 * one.found.mean, 2), row],
            "itemStyle": {"color": _colour(one.letter)},
            "name": names[row],
        }
        for row, one in enumerate(there)
    ]
    by_chance = [[round(100 * chance[one.letter], 2), row] for row, one in enumerate(there)]
    spec = {
        "animation": False,
        "tooltip": {"trigger": "item", "confine": True, "formatter": "{b}"},
        "legend": {"top": 0, "left": 0, "data": ["mean overlap", "by chance"], "selectedMode": False},
        "grid": {"left": 4, "right": 24, "top": 30, "bottom": 24, "containLabel": True},
        "xAxis": {"type": "value", "min": 0, "max": 100, "name": "overlap of two seeds' coresets, Jaccard (%)"}
        | {"nameLocation": "middle", "nameGap": 24},
        "yAxis": {"type": "category", "data": names, "inverse": True, "axisTick": {"show": False}},
        "series": [
            *ranges,
            {"type": "scatter", "name": "mean overlap", "data": means, "symbolSize": 11, "color": KEPT},
            {"type": "scatter", "name": "by chance", "data": by_chance, "symbol": "triangle", "symbolSize": 8}
            | {"color": ALL, "silent": True},
        ],
    }
    return spec, 30 * len(there) + 84


def _colour(letter: str) -> str:
    """Return a selection's colour."""
    return palette()[ord(letter) - ord("A")]


def _cell(column: int, row: int, value: float, text: str, about: str, dark: bool) -> dict[str, Any]:
    """Return one cell with its number, readable on its colour, and what its tooltip says."""
    return {
        "value": [column, row, round(value, 4)],
        "label": {"formatter": text, "color": PAPER if dark else INK},
        "tooltip": {"formatter": about},
    }


def _cells(
    cells: list[dict[str, Any]],
    columns: Sequence[str],
    rows: Sequence[str],
    scale: tuple[float, float, Sequence[str]],
) -> dict[str, Any]:
    """Return a chart of cells with columns named above; `scale` has the lowest and highest value and the colours."""
    axis = {"type": "category", "axisTick": {"show": False}, "axisLine": {"show": False}, "splitArea": {"show": False}}
    return {
        "animation": False,
        "tooltip": {"trigger": "item", "confine": True},
        "grid": {"left": 4, "right": 4, "top": 26, "bottom": 4, "containLabel": True},
        "xAxis": axis | {"data": list(columns), "position": "top", "axisLabel": {"interval": 0}},
        "yAxis": axis | {"data": list(rows), "inverse": True, "axisLabel": {"interval": 0}},
        "visualMap": {"show": False, "min": scale[0], "max": scale[1], "inRange": {"color": list(scale[2])}},
        "series": [
            {"type": "heatmap", "progressive": 0, "data": cells, "label": {"show": True, "fontSize": 11}}
            | {"itemStyle": {"borderColor": PAPER, "borderWidth": 1}}
        ],
    }
