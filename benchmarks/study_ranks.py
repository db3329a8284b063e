"""Which proxy ranks coresets as retraining does: rank correlations with their intervals, from the study's rows."""

import csv
import math
import sys
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np
import study_numbers as numbers
import study_tables as tables
import yaml
from numpy.typing import NDArray

from coreset_engine.results import statistics

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


@cache
def subsets(name: str) -> dict[tuple[str, str, str], dict[str, float]]:
    """Return what is known of every coreset of a set at 2 to 10 %, by line, rate and draw: proxies and test figures."""
    with (tables.FOLDER / "proxies" / f"{name}_lenet.csv").open(newline="") as source:
        read = list(csv.DictReader(source))
    found = {
        (row["line"], row["rate"], row["selection_seed"]): {key: float(row[key]) for key in PROXIES if key in row}
        for row in read
    }
    for figure, told in ((numbers.GOAL, "test"), ("val_bal_acc_last", "val")):
        for (one, _, rate), lines in numbers.cells(figure).items():
            for line, values in lines.items() if one == name else ():
                for (_, draw, training), value in values.items():
                    if (line, rate, draw) in found:
                        found[line, rate, draw][f"{told} {training}"] = value
    return {
        key: known | {"retrained": known["test 1"], "val": known["val 1"]}
        for key, known in found.items()
        if {"test 0", "test 1"} <= set(known)
    }


def centred(values: NDArray[np.float64]) -> NDArray[np.float64]:
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
    for rate in numbers.LOW:
        here = [place for place, key in enumerate(keys) if key[1] == rate]
        rows = [known[keys[place]] for place in here]
        other = ("test 0",) if proxy in ("retrained", "val") else ("test 0", "test 1")
        own[here] = centred(np.array([row[proxy] for row in rows]))
        target[here] = centred(np.array([np.mean([row[one] for one in other]) for row in rows]))
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
        found[within == one] = centred(values[within == one])
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
