"""Numbers within the sentences of the study's page: each stands between marks that say from which rows it is made."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np
import study_numbers as numbers
import study_ranks as ranks
import study_settings as settings
import study_tables as tables
from numpy.typing import NDArray

from coreset_engine.names import counted
from coreset_engine.results import statistics

NUMBER = re.compile(r"<!--= (.+?) -->.*?<!-- =-->", re.DOTALL)


def _difference(figure: str, tell: Callable[[numbers.Contrast], str] = str) -> Callable[..., str]:
    """Return what tells the difference of two lines, at 2 to 10 % or at one rate."""

    def told(own: str, other: str, rate: str = "", *, setting: str) -> str:
        """Return mean, interval, sets and pairs."""
        return tell(numbers.contrast(own, other, figure, (rate,) if rate else numbers.LOW, setting))

    return told


def _on_set(own: str, other: str, name: str, *, setting: str) -> str:
    """Return the mean difference of two lines on one set."""
    return f"{numbers.contrast(own, other, setting=setting).by_set[name]:+.1f}"


def _change(figure: str) -> Callable[..., str]:
    """Return what tells how far a line differs from itself on LeNet's plain rows, over the sets or on one."""

    def told(line: str, name: str = "", *, setting: str) -> str:
        """Return mean, interval, sets and pairs; of one set the mean."""
        found = numbers.contrast(line, line, figure, setting=setting, beside="lenet")
        return f"{found.by_set[name]:+.1f}" if name else str(found)

    return told


def _clear(figure: str) -> Callable[..., str]:
    """Return what tells in how many cells two lines differ for sure."""

    def told(own: str, other: str, *, setting: str) -> str:
        """Return the cells below, above and all, after Holm's correction in each recording."""
        each = [numbers.pairs(own, other, figure, setting=one) for one in tables.NETWORKS.get(setting, (setting,))]
        told = [[int(count) for count in tables.counts(found).split(" / ")] for found in each if found]
        if not told:
            return "–"
        below, above, every = (sum(counts) for counts in zip(*told, strict=True))
        return f"clear above in {above} and below in {below} of {every} cells"

    return told


def _above(own: str, other: str, *, setting: str) -> str:
    """Return the cells whose mean difference is above 0."""
    found = numbers.pairs(own, other, numbers.GOAL, setting=setting)
    each = {cell: float(np.mean(values)) for cell, values in found.items()}
    told = [f"`{cell[0]}` {100 * float(cell[2]):g} % ({mean:+.1f})" for cell, mean in each.items() if mean > 0]
    return f"{len(told)} of {len(each)} cells" + (f": {', '.join(told)}" if told else "")


def _means(figure: str) -> Callable[..., str]:
    """Return what tells means of a line in a set."""

    def told(line: str, name: str, *rates: str, setting: str) -> str:
        """Return the means at some rates, in percent; of a network over all recordings that have the line."""
        each = [numbers.cells(figure, one) for one in tables.NETWORKS.get(setting, (setting,))]
        architecture = tables.SETTINGS[tables.NETWORKS.get(setting, (setting,))[0]].architecture
        found = [
            [value for cells in each for value in cells.get((name, architecture, rate), {}).get(line, {}).values()]
            for rate in rates
        ]
        return ", ".join(f"{np.mean(values):.1f}" for values in found)

    return told


def _rows(*, setting: str) -> str:
    """Return how many trainings a setting has, and of how many sets."""
    found = [row for one in tables.NETWORKS.get(setting, (setting,)) for row in tables.rows(one)]
    return f"{len(found):,} of {counted(len({row['set'] for row in found}), '{set|sets}')}"


def _rho(proxy: str, kind: str, name: str = "", *, setting: str) -> str:
    """Return Spearman's ρ of a proxy in a set with its interval, or over all sets."""
    if name:
        rho, low, high, count = ranks.spearman(name, proxy, ranks.which(kind))
        return f"{rho:.2f} ({low:.2f} to {high:.2f}, n = {count})"
    found = statistics.interval([ranks.spearman(one, proxy, ranks.which(kind))[0] for one in ranks.measured()])
    return f"{found.mean:.2f} ({found.low:.2f} to {found.high:.2f}; {found.n} sets)"


