"""Figures of a report as SVG, drawn by hand: they need no script and stay sharp on paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from coreset_engine.colours import ALL, CUT, MARKERS, Look, looks
from coreset_engine.export.templating import render

if TYPE_CHECKING:
    from markupsafe import Markup

FULL = "currentColor"  # all data: black on a light page, white on a dark one
WINDOWS = (("early", "#E69F00"), ("late", "#009E73"))
BINS = 60
SIGNS = dict(zip(MARKERS, "●■▲◆", strict=True))  # of marks, in a legend
_WIDTH, _LEFT, _BOTTOM = 720, 64, 44


@dataclass(frozen=True)
class RatePoint:
    """A mean accuracy and its sample standard deviation (NaN at n = 1), 0..1, over n seeds at a selection rate."""

    rate: float
    mean: float
    sd: float
    n: int


class Mark(NamedTuple):
    """One element of an SVG: its tag, attributes and text."""

    tag: str
    attributes: dict[str, str | None]
    text: str


class LegendEntry(NamedTuple):
    """A sign in a colour and what it means."""

    colour: str
    sign: str
    name: str


def colours_of(methods: Sequence[str]) -> list[Look]:
    """Return how lines of some methods are drawn, on the light or dark page that a browser makes of a report."""
    both = zip(looks(methods), looks(methods, dark=True), strict=True)
    return [Look(f"light-dark({one.colour}, {other.colour})", one.marker, one.dash) for one, other in both]


def histogram(scores: NDArray[np.float64], kept: NDArray[np.bool_], name: str, cut: float | None) -> Markup:
    """Return the histogram of the scores as SVG, those of the coreset marked; heights are log10 of 1 + samples.

    Args:
        scores: (N,).
        kept: (N,) whether a sample is in the coreset.
        name: of the method that scores.
        cut: score of the last sample kept, None where no score decides.
    """
    finite = np.isfinite(scores)
    low, high = (scores[finite].min(), scores[finite].max()) if finite.any() else (0.0, 1.0)
    edges = np.linspace(low, high if high > low else low + 1.0, BINS + 1)
    clipped = np.clip(scores, edges[0], edges[-1])
    counts = [np.histogram(clipped[mask], edges)[0] for mask in (~np.isnan(scores), kept & ~np.isnan(scores))]
    top = np.log10(1 + counts[0].max())
    plot = _Plot(260, (edges[0], edges[-1]), (0.0, float(top)))
    shades = (FULL, colours_of([name])[0].colour)
    parts = [
        plot.box(edges[i], edges[i + 1], 0.0, float(np.log10(1 + count)), colour, opacity)
        for colour, opacity, group in zip(shades, (0.25, 1.0), counts, strict=True)
        for i, count in enumerate(group)
        if count
    ]
    heights = np.log10(1 + counts[0]).tolist()
    corners = [(plot.x(edges[i + end]), plot.y(high)) for i, high in enumerate(heights) for end in (0, 1)]
    parts.append(_polyline(corners, FULL, width=1))
    parts += plot.upright(cut, "cut") if cut is not None and np.isfinite(cut) else []
    decades = [(float(np.log10(1 + 10**power)), f"{10**power:,}") for power in range(int(top) + 1)]
    parts += plot.axes(f"{name} score", "samples (log)", [(0.0, "0"), *decades])
    return plot.svg(parts, f"Histogram of the {name} score in all data and in the coreset", _groups(shades))


def _groups(shades: Sequence[str], names: Sequence[str] = ("all data", "coreset")) -> list[LegendEntry]:
    """Return the legend of groups of samples."""
    return [LegendEntry(colour, "■", name) for colour, name in zip(shades, names, strict=False)]


def classes(every: NDArray[np.int64], kept: NDArray[np.int64], names: tuple[str, ...], method: str) -> Markup:
    """Return the share of each class, (C,) samples each, in all data and in the coreset of a method, as SVG bars."""
    shades = (FULL, colours_of([method])[0].colour)
    shares = [100 * group / max(1, group.sum()) for group in (every, kept)]
    top, left, line = float(max(share.max() for share in shares)) or 1.0, 190, 26
    parts = []
    for place, name in enumerate(names):
        y = 8 + place * line
        short = name if len(name) <= 26 else f"{name[:25]}…"
        parts.append(_mark("text", short, x=left - 8, y=y + 14, text_anchor="end"))
        for row, (share, colour) in enumerate(zip(shares, shades, strict=True)):
            width = (_WIDTH - left - 110) * share[place] / top
            parts.append(_mark("rect", x=left, y=y + 9 * row, width=width, height=9, fill=colour))
        widest = (_WIDTH - left - 110) * max(share[place] for share in shares) / top
        words = f"{shares[0][place]:.1f} → {shares[1][place]:.1f} %"
        parts.append(_mark("text", words, x=left + widest + 6, y=y + 14))
    return _svg(8 + line * len(names), parts, "Share of each class in all data and in the coreset", _groups(shades))


def courses(
    norms: NDArray[np.float32], groups: dict[str, NDArray[np.bool_]], windows: list[tuple[int, int]], method: str
) -> Markup:
    """Return the mean error norm of up to two groups of samples over the epochs as SVG, with the windows shaded.

    Args:
        norms: (T, N).
        groups: (N,) members of each group, by its name, the kept ones first; an empty group is left out.
        windows: first and last epoch of each, counted from 1.
        method: by which they are kept.
    """
    shades = dict(zip(groups, (colours_of([method])[0].colour, ALL), strict=False))
    lines = {name: norms[:, mask].mean(axis=1, dtype=np.float64) for name, mask in groups.items() if mask.any()}
    top = max(float(line.max()) for line in lines.values()) or 1.0
    plot = _Plot(260, (1.0, max(2.0, float(len(norms)))), (0.0, top))
    parts = [
        plot.box(first - 0.5, last + 0.5, 0.0, top, colour, 0.18)
        for (first, last), (_, colour) in zip(windows, WINDOWS, strict=False)
    ]
    for name, line in lines.items():
        dash = "6 4" if shades[name] == ALL else None  # to be told from Random's grey, too
        parts.append(
            _polyline([(plot.x(epoch), plot.y(value)) for epoch, value in enumerate(line, 1)], shades[name], dash)
        )
    ticks = [(value, f"{value:.2g}") for value in np.linspace(0, top, 5).tolist()]
    parts += plot.axes("epoch", "mean error norm", ticks, whole=True)
    legend = _groups([shades[name] for name in lines], list(lines))
    return plot.svg(parts, f"Mean error norm over the epochs: {', '.join(lines)}", legend)


def rates(lines: dict[str, list[RatePoint]], levels: dict[str, RatePoint], methods: dict[str, str]) -> Markup:
    """Return accuracy against the selection rate, on a logarithmic axis, as SVG: bars are standard deviations, n is written.

    Args:
        lines: points of each method by its label, by rate.
        levels: trainings on all data, each a dotted level over the whole width.
        methods: of the lines, by label.
    """
    points = [point for line in lines.values() for point in line]
    every = [*points, *levels.values()]
    spread = [100 * np.nan_to_num(point.sd) for point in every]
    low = min(100 * point.mean - wide for point, wide in zip(every, spread, strict=True))
    high = max(100 * point.mean + wide for point, wide in zip(every, spread, strict=True))
    room = 0.12 * max(high - low, 2.0)
    at = [float(np.log10(100 * point.rate)) for point in points] or [0.0, 2.0]
    plot = _Plot(320, (min(at) - 0.15, max(at) + 0.3), (max(0.0, low - room), min(100.0, high + room)))
    parts = [mark for name, point in levels.items() for mark in plot.level(100 * point.mean, f"{name}, n = {point.n}")]
    legend = []
    for row, (name, look) in enumerate(zip(lines, colours_of([methods[name] for name in lines]), strict=True)):
        parts += plot.means(lines[name], look, below=row % 2 == 0)
        legend.append(LegendEntry(look.colour, SIGNS[look.marker] + " " + SIGNS[look.marker] * bool(look.dash), name))
    ticks = [(value, f"{value:g}") for value in _round_values(*plot.up)]
    places = [(float(np.log10(100 * rate)), f"{100 * rate:.3g}") for rate in sorted({point.rate for point in points})]
    parts += plot.axes(
        "selection rate α (% of the train split)", "test accuracy at the best val epoch (%)", ticks, places
    )
    about = f"Test accuracy at the best val epoch against the selection rate: {', '.join([*lines, *levels])}"
    return plot.svg(parts, about, legend)


def _round_values(low: float, high: float) -> list[float]:
    """Return the multiples of 1, 2, 5, 10 or 20 in a range of percents: about five."""
    step = next((step for step in (0.5, 1, 2, 5, 10) if (high - low) / step <= 7), 20)
    return (step * np.arange(np.ceil(low / step), np.floor(high / step) + 1)).tolist()


class _Plot:
    """A rectangle with two axes."""

    def __init__(self, height: int, across: tuple[float, float], up: tuple[float, float]) -> None:
        """Take the height in px and the ranges of both axes."""
        self.height, self.across, self.up = height, across, (up[0], up[1] if up[1] > up[0] else up[0] + 1.0)

    def x(self, value: float) -> float:
        """Return where a value lies across, in px; at most at the edge."""
        low, high = self.across
        return _LEFT + (_WIDTH - _LEFT - 12) * float(np.clip((value - low) / (high - low), 0, 1))

    def y(self, value: float) -> float:
        """Return where a value lies up, in px from the top."""
        low, high = self.up
        return self.height - _BOTTOM - (self.height - _BOTTOM - 12) * (value - low) / (high - low)

    def box(self, left: float, right: float, low: float, high: float, colour: str, opacity: float = 1.0) -> Mark:
        """Return a filled rectangle."""
        x, y = self.x(left), self.y(high)
        width, height = self.x(right) - x, self.y(low) - y
        return _mark("rect", x=x, y=y, width=width, height=height, fill=colour, fill_opacity=f"{opacity:g}")

    def upright(self, value: float, word: str) -> list[Mark]:
        """Return a vertical line with a word at its top."""
        x, low, high = self.x(value), self.y(self.up[0]), self.y(self.up[1])
        line = _mark("line", x1=x, y1=low, x2=x, y2=high, stroke=CUT, stroke_width=2)
        return [line, _mark("text", word, x=x + 4, y=high + 8, fill=CUT)]

    def level(self, value: float, words: str) -> list[Mark]:
        """Return a dotted line over the whole width with words above its right end."""
        y, right = self.y(value), _WIDTH - 12
        line = _mark("line", x1=_LEFT, y1=y, x2=right, y2=y, stroke=FULL, stroke_dasharray="2 4")
        return [line, _mark("text", words, x=right, y=y - 4, text_anchor="end")]

    def means(self, line: list[RatePoint], look: Look, below: bool) -> list[Mark]:
        """Return a method's line with its bars; n stands right below or left above every point."""
        places = [(self.x(float(np.log10(100 * point.rate))), self.y(100 * point.mean), point) for point in line]
        colour = look.colour
        parts = [_polyline([(x, y) for x, y, _ in places], colour, " ".join(map(str, look.dash)) or None)]
        for x, y, point in places:
            parts.append(_sign(look, x, y))
            if point.sd == point.sd:
                high, low = (self.y(100 * (point.mean + way * point.sd)) for way in (1, -1))
                parts.append(_mark("line", x1=x, x2=x, y1=high, y2=low, stroke=colour, stroke_width="1.5"))
            right, down, anchor = (6, 14, None) if below else (-6, -6, "end")
            words = f"n = {point.n}"
            parts.append(_mark("text", words, x=x + right, y=y + down, text_anchor=anchor, font_size=10))
        return parts

    def axes(
        self,
        across: str,
        up: str,
        ticks: list[tuple[float, str]],
        places: list[tuple[float, str]] | None = None,
        whole: bool = False,
    ) -> list[Mark]:
        """Return names and ticks of both axes; `ticks` are those up, `places` those across: else five, whole where asked."""
        low, middle = self.height - _BOTTOM, (_WIDTH + _LEFT) / 2
        parts = [_mark("line", x1=_LEFT, y1=low, x2=_WIDTH - 12, y2=low, stroke="currentColor")]
        parts.append(_mark("text", across, x=middle, y=self.height - 6, text_anchor="middle"))
        turned = f"translate(12 {low / 2}) rotate(-90)"
        parts.append(_mark("text", up, transform=turned, text_anchor="middle"))
        even = np.linspace(*self.across, 5)
        for value, word in places or [(v, f"{v:.3g}") for v in (np.unique(even.round()) if whole else even).tolist()]:
            anchor = "end" if value == self.across[1] else "middle"
            parts.append(_mark("text", word, x=self.x(value), y=low + 16, text_anchor=anchor))
        parts += [_mark("text", words, x=_LEFT - 6, y=self.y(value) + 4, text_anchor="end") for value, words in ticks]
        return parts

    def svg(self, parts: list[Mark], about: str, legend: Sequence[LegendEntry] = ()) -> Markup:
        """Return the whole figure."""
        return _svg(self.height, parts, about, legend)


