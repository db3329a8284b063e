"""Charts on the page: the one place where an ECharts option meets Streamlit."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from coreset_engine.dashboard.charts import theme
from coreset_engine.dashboard.charts.spec import Option, readable


def _is_dark() -> bool:
    """Return whether the page is shown in the dark theme."""
    return st.context.theme.type == "dark"


theme.follow(_is_dark)


def draw_chart(spec: Option, *, key: str, height: int, alt: str, on_select: Callable[[], Any] | None = None) -> None:
    """Draw a chart with words in the theme's colour.

    Args:
        spec: ECharts option.
        key: of the element; what is selected stands under it.
        height: in px.
        alt: what the chart says, for those who can't see it.
        on_select: called when something is clicked; without it nothing can be selected.
    """
    st.echarts_chart(readable(spec), height=height, key=key, alt=alt, on_select=on_select or "ignore")