def _rho_least(proxy: str, kind: str, *, setting: str) -> str:
    """Return the least of Spearman's ρ of a proxy over the sets, and where that is."""
    rho, name = min((ranks.spearman(one, proxy, ranks.which(kind))[0], one) for one in ranks.measured())
    return f"{rho:.2f} on `{name}`"


def _rho_more(own: str, other: str, kind: str, *, setting: str) -> str:
    """Return the difference in Spearman's ρ of two proxies over all sets."""
    one, two = (
        [ranks.spearman(name, proxy, ranks.which(kind))[0] for name in ranks.measured()] for proxy in (own, other)
    )
    return _signed(np.subtract(one, two), ".2f")


def _flattered(own: str, other: str = "", *, setting: str) -> str:
    """Return by how many places a proxy flatters hard samples, or by how many more than another."""
    found = ranks.flattered(own)
    less = ranks.flattered(other) if other else dict.fromkeys(found, 0.0)
    return _signed(np.array([value - less[name] for name, value in found.items()]), ".0f")


def _flattered_on(name: str, *proxies: str, setting: str) -> str:
    """Return by how many places proxies flatter the hard samples of one set."""
    return ", ".join(f"{ranks.flattered(proxy)[name]:+.0f}" for proxy in proxies)


def _signed(values: NDArray[np.float64], written: str) -> str:
    """Return the mean over sets with its interval."""
    found = statistics.interval(values.tolist())
    mean, low, high = (f"{value:+{written}}" for value in (found.mean, found.low, found.high))
    return f"{mean} ({low} to {high}; {found.n} sets)"


def _foretold(evidence: str, kind: str = "", *, setting: str) -> str:
    """Return how well what a recording says of itself ranks what the cut gives; "clean" is without the noisy ones."""
    rho, low, high, count = settings.foretold(evidence, noise=kind != "clean")
    return f"{rho:.2f} ({low:.2f} to {high:.2f}; {count} recordings)"


def _share(name: str = "", rate: str = "", *, setting: str) -> str:
    """Return the draw's share of the variance."""
    return f"{100 * numbers.parts(numbers.drawn(name or None, rate or None)).draw_share:.0f} %"


def _overlap(windows: str, folder: str = "forms", *, setting: str) -> str:
    """Return between which shares EVA chooses the same samples in two ways."""
    found = [share for (_, own, _), share in settings.overlaps(folder).items() if own == windows]
    return f"{min(found):.0f} to {max(found):.0f} %"


TELLS: dict[str, Callable[..., str]] = {
    "balanced": _difference(numbers.GOAL),
    "accuracy": _difference(numbers.ACCURACY),
    "points": _difference(numbers.GOAL, numbers.Contrast.brief),
    "points of accuracy": _difference(numbers.ACCURACY, numbers.Contrast.brief),
    "on set": _on_set,
    "clear": _clear(numbers.GOAL),
    "clear by accuracy": _clear(numbers.ACCURACY),
    "above": _above,
    "mean": _means(numbers.GOAL),
    "mean accuracy": _means(numbers.ACCURACY),
    "change": _change(numbers.GOAL),
    "change by accuracy": _change(numbers.ACCURACY),
    "rho": _rho,
    "rho least": _rho_least,
    "rho more": _rho_more,
    "flattered": _flattered,
    "flattered on": _flattered_on,
    "foretold": _foretold,
    "draw": _share,
    "same": _overlap,
    "rows": _rows,
}


def filled(text: str) -> str:
    """Return a text with every number between its marks made anew, as <!--= balanced in resnet8: A | B -->…<!-- =-->.

    Without `in` and a setting or a network it is of LeNet's plain rows.
    """

    def told(found: re.Match[str]) -> str:
        """Return one number between its marks."""
        what, _, given = found[1].partition(": ")
        kind, _, setting = what.partition(" in ")
        words = TELLS[kind](*given.split(" | ") if given else (), setting=setting or "lenet")
        return f"<!--= {found[1]} -->{words}<!-- =-->"

    return NUMBER.sub(told, text)
