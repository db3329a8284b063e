"""What the page of the study says in numbers: differences of lines, one factor at a time, and parts of the spread."""

import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np
import study_tables as tables

from coreset_engine.results import seeds, statistics

GOAL, ACCURACY = "test_bal_acc_last", "test_acc_last"
LOW = ("0.02", "0.05", "0.1")
SETS = 5  # of the plan
# one factor at a time: what differs, and the two lines that differ in nothing else
LEVERS = {
    "budgets": (
        ("Random: tempered − proportional", "random tempered", "random stratified"),
        ("Random: equal − proportional", "random equal", "random stratified"),
        ("Random, cut: tempered − proportional", "random tempered, cut", "random stratified, cut"),
        ("CCS, cut: tempered − proportional", "ccs tempered, cut", "ccs stratified, cut"),
    ),
    "cut": (
        ("Random, proportional: cut − none", "random stratified, cut", "random stratified"),
        ("Random, tempered: cut − none", "random tempered, cut", "random tempered"),
        ("… half of β − none", "random tempered, half the cut", "random tempered"),
        ("… by never-learned − none", "random tempered, cut by never-learned", "random tempered"),
        ("… over all classes − none", "random tempered, cut over all", "random tempered"),
        ("EVA late, tempered: cut − none", "eva late tempered, cut", "eva late tempered"),
        ("DUAL+β, tempered: cut − none", "dual+beta tempered, cut", "dual+beta tempered"),
        ("graph cover, tempered: cut − none", "graph cover tempered, cut", "graph cover tempered"),
    ),
    "rule": (
        ("CCS − Random, proportional, cut", "ccs stratified, cut", "random stratified, cut"),
        ("CCS − Random, tempered, cut", "ccs tempered, cut", "random tempered, cut"),
        ("DUAL+β − Random, tempered", "dual+beta tempered", "random tempered"),
        ("DUAL+β − Random, tempered, cut", "dual+beta tempered, cut", "random tempered, cut"),
        ("EVA late − Random, tempered, cut", "eva late tempered, cut", "random tempered, cut"),
        ("EVA searched − Random, tempered, cut", "eva searched tempered, cut", "random tempered, cut"),
        ("EL2N − Random, tempered, cut", "el2n tempered, cut", "random tempered, cut"),
        ("best window − Random, tempered, cut", "best window tempered, cut", "random tempered, cut"),
    ),
    "cover": (
        ("graph cover − Random, tempered", "graph cover tempered", "random tempered"),
        ("graph cover − Random, tempered, cut", "graph cover tempered, cut", "random tempered, cut"),
        ("fair cover − Random, tempered, cut", "fair cover tempered, cut", "random tempered, cut"),
        ("herding − Random, proportional", "herding", "random stratified"),
        ("herding − Random, tempered", "herding tempered", "random tempered"),
        ("herding − Random, tempered, cut", "herding tempered, cut", "random tempered, cut"),
        ("D2 − Random, tempered, cut", "d2 tempered, cut", "random tempered, cut"),
    ),
}
RANKINGS = (  # without budgets or cut-off; herding and k-center pick within each class, as stratified Random draws
    ("EVA, early windows", "eva early", "random uniform"),
    ("EVA, late windows", "eva late", "random uniform"),
    ("EVA, searched windows", "eva searched", "random uniform"),
    ("EL2N, the hardest", "el2n", "random uniform"),
    ("AUM, the hardest", "aum", "random uniform"),
    ("Forgetting", "forgetting", "random uniform"),
    ("Dyn-Unc", "dyn-unc", "random uniform"),
    ("TDDS", "tdds", "random uniform"),
    ("CCS of AUM", "ccs", "random uniform"),
    ("k-center, within classes", "k-center", "random stratified"),
    ("herding, within classes", "herding", "random stratified"),
)
PLAIN = (
    ("EVA, early windows", "eva early", "random uniform"),
    ("EVA, late windows", "eva late", "random uniform"),
    ("EVA late, tempered", "eva late tempered", "random tempered"),
    ("EVA late, tempered, cut", "eva late tempered, cut", "random tempered, cut"),
)


