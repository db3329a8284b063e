"""The colours of methods, classes and groups: one place for the charts of the app and the figures of reports.

A method's colour is its place in the registry, so it stays the same whatever else is shown or added. There are more methods
than colours that any eye tells apart: those that share one have marks of different shapes.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

from coreset_engine import methods
from coreset_engine.coreset import FULL

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
BLACK, WHITE = "#000000", "#FFFFFF"  # of all data on a light and on a dark page
# places in LIGHT and DARK: the accent, the grey of chance, then those that methods share; the one that is next to white on a
# dark page is left to classes
ACCENT, GREY = 0, 13
SHARED = (1, 2, 12, 11, 9, 3, 5, 7, 8, 10, 4)
MARKERS = ("circle", "rect", "triangle", "diamond")
DASHES: tuple[tuple[int, ...], ...] = ((), (6, 4), (10, 4, 2, 4), (14, 4))  # px drawn and left out; () for a whole line


@dataclass(frozen=True)
class Look:
    """How a method is drawn: its colour, its marks, a name of MARKERS, and its line, one of DASHES."""

    colour: str
    marker: str = MARKERS[0]
    dash: tuple[int, ...] = DASHES[0]


def looks(names: Sequence[str], dark: bool = False) -> list[Look]:
    """Return how lines of some methods are drawn; of several lines of one method all have its colour, and differ else.

    Args:
        names: of the methods, one per line, "full" for all data; an unknown one has the colour that its name comes to.
        dark: whether they are drawn on a dark page.
    """
    before: Counter[str] = Counter()
    found = []
    for name in names:
        number = before[name]
        before[name] += 1
        place = place_of(name)
        first = 1 if place == 1 else 0  # chance is dashed
        marker = MARKERS[(_shape(place) + number) % len(MARKERS)]
        found.append(Look(_colour(name, place, dark), marker, DASHES[(first + number) % len(DASHES)]))
    return found


def look(name: str, dark: bool = False) -> Look:
    """Return how one method is drawn; arguments as of `looks`."""
    return looks([name], dark)[0]


def place_of(name: str) -> int:
    """Return the place of a method's colour: 0 the accent, 1 the grey of chance, from 2 on those that methods share.

    Example:
        >>> from coreset_engine.colours import place_of
        >>> place_of("eva"), place_of("random")
        (0, 1)
    """
    if name == FULL:
        return 0  # for its marks: its colour is no method's
    known = methods.all_methods()
    given = known[name].colour if name in known else None
    return 2 + crc32(name.encode()) % (len(SHARED) * len(MARKERS)) if given is None else given


def _colour(name: str, place: int, dark: bool) -> str:
    """Return the colour of a method by its place."""
    if name == FULL:
        return WHITE if dark else BLACK
    at = (ACCENT, GREY)[place] if place < 2 else SHARED[(place - 2) % len(SHARED)]
    return (DARK if dark else LIGHT)[at]


def _shape(place: int) -> int:
    """Return the place of a method's marks among MARKERS."""
    return 0 if place < 2 else (place - 2) // len(SHARED) % len(MARKERS)
