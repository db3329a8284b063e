"""The figures of the study's page, drawn from its rows; benchmarks/study_page.py writes them."""

import math
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np
import study_numbers as numbers
import study_ranks as ranks
import study_tables as tables

from coreset_engine.colours import ALL, BLACK, CUT, LIGHT, WHITE
from coreset_engine.export.figures import Mark
from coreset_engine.export.templating import render
from coreset_engine.results import statistics

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "images" / "study"
SETS = ("pneumonia", "breast", "blood", "derma", "brain_tumor")
COLOURS = dict(zip(SETS, (LIGHT[place] for place in (0, 5, 2, 3, 7)), strict=True))
WIDTH, LEFT, RIGHT, TOP, ROW = 860, 262, 600, 34, 18


@dataclass(frozen=True)
class Row:
    """A line of a figure: what is told, a value per set, and n; without values it is a heading."""

    label: str
    by_set: Mapping[str, float]
    note: str = ""


def mark(tag: str, text: str = "", **attributes: float | str) -> Mark:
    """Return an element; fractions are written to a tenth of a px, "_" in a name as "-"."""
    texts = {
        name.replace("_", "-"): f"{value:.1f}" if isinstance(value, float) else str(value)
        for name, value in attributes.items()
    }
    return Mark(tag, texts, text)


def file_of(height: int, marks: Sequence[Mark], about: str) -> str:
    """Return a figure as a file of its own, black on white whatever the page."""
    whole = str(render("figure.html", width=WIDTH, height=height, marks=marks, about=about, legend=()))
    drawn = whole[whole.index("<svg") : whole.index("</svg>")]
    paper = f'<rect width="{WIDTH}" height="{height}" fill="{WHITE}"/>'
    head, _, rest = drawn.partition(">")
    style = f'xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" font-size="12" fill="{BLACK}"'
    return f"{head.replace('<svg', f'<svg {style}', 1)}>{paper}{rest}</svg>\n".replace("><", ">\n<")


def forest(rows: Sequence[Row], across: str, about: str, written: str, span: tuple[float, float], step: float) -> str:
    """Return a figure of one dot per set, their mean and its 95 % t-interval, line by line.

    Args:
        rows: from the top.
        across: name of the axis.
        about: text for people who can't see it.
        written: format of a number.
        span: ends of the axis; intervals that leave it are cut there.
        step: between ticks.
    """

    def x(value: float) -> float:
        """Return where a value lies, in px."""
        low, high = span
        return LEFT + (RIGHT - LEFT) * (min(max(value, low), high) - low) / (high - low)

    height = TOP + ROW * len(rows) + 44
    low = float(height - 38)
    parts = []
    for value in np.arange(math.ceil(span[0] / step) * step, span[1] + step / 2, step).tolist():
        shade = BLACK if abs(value) < step / 2 else "#D8DDE0"
        parts.append(mark("line", x1=x(value), x2=x(value), y1=float(TOP - 6), y2=low, stroke=shade))
        parts.append(mark("text", f"{value:g}", x=x(value), y=low + 14, text_anchor="middle"))
    parts.append(mark("text", across, x=(LEFT + RIGHT) / 2, y=low + 31, text_anchor="middle"))
    for place, name in enumerate(SETS):
        at = LEFT + 84.0 * place
        parts += [
            mark("circle", cx=at, cy=12.0, r="4", fill=COLOURS[name]),
            mark("text", name, x=at + 8, y=16.0),
        ]
    for place, row in enumerate(rows):
        parts += _drawn(row, TOP + ROW * place + ROW / 2, x, written)
    return file_of(height, parts, about)


def _drawn(row: Row, y: float, x: Callable[[float], float], written: str) -> list[Mark]:
    """Return the marks of one line."""
    if not row.by_set:
        return [mark("text", row.label, x=4, y=y + 4, font_weight="bold")]
    found = statistics.interval(list(row.by_set.values()))
    parts = [mark("text", row.label, x=12, y=y + 4)]
    parts += [
        mark("circle", cx=x(value), cy=y, r="3.5", fill=COLOURS[name], fill_opacity="0.75")
        for name, value in row.by_set.items()
    ]
    if math.isfinite(found.half):
        parts.append(mark("line", x1=x(found.low), x2=x(found.high), y1=y, y2=y, stroke=BLACK, stroke_width=2))
    parts.append(mark("rect", x=x(found.mean) - 1.5, y=y - 6, width="3", height="12", fill=BLACK))
    ends = f" ({format(found.low, written)} to {format(found.high, written)})" if math.isfinite(found.half) else ""
    parts.append(mark("text", f"{format(found.mean, written)}{ends}{row.note}", x=RIGHT + 10, y=y + 4))
    return parts


def plain() -> str:
    """Return EVA against Random under the same budgets, by rate."""
    rows = []
    for told, own, other in numbers.PLAIN:
        rows.append(Row(f"{told}, less {other}", {}))
        for rate in numbers.LOW:
            found = numbers.contrast(own, other, rates=(rate,))
            rows.append(Row(f"α = {100 * float(rate):g} %", found.by_set, f", n = {found.pairs}"))
    about = "EVA less Random under the same budgets and cut-off, in balanced accuracy, per set and rate"
    return forest(rows, "points of balanced accuracy", about, "+.1f", (-50, 15), 10)