@dataclass(frozen=True)
class Contrast:
    """A difference in points: of each set the mean of its cells, and how many pairs and recordings that rests on."""

    by_set: dict[str, float]
    pairs: int
    recordings: int = 1

    @property
    def over(self) -> statistics.Interval:
        """Return the mean over sets with its interval."""
        return statistics.interval(list(self.by_set.values()))

    def __str__(self) -> str:
        """Return mean and interval, with how many sets, recordings and pairs."""
        if not self.by_set:
            return "–"
        found = self.over
        ends = f"{found.low:+.1f} to {found.high:+.1f}; {found.n} sets" if found.n > 1 else "one set"
        many = f", {self.recordings} recordings" if self.recordings > 1 else ""
        return f"{found.mean:+.1f} ({ends}{many}, n = {self.pairs})"

    def brief(self) -> str:
        """Return the same for a sentence: only fewer sets than all are told."""
        if len(self.by_set) < 2:
            return str(self)
        found = self.over
        few = f", {found.n} sets" if found.n < SETS else ""
        return f"{found.mean:+.1f} ({found.low:+.1f} to {found.high:+.1f}{few}, n = {self.pairs})"


@cache
def cells(figure: str, setting: str = "lenet") -> dict:
    """Return every figure of a setting in percent, see `study_tables.by_cell`."""
    return tables.by_cell(tables.rows(setting), figure)


def pairs(
    own: str, other: str, figure: str, rates: Sequence[str] = LOW, setting: str = "lenet", beside: str = ""
) -> dict[tuple, list[float]]:
    """Return the paired differences of two lines by cell, cells without pairs left out.

    Args:
        own: line.
        other: line that is taken off.
        figure: column of the rows.
        rates: of the cells.
        setting: of both lines.
        beside: setting of the other line, where it is another one.
    """
    there = {(name, rate): lines for (name, _, rate), lines in cells(figure, beside or setting).items()}
    found = {
        cell: tables.differences(lines[own], there[cell[0], cell[2]][other])
        for cell, lines in sorted(cells(figure, setting).items())
        if cell[2] in rates and own in lines and other in there.get((cell[0], cell[2]), {})
    }
    return {cell: values for cell, values in found.items() if values}


def contrast(
    own: str, other: str, figure: str = GOAL, rates: Sequence[str] = LOW, setting: str = "lenet", beside: str = ""
) -> Contrast:
    """Return the difference of two lines over the sets that have both, see `pairs`.

    Of one of `study_tables.NETWORKS` it is of each set the mean over the recordings that have both lines there.
    """
    if setting in tables.NETWORKS:
        each = [contrast(own, other, figure, rates, one, beside) for one in tables.NETWORKS[setting]]
        return _mean([one for one in each if one.by_set])
    by_set, count = defaultdict(list), 0
    for (name, _, _), values in pairs(own, other, figure, rates, setting, beside).items():
        by_set[name].append(float(np.mean(values)))
        count += len(values)
    return Contrast({name: float(np.mean(means)) for name, means in by_set.items()}, count)


def _mean(each: Sequence[Contrast]) -> Contrast:
    """Return the mean over recordings, set by set."""
    names = sorted({name for one in each for name in one.by_set})
    by_set = {name: float(np.mean([one.by_set[name] for one in each if name in one.by_set])) for name in names}
    return Contrast(by_set, sum(one.pairs for one in each), len(each))


def parts(draws: Sequence[Mapping[tuple[int, int], float]]) -> seeds.Components:
    """Return the variances by draw and by training of several tables of draws × training seeds of one shape, as a whole.

    Mean squares are averaged over the tables before a negative variance becomes 0, which of single small tables would be
    half of them. For one table it is `results.seeds.components`.
    """
    squares = []
    for values in draws:
        first, second = (sorted({key[place] for key in values}) for place in (0, 1))
        table = np.array([[values[one, two] for two in second] for one in first])
        a, b = table.shape
        rest = table - table.mean(axis=1)[:, None] - table.mean(axis=0) + table.mean()
        of_draw, of_training = (table.mean(axis=axis).var(ddof=1) for axis in (1, 0))
        squares.append((of_draw, of_training, (rest**2).sum() / ((a - 1) * (b - 1))))
    of_draw, of_training, mean_rest = np.mean(squares, axis=0)
    training = max(0.0, float(of_training - mean_rest / a)) + float(mean_rest)
    return seeds.Components("crossed", max(0.0, float(of_draw - mean_rest / b)), training)


def drawn(name: str | None = None, rate: str | None = None) -> list[dict[tuple[int, int], float]]:
    """Return draws × training seeds of every line that draws, of one set and rate or of all at 2 to 10 %."""
    found = []
    for cell, lines in sorted(cells(GOAL).items()):
        if cell[2] in LOW and name in (None, cell[0]) and rate in (None, cell[2]):
            found += [
                {(int(draw), int(training)): value for (_, draw, training), value in values.items()}
                for values in lines.values()
                if len({key[1] for key in values}) > 1
            ]
    return found
