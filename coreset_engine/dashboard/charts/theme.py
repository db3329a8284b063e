"""The colours of charts, the same for an idea on every page; `charts.draw` says which theme the page is shown in."""

from collections.abc import Callable, Iterator
from itertools import cycle

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
RIGHT = ("#D55E00", "#B07A10", "#8C8A4A", "#3C8FD0", "#0072B2")  # from never right to always, in fifths
RANDOM = "#6E6E6E"
PAPER, INK = "#FFFFFF", "#1B2730"  # words on dark and on light cells, whatever the theme
FULL_DATA = "Full data"


_theme: dict[str, Callable[[], bool]] = {"dark": lambda: False}  # outside Streamlit: light


def follow(is_dark: Callable[[], bool]) -> None:
    """Ask `is_dark` from now on whether the page is shown in the dark theme."""
    _theme["dark"] = is_dark


def palette() -> tuple[str, ...]:
    """Return the 14 colours of classes, methods and selections for the page as it is shown, light or dark."""
    return DARK if _is_dark() else LIGHT


def colours() -> Iterator[str]:
    """Return the palette without an end: what comes after its last colour begins anew."""
    return cycle(palette())


def ink() -> str:
    """Return the colour of words in a chart, the theme's: no grey has 4.5 : 1 on a light and on a dark page."""
    return "#E6ECF0" if _is_dark() else INK


def _is_dark() -> bool:
    """Return whether the page is shown in the dark theme; the page runs again when that changes."""
    return _theme["dark"]()
