"""What every ECharts option is put together from: axes, grid, legend, tooltip, and words that can be read."""

from collections.abc import Iterable, Sequence
from typing import Any

from coreset_engine.dashboard.charts.theme import ink

Option = dict[str, Any]
WORDS = {
    "title": ("textStyle",),
    "legend": ("textStyle",),
    "visualMap": ("textStyle",),
    "xAxis": ("axisLabel", "nameTextStyle"),
    "yAxis": ("axisLabel", "nameTextStyle"),
}
ENDLESS = {"showMinLabel": False, "showMaxLabel": False}  # where the first and the last value have too many digits
LETTERS = 16  # of a name in a chart of classes
LEGEND, BELOW = 28, 28  # px of a legend above, and of the x axis' name below its numbers


def chart(
    series: Iterable[Option],
    x: Option | Sequence[Option],
    y: Option | Sequence[Option],
    *,
    legend: Option | None = None,
    tooltip: Option | None = None,
    **more: Any,
) -> Option:
    """Return a chart of one grid, with a legend above; it never moves, since the next click follows before it would end.

    Args:
        series: what is drawn.
        x: the axis below; several where `more` has several grids.
        y: the axis at the left; where it has a name, that stands between legend and grid. Several as of `x`.
        legend: changes the legend, e.g. `{"show": False}`.
        tooltip: changes the tooltip, which tells of the item under the mouse.
        more: parts of their own.
    """
    shown: Option = {"type": "scroll", "top": 0, "left": 0} | (legend or {})
    top = LEGEND * shown.get("show", True) + LEGEND * ("name" in y)
    return {
        "animation": False,
        "legend": shown,
        "tooltip": {"trigger": "item", "confine": True} | (tooltip or {}),
        "grid": {"left": 4, "right": 16, "top": max(8, top), "bottom": BELOW, "containLabel": True},
        "xAxis": x,
        "yAxis": y,
        "series": list(series),
    } | more


def across(name: str, **more: Any) -> Option:
    """Return a value axis with its name in the middle below."""
    return {"type": "value", "name": name, "nameLocation": "middle", "nameGap": 26} | more


def upwards(name: str, **more: Any) -> Option:
    """Return a value axis with its name above, from the axis to the right."""
    return {"type": "value", "name": name, "nameTextStyle": {"align": "left"}} | more


def categories(names: Sequence[str], **more: Any) -> Option:
    """Return an axis of names, the first one on top."""
    return {"type": "category", "data": list(names), "inverse": True, "axisTick": {"show": False}} | more


def named_categories(name: str, names: Sequence[str], **more: Any) -> Option:
    """Return an upright axis of names with what they are above it, from the axis to the right."""
    return categories(names, name=name, nameLocation="start", nameTextStyle={"align": "left"}, nameGap=8, **more)


def margin(names: Iterable[str], most: int = 190) -> int:
    """Return the px that names before an axis, or upright ones below it, need; beyond `most` they are cut."""
    return min(most, 20 + 7 * max((len(name) for name in names), default=0))


def short(names: Iterable[str]) -> list[str]:
    """Return names of `LETTERS` at most, the longer ones with an ellipsis."""
    return [name if len(name) <= LETTERS else f"{name[: LETTERS - 1]}…" for name in names]


def readable(spec: Option) -> Option:
    """Return an option whose words have the theme's colour where they have none of their own.

    Streamlit's grey for them has 3.7 : 1 on white, below WCAG AA.
    """
    return spec | {
        part: [_coloured(one, styles) for one in spec[part]]
        if isinstance(spec[part], list)
        else _coloured(spec[part], styles)
        for part, styles in WORDS.items()
        if part in spec
    }


def _coloured(part: Option, styles: tuple[str, ...]) -> Option:
    """Return an axis, a legend or a title with a colour in its text styles."""
    return part | {style: {"color": ink()} | part.get(style, {}) for style in styles}
