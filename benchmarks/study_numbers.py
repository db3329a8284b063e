"""What the page of the study says in numbers: one factor at a time, parts of the spread, and proxies, from the rows."""

import csv
import math
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np
import study_tables as tables
import yaml
from numpy.typing import NDArray

from coreset_engine.results import seeds, statistics

GOAL, ACCURACY = "test_bal_acc_last", "test_acc_last"
LOW = ("0.02", "0.05", "0.1")
# one factor at a time: what differs, and the two lines that differ in nothing else
LEVERS = {
    "budgets": (
        ("tempered − proportional: Random", "random tempered", "random stratified"),
        ("… Random behind the cut", "random tempered, cut", "random stratified, cut"),
        ("… CCS behind the cut", "ccs tempered, cut", "ccs stratified, cut"),
    ),
    "cut": (
        ("cut − none: Random, proportional", "random stratified, cut", "random stratified"),
        ("… Random, tempered", "random tempered, cut", "random tempered"),
        ("… Random, tempered, half of β", "random tempered, half the cut", "random tempered"),
        ("… Random, tempered, by never-learned", "random tempered, cut by never-learned", "random tempered"),
        ("… Random, tempered, over all classes", "random tempered, cut over all", "random tempered"),
        ("… DUAL+β, tempered", "dual+beta tempered, cut", "dual+beta tempered"),
        ("… graph cover, tempered", "graph cover tempered, cut", "graph cover tempered"),
    ),
    "rule": (
        ("CCS − Random, proportional, cut", "ccs stratified, cut", "random stratified, cut"),
        ("CCS − Random, tempered, cut", "ccs tempered, cut", "random tempered, cut"),
        ("DUAL+β − Random, tempered", "dual+beta tempered", "random tempered"),
        ("DUAL+β − Random, tempered, cut", "dual+beta tempered, cut", "random tempered, cut"),
        ("EVA late − Random, tempered, cut", "eva late tempered, cut", "random tempered, cut"),
    ),
    "cover": (
        ("graph cover − Random, tempered", "graph cover tempered", "random tempered"),
        ("graph cover − Random, tempered, cut", "graph cover tempered, cut", "random tempered, cut"),
        ("fair cover − Random, tempered, cut", "fair cover tempered, cut", "random tempered, cut"),
        ("D2 − Random, tempered, cut", "d2 tempered, cut", "random tempered, cut"),
    ),
}
PLAIN = (
    ("EVA, early windows", "eva early", "random uniform"),
    ("EVA, late windows", "eva late", "random uniform"),
    ("EVA late, tempered", "eva late tempered", "random tempered"),
    ("EVA late, tempered, cut", "eva late tempered, cut", "random tempered, cut"),
)
PROXIES = {
    "retrained": "another training on it, test",
    "val": "another training on it, val",
    "head_val": "ridge head, judged on val",
    "neighbour_val": "nearest neighbour, judged on val",
    "unseen_head": "ridge head by halves, unseen",
    "unseen_neighbour": "nearest neighbour by halves, unseen",
    "seen_head": "ridge head by halves, seen",
    "seen_neighbour": "nearest neighbour by halves, seen",
    "head_train": "ridge head, judged on train",
    "balance": "entropy of its class counts",
    "cover": "how near its samples are to all",
    "ease": "mean AUM of its samples",
}
HARD = ("el2n", "aum", "forgetting", "eva late")  # lines of hard samples, with neither budgets nor cut


@dataclass(frozen=True)
class Contrast:
    """A difference in points: of each set the mean of its cells, and how many pairs of trainings that rests on."""

    by_set: dict[str, float]
    pairs: int

    @property
    def over(self) -> statistics.Interval:
        """Return the mean over sets with its interval."""
        return statistics.interval(list(self.by_set.values()))

    def __str__(self) -> str:
        """Return mean and interval, with how many sets and pairs."""
        if not self.by_set:
            return "–"
        found = self.over
        ends = f"{found.low:+.1f} to {found.high:+.1f}; {found.n} sets" if found.n > 1 else "one set"
        return f"{found.mean:+.1f} ({ends}, n = {self.pairs})"


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
    """Return the difference of two lines over the sets that have both, see `pairs`."""
    by_set, count = defaultdict(list), 0
    for (name, _, _), values in pairs(own, other, figure, rates, setting, beside).items():
        by_set[name].append(float(np.mean(values)))
        count += len(values)
    return Contrast({name: float(np.mean(means)) for name, means in by_set.items()}, count)


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


@cache
def subsets(name: str) -> dict[tuple[str, str, str], dict[str, float]]:
    """Return what is known of every coreset of a set at 2 to 10 %, by line, rate and draw: proxies and test figures."""
    with (tables.FOLDER / "proxies" / f"{name}_lenet.csv").open(newline="") as source:
        read = list(csv.DictReader(source))
    found = {
        (row["line"], row["rate"], row["selection_seed"]): {key: float(row[key]) for key in PROXIES if key in row}
        for row in read
    }
    for figure, told in ((GOAL, "test"), ("val_bal_acc_last", "val")):
        for (one, _, rate), lines in cells(figure).items():
            for line, values in lines.items() if one == name else ():
                for (_, draw, training), value in values.items():
                    if (line, rate, draw) in found:
                        found[line, rate, draw][f"{told} {training}"] = value
    return {
        key: known | {"retrained": known["test 1"], "val": known["val 1"]}
        for key, known in found.items()
        if {"test 0", "test 1"} <= set(known)
    }


def ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ranks from -1 to 1 around 0, ties in their middle."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - (counts - 1) / 2
    return (2 * middle[inverse] - len(values) - 1) / len(values)


@cache
def spearman(name: str, proxy: str, lines: tuple[str, ...]) -> tuple[float, float, float, int]:
    """Return Spearman's ρ of a proxy with the retrained figure, ends of its 95 % interval, and the number of coresets.

    The interval is the jackknife's over lines, on Fisher's scale: draws of one line are much alike, and as single ones they
    would make it too narrow.
    """
    of_line, of_rate, own, target = _ranked(name, proxy, lines)
    return (*jackknife(own, target, of_line, of_rate), len(own))


def _ranked(
    name: str, proxy: str, lines: tuple[str, ...]
) -> tuple[NDArray[np.str_], NDArray[np.str_], NDArray[np.float64], NDArray[np.float64]]:
    """Return line and rate of every coreset, its rank by a proxy, and that by its retrained figure.

    Ranks are taken within each rate, since the larger coreset nearly always wins. What another training reaches is held
    against one training, proxies against the mean of both.
    """
    known = {key: row for key, row in subsets(name).items() if key[0] in lines}
    keys = sorted(known)
    own, target, of_line = np.zeros(len(keys)), np.zeros(len(keys)), np.array([key[0] for key in keys])
    for rate in LOW:
        here = [place for place, key in enumerate(keys) if key[1] == rate]
        rows = [known[keys[place]] for place in here]
        other = ("test 0",) if proxy in ("retrained", "val") else ("test 0", "test 1")
        own[here] = ranks(np.array([row[proxy] for row in rows]))
        target[here] = ranks(np.array([np.mean([row[one] for one in other]) for row in rows]))
    return of_line, np.array([key[1] for key in keys]), own, target


def flattered(proxy: str) -> dict[str, float]:
    """Return by how many places of a hundred a proxy ranks hard samples higher than test does, less the same of the rest.

    What is mere noise does so, too, since hard samples are ranked low by test: hold it against what is as noisy.
    """
    found = {}
    for name in measured():
        of_line, _, own, target = _ranked(name, proxy, which("all"))
        hard, above = np.isin(of_line, HARD), 50 * (own - target)  # ranks lie between -1 and 1
        found[name] = float(above[hard].mean() - above[~hard].mean())
    return found


def jackknife(
    own: NDArray[np.float64], target: NDArray[np.float64], of: NDArray, within: NDArray
) -> tuple[float, float, float]:
    """Return the correlation of ranks with the ends of its 95 % interval, the jackknife's over groups on Fisher's scale.

    Args:
        own: ranks around 0.
        target: ranks around 0.
        of: the group of each, of which one after the other is left out; the rest is ranked anew.
        within: ranks are taken among those that have the same here.
    """
    whole = _fisher(own, target)
    names = np.unique(of)
    rests = (of != one for one in names)
    without = np.array([_fisher(_anew(own[rest], within[rest]), _anew(target[rest], within[rest])) for rest in rests])
    half = statistics.interval(len(names) * whole - (len(names) - 1) * without).half
    return math.tanh(whole), math.tanh(whole - half), math.tanh(whole + half)


def _anew(values: NDArray[np.float64], within: NDArray) -> NDArray[np.float64]:
    """Return ranks of values, among those that have the same in `within`."""
    found = np.zeros(len(values))
    for one in np.unique(within):
        found[within == one] = ranks(values[within == one])
    return found


def _fisher(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return the correlation of centred ranks on Fisher's scale."""
    return math.atanh(float(np.clip(one @ other / math.sqrt(one @ one * (other @ other)), -0.999, 0.999)))


def measured() -> list[str]:
    """Return the sets whose proxies are measured."""
    return sorted(file.stem.removesuffix("_lenet") for file in (tables.FOLDER / "proxies").glob("*.csv"))


@cache
def which(kind: str) -> tuple[str, ...]:
    """Return the lines of the plan: "all", or "budgets" for those with class budgets."""
    lines = yaml.safe_load(tables.PLAN.read_text())["lines"]
    return tuple(name for name, line in lines.items() if kind == "all" or "class_budget" in line)


def proxy_table() -> str:
    """Return ρ of every proxy per set, among all coresets and among those with class budgets."""
    found = []
    for kind, words in (("all", "all coresets"), ("budgets", "coresets with class budgets")):
        counts = [spearman(name, "val", which(kind))[3] for name in measured()]
        heads = [f"{name} (n = {count})" for name, count in zip(measured(), counts, strict=True)]
        found += [tables.line([words, *heads]), tables.line(["---"] * (len(heads) + 1))]
        for proxy, told in PROXIES.items():
            values = [spearman(name, proxy, which(kind)) for name in measured()]
            found.append(tables.line([told, *(f"{rho:.2f} ({low:.2f} to {high:.2f})" for rho, low, high, _ in values)]))
        found.append("")
    return "\n".join(found)
