"""Coloured cells of two lists of names: overlaps, confusions, classes of selections."""

from collections.abc import Sequence
from typing import Any

from coreset_engine.dashboard.charts import spec
from coreset_engine.dashboard.charts.spec import Option
from coreset_engine.dashboard.charts.theme import page

SLANTED = {"interval": 0, "rotate": -32, "width": 110, "overflow": "truncate"}
HEAD = 76  # px of slanted names above the columns
FEW = 30  # names up to which each stands at its column


def chart(
    cells: Sequence[Any],
    columns: Sequence[str],
    rows: Sequence[str],
    colours: Option,
    *,
    corner: str = "",
    **series: Any,
) -> Option:
    """Return cells under slanted names of the columns; with a `corner`, over upright names.

    Args:
        cells: data of the series: place of column and row, value, and more.
        columns: their names.
        rows: theirs.
        colours: what `scale` returns.
        corner: what rows and columns are, e.g. "true ↓  predicted →".
        series: more of the series, e.g. its labels.
    """
    bare = {"axisLine": {"show": False}, "splitArea": {"show": False}}
    x = spec.categories(columns, inverse=False, position="top", axisLabel=SLANTED) | bare
    y = spec.categories(rows, axisLabel={"interval": 0, "width": 130, "overflow": "truncate"}) | bare
    top = 4
    if corner:
        x |= {"position": "bottom", "axisLabel": {"rotate": 90, "interval": 0 if len(columns) <= FEW else "auto"}}
        y |= {"name": corner, "nameLocation": "start", "nameGap": 10, "nameTextStyle": {"align": "left"}}
        y["axisLabel"] = y["axisLabel"] | {"interval": 0 if len(rows) <= FEW else "auto"}
        top = 26 + 36 * colours["show"]
    common = {"type": "heatmap", "progressive": 0, "itemStyle": {"borderColor": page(), "borderWidth": 1}}
    right = 8 if corner else 48
    return spec.chart(
        [common | {"data": cells} | series], x, y, legend={"show": False}, visualMap=colours,
        grid={"left": 4, "right": right, "top": top, "bottom": 4, "containLabel": True},
    )  # fmt: skip


def scale(low: float, high: float, colours: Sequence[str], ends: Sequence[str] = (), **more: Any) -> Option:
    """Return which colours stand for which values; `ends`, texts of the highest and the lowest, make it a legend."""
    shown = {"orient": "horizontal", "itemWidth": 12, "itemHeight": 90, "left": 0, "top": 0, "text": list(ends)}
    common = {"show": bool(ends), "min": low, "max": high, "dimension": 2, "calculable": False, "hoverLink": False}
    return {"type": "continuous"} | common | {"inRange": {"color": list(colours)}} | (shown if ends else {}) | more
