"""The colours of charts, the same for an idea on every page, and how Plotly's are shown."""

import streamlit as st

# 14 classes, in one hue each on a light and on a dark page: at least 3 : 1 against both backgrounds of the theme (WCAG
# 1.4.11) and as far apart as a search found, for protanopic and deuteranopic eyes, too; tests/dashboard/charts/test_theme.py
LIGHT = (
    "#0072B2",
    "#9E540C",
    "#047E64",
    "#AF7DA4",
    "#2F8BFE",
    "#EC5E14",
    "#8B0D7A",
    "#504401",
    "#034144",
    "#6410BF",
    "#879068",
    "#259A0D",
    "#DD4ADE",
    "#585858",
)
DARK = (
    "#46A4F8",
    "#FE9007",
    "#08DA8F",
    "#9951A4",
    "#3E5AFE",
    "#F91408",
    "#FBD8F5",
    "#F8DD27",
    "#219F97",
    "#BEACD0",
    "#518201",
    "#A2F9B1",
    "#F44CCF",
    "#717171",
)
KEPT, ALL, CUT = "#0072B2", "#7F8C95", "#D55E00"  # 3 : 1 on a light and on a dark page
CONFIG = {"displaylogo": False, "displayModeBar": False, "showSendToCloud": False}


def palette() -> tuple[str, ...]:
    """Return the 14 colours of classes, methods and selections for the page as it is shown, light or dark."""
    return DARK if _is_dark() else LIGHT


def ink() -> str:
    """Return the colour of words in a chart, the theme's: no grey has 4.5 : 1 on a light and on a dark page."""
    return "#E6ECF0" if _is_dark() else "#1B2730"


def _is_dark() -> bool:
    """Return whether the page is shown in the dark theme; the page runs again when that changes."""
    return st.context.theme.type == "dark"