def rankings() -> str:
    """Return each ranking against uniform Random, by network."""
    rows = []
    for network in tables.NETWORKS:
        rows.append(Row(f"{network}, less Random with the same budgets", {}))
        rows += _contrasts((*numbers.RANKINGS, *numbers.PLAIN[2:]), network)
    about = "Rankings less Random under the same budgets and cut-off, in balanced accuracy, per set, α = 2 to 10 %"
    return forest(rows, "points of balanced accuracy, mean of α = 2, 5 and 10 %", about, "+.1f", (-60, 15), 10)


def levers(figure: str = numbers.GOAL) -> str:
    """Return what each factor adds by itself, by network."""
    rows = []
    for network in tables.NETWORKS:
        for name, pairs in numbers.LEVERS.items():
            rows.append(Row(f"{network}: {name}", {}))
            rows += _contrasts(pairs, network, figure)
    about = "What budgets, cut-off, rule and cover add one at a time, per set, α = 2 to 10 %"
    words = "balanced accuracy" if figure == numbers.GOAL else "accuracy"
    return forest(rows, f"points of {words}, mean of α = 2, 5 and 10 %", about, "+.1f", (-11, 11), 5)


def _contrasts(pairs: Iterable[tuple[str, str, str]], network: str, figure: str = numbers.GOAL) -> list[Row]:
    """Return a row per pair of lines that a network has, with n and, where there are several, its recordings."""
    each = [(told, numbers.contrast(own, other, figure, setting=network)) for told, own, other in pairs]
    return [Row(told, found.by_set, _note(found)) for told, found in each if found.by_set]


def _note(found: numbers.Contrast) -> str:
    """Return n, and how many recordings where there are several, or that it is of one set alone."""
    many = f" ({found.recordings})" if found.recordings > 1 else ""
    return f", n = {found.pairs}{many}" + (", one set" if len(found.by_set) == 1 else "")


def proxies() -> str:
    """Return how each proxy ranks coresets, among all and among those with class budgets."""
    rows = []
    for kind, words in (("all", "among all coresets"), ("budgets", "among those with class budgets")):
        rows.append(Row(words, {}))
        for proxy, told in ranks.PROXIES.items():
            found = {name: ranks.spearman(name, proxy, ranks.which(kind)) for name in ranks.measured()}
            count = sum(one[3] for one in found.values())
            rows.append(Row(told, {name: one[0] for name, one in found.items()}, f", n = {count}"))
    about = "Spearman's rank correlation of each proxy with balanced accuracy after retraining, per set"
    return forest(rows, "Spearman's ρ with balanced accuracy on test, within rates", about, ".2f", (-0.6, 1), 0.2)


def draw() -> str:
    """Return the variance between draws and between trainings, per set and rate."""
    cells = [(name, rate, numbers.drawn(name, rate)) for name in SETS for rate in numbers.LOW]
    found = [(name, rate, numbers.parts(values), sum(map(len, values))) for name, rate, values in cells]
    top = max(parts.draw + parts.training for _, _, parts, _ in found)
    wide, marks = (RIGHT - LEFT) / top, []
    for place, (shade, word) in enumerate(((CUT, "between draws"), (ALL, "between trainings on one draw"))):
        at = LEFT + 120.0 * place
        marks += [
            mark("rect", x=at, y=6.0, width="10", height="10", fill=shade),
            mark("text", word, x=at + 15, y=16.0),
        ]
    for place, (name, rate, parts, count) in enumerate(found):
        y = float(TOP + ROW * place)
        marks.append(mark("text", f"{name}, α = {100 * float(rate):g} %", x=12, y=y + 13))
        marks.append(mark("rect", x=LEFT, y=y + 2, width=parts.draw * wide, height="13", fill=CUT))
        right = LEFT + parts.draw * wide
        marks.append(mark("rect", x=right, y=y + 2, width=parts.training * wide, height="13", fill=ALL))
        words = (
            f"sd {math.sqrt(parts.draw):.1f} and {math.sqrt(parts.training):.1f}; draw {100 * parts.draw_share:.0f} %"
        )
        marks.append(mark("text", f"{words}, n = {count}", x=RIGHT + 10, y=y + 13))
    height = TOP + ROW * len(found) + 30
    axis = f"variance, 0 to {top:.0f} points² of balanced accuracy"
    marks.append(mark("text", axis, x=(LEFT + RIGHT) / 2, y=height - 8, text_anchor="middle"))
    return file_of(height, marks, "Variance of balanced accuracy between draws and between trainings, per set and rate")


FIGURES = {
    "rankings.svg": rankings,
    "levers.svg": levers,
    "levers_accuracy.svg": partial(levers, numbers.ACCURACY),
    "eva.svg": plain,
    "draw.svg": draw,
    "proxies.svg": proxies,
}
