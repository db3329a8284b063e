"""The colours of charts, the same for an idea on every page; `charts.draw` says which theme the page is shown in."""

from collections.abc import Callable, Iterator, Sequence
from itertools import cycle

import numpy as np

from coreset_engine.colours import ALL, BLACK, CUT, DARK, KEPT, LIGHT, RIGHT, Look
from coreset_engine.colours import looks as looks_on
from coreset_engine.coreset import FULL

__all__ = ["ALL", "CUT", "DARK", "KEPT", "LIGHT", "RIGHT", "Look"]  # beside what is made here

PAPER, INK, DARK_PAGE = "#FFFFFF", "#1B2730", "#11181D"
# on a light page and on a dark one
RAMPS = (
    ("#EEF4FA", "#BFD9E9", "#6FB1D6", "#1F7BB6", "#083D66"),
    ("#1D2F3C", "#1B5578", "#2B87BD", "#83C6EF", "#F2F9FE"),
)
WARM = (("#FFF7BC", "#FEC44F", "#CC4C02", "#662506"), ("#5A2A0A", "#C4570C", "#FDBB4A", "#FFF9D0"))
DIVERGING = (
    ("#D55E00", "#F3D9C4", "#F7F7F7", "#B9D7EA", "#0072B2"),
    ("#FF8A33", "#7A4318", "#222D34", "#1D5275", "#5CBBFF"),
)
FULL_DATA = "Full data"


_theme: dict[str, Callable[[], bool]] = {"dark": lambda: False}  # outside Streamlit: light


def follow(is_dark: Callable[[], bool]) -> None:
    """Ask `is_dark` from now on whether the page is shown in the dark theme."""
    _theme["dark"] = is_dark


def palette() -> tuple[str, ...]:
    """Return the 14 colours of classes and of samples for the page as it is shown, light or dark."""
    return DARK if _is_dark() else LIGHT


def looks(methods: Sequence[str]) -> list[Look]:
    """Return how lines of some methods are drawn, see `colours.looks`."""
    return looks_on(methods, _is_dark())


def look(method: str) -> Look:
    """Return how one method is drawn."""
    return looks([method])[0]


def full_data() -> str:
    """Return the colour of all data: black on a light page, white on a dark one."""
    return look(FULL).colour


def ramp() -> tuple[str, ...]:
    """Return the shades from little to much: what is much stands out from the page, in grey and to any eye, too."""
    return RAMPS[_is_dark()]


def warm_ramp() -> tuple[str, ...]:
    """Return a second ramp, to be told from the first beside it."""
    return WARM[_is_dark()]


def diverging() -> tuple[str, ...]:
    """Return the shades from less over the same, which is near the page, to more: orange and blue."""
    return DIVERGING[_is_dark()]


def page() -> str:
    """Return the colour of the page."""
    return DARK_PAGE if _is_dark() else PAPER


def words_on(shades: Sequence[str], share: float) -> str:
    """Return the colour of words that can be read where a ramp has come to a share, 0..1, of its way."""
    parts = np.array([[int(shade[at : at + 2], 16) for at in (1, 3, 5)] for shade in shades]) / 255
    place = np.linspace(0, 1, len(shades))
    colour = np.array([np.interp(share, place, parts[:, channel]) for channel in range(3)])
    linear = np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)
    return BLACK if float(linear @ (0.2126, 0.7152, 0.0722)) > 0.179 else PAPER


def colours() -> Iterator[str]:
    """Return the palette without an end: what comes after its last colour begins anew."""
    return cycle(palette())


def ink() -> str:
    """Return the colour of words in a chart, the theme's: no grey has 4.5 : 1 on a light and on a dark page."""
    return "#E6ECF0" if _is_dark() else INK


def _is_dark() -> bool:
    """Return whether the page is shown in the dark theme; the page runs again when that changes."""
    return _theme["dark"]()
