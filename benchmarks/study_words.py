"""Numbers within the sentences of the study's page: each stands between marks that say from which rows it is made."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np
import study_numbers as numbers
import study_tables as tables

from coreset_engine.results import statistics

NUMBER = re.compile(r"<!--= (.+?) -->.*?<!-- =-->", re.DOTALL)


def _difference(figure: str) -> Callable[..., str]:
    """Return what tells the difference of two lines, at 2 to 10 % or at one rate."""

    def told(own: str, other: str, rate: str = "") -> str:
        """Return mean, interval, sets and pairs."""
        return str(numbers.contrast(own, other, figure, (rate,) if rate else numbers.LOW))

    return told


def _clear(figure: str) -> Callable[[str, str], str]:
    """Return what tells in how many cells two lines differ for sure."""

    def told(own: str, other: str) -> str:
        """Return the cells below, above and all, after Holm's correction."""
        below, above, every = tables.counts(numbers.pairs(own, other, figure)).split(" / ")
        return f"clear above in {above} and below in {below} of {every} cells"

    return told


def _above(own: str, other: str) -> str:
    """Return the cells whose mean difference is above 0."""
    each = {cell: float(np.mean(values)) for cell, values in numbers.pairs(own, other, numbers.GOAL).items()}
    told = [f"`{cell[0]}` {100 * float(cell[2]):g} % ({mean:+.1f})" for cell, mean in each.items() if mean > 0]
    return f"{len(told)} of {len(each)} cells" + (f": {', '.join(told)}" if told else "")


def _means(figure: str, folder: str = "") -> Callable[..., str]:
    """Return what tells means of a line in a set."""

    def told(line: str, name: str, *rates: str) -> str:
        """Return the means at some rates, in percent."""
        found = [numbers.cells(figure, folder)[name, "lenet", rate][line] for rate in rates]
        return ", ".join(f"{np.mean(list(values.values())):.1f}" for values in found)

    return told


def _rho(proxy: str, kind: str, name: str = "") -> str:
    """Return Spearman's ρ of a proxy in a set with its interval, or over all sets."""
    if name:
        rho, low, high, count = numbers.spearman(name, proxy, numbers.which(kind))
        return f"{rho:.2f} ({low:.2f} to {high:.2f}, n = {count})"
    found = statistics.interval([numbers.spearman(one, proxy, numbers.which(kind))[0] for one in numbers.measured()])
    return f"{found.mean:.2f} ({found.low:.2f} to {found.high:.2f}; {found.n} sets)"


def _share(name: str = "", rate: str = "") -> str:
    """Return the draw's share of the variance."""
    return f"{100 * numbers.parts(numbers.drawn(name or None, rate or None)).draw_share:.0f} %"


def _overlap(windows: str) -> str:
    """Return between which shares the two forms of EVA choose the same samples."""
    found = [share for (_, own, _), share in numbers.overlaps().items() if own == windows]
    return f"{min(found):.0f} to {max(found):.0f} %"


TELLS: dict[str, Callable[..., str]] = {
    "balanced": _difference(numbers.GOAL),
    "accuracy": _difference(numbers.ACCURACY),
    "clear": _clear(numbers.GOAL),
    "clear by accuracy": _clear(numbers.ACCURACY),
    "above": _above,
    "mean": _means(numbers.GOAL),
    "mean accuracy": _means(numbers.ACCURACY),
    "noisy": _means(numbers.GOAL, "noise"),
    "rho": _rho,
    "draw": _share,
    "same": _overlap,
    "rows": lambda: f"{len(tables.rows()):,}",
}


def filled(text: str) -> str:
    """Return a text with every number between its marks made anew, as <!--= balanced A | B -->…<!-- =-->."""

    def told(found: re.Match[str]) -> str:
        """Return one number between its marks."""
        what, _, given = found[1].partition(": ")
        return f"<!--= {found[1]} -->{TELLS[what](*given.split(' | ') if given else ())}<!-- =-->"

    return NUMBER.sub(told, text)
