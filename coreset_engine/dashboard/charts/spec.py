"""ECharts options with words that can be read: Streamlit's grey for them has 3.7 : 1 on white, below WCAG AA."""

from typing import Any

from coreset_engine.dashboard.charts.theme import ink

WORDS = {
    "title": ("textStyle",),
    "legend": ("textStyle",),
    "visualMap": ("textStyle",),
    "xAxis": ("axisLabel", "nameTextStyle"),
    "yAxis": ("axisLabel", "nameTextStyle"),
}


def readable(spec: dict[str, Any]) -> dict[str, Any]:
    """Return an option whose axes, legend and titles have words in the theme's colour, where they have none of their own."""
    return spec | {
        part: [_coloured(one, styles) for one in spec[part]]
        if isinstance(spec[part], list)
        else _coloured(spec[part], styles)
        for part, styles in WORDS.items()
        if part in spec
    }


def _coloured(part: dict[str, Any], styles: tuple[str, ...]) -> dict[str, Any]:
    """Return an axis, a legend or a title with a colour in its text styles."""
    return part | {style: {"color": ink()} | part.get(style, {}) for style in styles}