def _mark(tag: str, text: str = "", **attributes: float | str | None) -> Mark:
    """Return an element; fractions are written to a tenth of a px, "_" in a name as "-", and None is left out."""
    texts = {
        name.replace("_", "-"): f"{value:.1f}" if isinstance(value, float) else value if value is None else str(value)
        for name, value in attributes.items()
    }
    return Mark(tag, texts, text)


def _sign(look: Look, x: float, y: float) -> Mark:
    """Return a mark of a line, in its method's shape."""
    if look.marker == "circle":
        return _mark("circle", cx=x, cy=y, r="3.5", fill=look.colour)
    corners = {"rect": "-3.5,-3.5 3.5,-3.5 3.5,3.5 -3.5,3.5", "triangle": "0,-4.5 4.5,3.5 -4.5,3.5"}
    shape = corners.get(look.marker, "0,-5 5,0 0,5 -5,0")
    return _mark("polygon", points=shape, transform=f"translate({x:.1f} {y:.1f})", fill=look.colour)


def _polyline(points: list[tuple[float, float]], colour: str, dash: str | None = None, width: int = 2) -> Mark:
    """Return a line through points (x, y) in px."""
    way = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return _mark("polyline", points=way, fill="none", stroke=colour, stroke_width=width, stroke_dasharray=dash)


def _svg(height: int, parts: list[Mark], about: str, legend: Sequence[LegendEntry] = ()) -> Markup:
    """Return a figure with its text for people who can't see it, below its legend where it has one."""
    return render("figure.html", width=_WIDTH, height=height, marks=parts, about=about, legend=legend)
