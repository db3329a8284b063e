"""Tables of the study from its rows; benchmarks/study_page.py writes them into docs/study.md."""

import csv
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from coreset_engine.results import statistics

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "benchmarks" / "study"
PLAN = ROOT / "benchmarks" / "study.yaml"

WITHIN = ("herding", "k-center")  # methods of lines without budgets that pick within each class
Row = dict[str, str]
Cell = tuple[str, str, str]  # set, architecture, rate


@dataclass(frozen=True)
class Setting:
    """Rows that may be held against each other: one network, one recording, and at most one variant of the plan."""

    told: str
    architecture: str = "lenet"
    recording: str = "0"
    variant: str = ""


SETTINGS = {
    "lenet": Setting("LeNet"),
    "second": Setting("LeNet, another recording", recording="1"),
    "third": Setting("LeNet, a third recording", recording="2"),
    "fourth": Setting("LeNet, a fourth recording", recording="3"),
    "fifth": Setting("LeNet, a fifth recording", recording="4"),
    "sixth": Setting("LeNet, a sixth recording", recording="5"),
    "resnet8": Setting("ResNet-8", architecture="resnet8"),
    "second resnet8": Setting("ResNet-8, another recording", architecture="resnet8", recording="1"),
    "third resnet8": Setting("ResNet-8, a third recording", architecture="resnet8", recording="2"),
    "fourth resnet8": Setting("ResNet-8, a fourth recording", architecture="resnet8", recording="3"),
    "transfer": Setting("ResNet-8 on LeNet's coresets", architecture="resnet8", variant="transfer"),
    "noise": Setting("LeNet, a fifth of the labels wrong", variant="noise"),
    "folds": Setting("LeNet, the cut by networks that have not seen the sample", variant="folds"),
    "large-batch": Setting("LeNet, batches of 256", variant="large-batch"),
    "held-out": Setting("LeNet, sets that nothing was chosen on", variant="held-out"),
    "dropped": Setting("LeNet, last batches not recorded", variant="dropped"),
}

NETWORKS = {  # a network's settings that differ in nothing but the recording
    "LeNet": ("lenet", "second", "third", "fourth", "fifth", "sixth"),
    "ResNet-8": ("resnet8", "second resnet8", "third resnet8", "fourth resnet8"),
}


def rows(setting: str = "lenet") -> list[Row]:
    """Return the rows of a setting; a training that collapsed to one class is an outcome like any other."""
    asked = SETTINGS[setting]
    found = []
    for file in sorted((FOLDER / asked.variant).glob(f"*_{asked.architecture}.csv")):
        with file.open(newline="") as source:
            found += [row for row in csv.DictReader(source) if row["recording"] == asked.recording]
    return found


def reference_of(line: str, lines: dict[str, dict]) -> str:
    """Return the line of Random under the same class budgets and cut-off, "" where the plan has none.

    What picks within each class by itself gives classes places in proportion, as stratified Random does.
    """
    asked = {name: lines[line].get(name) for name in ("class_budget", "hard_cutoff")}
    if lines[line]["method"] in WITHIN and asked["class_budget"] is None:
        asked["class_budget"] = "proportional"
    return _random(lines, asked)


def uncut_of(line: str, lines: dict[str, dict]) -> str:
    """Return the line of Random under the same class budgets without a cut-off, "" where the line has none either."""
    given = lines[line]
    return (
        _random(lines, {"class_budget": given.get("class_budget"), "hard_cutoff": None})
        if "hard_cutoff" in given
        else ""
    )


def _random(lines: dict[str, dict], own: dict[str, object]) -> str:
    """Return the line of Random with given class budgets and cut-off, "" for none."""
    for name, other in lines.items():
        if other["method"] == "random" and {key: other.get(key) for key in own} == own:
            return name
    return ""


def by_cell(found: list[Row], figure: str) -> dict[Cell, dict[str, dict[tuple[str, str, str], float]]]:
    """Return every figure in percent by cell, line, and (recording, selection seed, training seed)."""
    cells: dict[Cell, dict[str, dict[tuple[str, str, str], float]]] = defaultdict(lambda: defaultdict(dict))
    for row in found:
        cell = (row["set"], row["architecture"], row["rate"])
        seeds = (row["recording"], row["selection_seed"], row["training_seed"])
        cells[cell][row["line"]][seeds] = 100 * float(row[figure])
    return cells


def differences(own: dict[tuple[str, str, str], float], other: dict[tuple[str, str, str], float]) -> list[float]:
    """Return own less other by pairs of seeds; what draws nothing is held against the mean over the other's draws."""
    drawn = {seeds[1] for seeds in own}
    if drawn == {""}:
        found = []
        for (recording, _, training), value in own.items():
            draws = [one for (r, _, t), one in other.items() if (r, t) == (recording, training)]
            found += [value - float(np.mean(draws))] if draws else []
        return found
    return [value - other[seeds] for seeds, value in own.items() if seeds in other]


def means(setting: str, lines: dict[str, dict], figure: str) -> str:
    """Return mean ± sd (n) of every line of a setting."""
    found = rows(setting)
    cells = by_cell(found, figure)
    heads = [cell for cell in sorted(cells) if cell[2] != "1.0"]
    fallen = sum(row["collapsed"] == "True" for row in found)
    told = SETTINGS[setting].told
    parts = [
        f"**{told}**, mean ± sd (n), %; {fallen} of {len(found):,} trainings ended in one class\n",
        line(["", *(f"{name} {_percent(rate)}" for name, _, rate in heads)]),
        line(["---"] * (len(heads) + 1)),
    ]
    for name in lines:
        values = [
            list((cells[cell] if name != "full" else cells[cell[0], cell[1], "1.0"])[name].values()) for cell in heads
        ]
        if any(values):
            parts.append(line([name, *map(spread, values)]))
    return "\n".join([*parts, ""])


def against_random(setting: str, lines: dict[str, dict], figure: str) -> str:
    """Return every line's difference from Random: the fitting one, that without the cut-off, and stratified Random.

    Pooled is over sets: the mean of each set's cells at 2 to 10 %, with the t-interval over the sets. In brackets stand the
    cells whose paired difference differs from 0 (Holm over all cells of the line): below, above, and all.
    """
    cells = by_cell(rows(setting), figure)
    heads = ["", "fitting Random", "from it", "from it without the cut", "from stratified Random"]
    here = [cell for cell in sorted(cells) if float(cell[2]) <= 0.1]
    parts = [f"**{SETTINGS[setting].told}**, points, α = 2 to 10 %\n", line(heads), line(["---"] * len(heads))]
    for name in lines:
        if name == "full" or not any(name in cells[cell] for cell in here):
            continue
        fitting = reference_of(name, lines)
        told = ["itself" if fitting == name else fitting]
        for other in ("" if fitting == name else fitting, uncut_of(name, lines), "random stratified"):
            pairs = {cell: differences(cells[cell][name], cells[cell][other]) for cell in here if other}
            told.append(_told(pairs) if other != name else "–")
        parts.append(line([name, *told]))
    return "\n".join([*parts, ""])


def at_rate(found: list[Row], names: tuple[str, ...], rate: str, figures: tuple[str, str]) -> str:
    """Return mean ± sd (n) of some lines at one rate, by two figures, set by set."""
    first, second = (by_cell(found, figure) for figure in figures)
    heads = [cell for cell in sorted(first) if cell[2] == rate]
    parts = [line(["", *(cell[0] for cell in heads)]), line(["---"] * (len(heads) + 1))]
    for name in names:
        told = [" / ".join(spread(list(cells[cell][name].values())) for cells in (first, second)) for cell in heads]
        parts.append(line([name, *told]))
    return "\n".join(parts)


def _told(pairs: dict[Cell, list[float]]) -> str:
    """Return the pooled difference and in how many cells it is clear."""
    return f"{_pooled(pairs)} [{counts(pairs)}]" if any(pairs.values()) else "–"


def counts(own: dict[Cell, list[float]]) -> str:
    """Return in how many cells a difference is clear, below and above, of how many."""
    tests = [statistics.paired(values, np.zeros(len(values))) for values in own.values() if values]
    corrected = statistics.holm([test.p for test in tests])
    clear = [test.difference.mean for test, p in zip(tests, corrected, strict=True) if p < 1 - statistics.LEVEL]
    return f"{sum(d < 0 for d in clear)} / {sum(d > 0 for d in clear)} / {len(tests)}" if tests else "–"


def _pooled(own: dict[Cell, list[float]]) -> str:
    """Return the mean over sets of the mean over a set's cells, with its interval."""
    by_set: dict[str, list[float]] = defaultdict(list)
    for (name, _, _), values in own.items():
        if values:
            by_set[name].append(float(np.mean(values)))
    if not by_set:
        return "–"
    found = statistics.interval([float(np.mean(values)) for values in by_set.values()])
    shown = f"{found.low:+.1f} to {found.high:+.1f}; {found.n} sets" if found.n > 1 else "one set"
    return f"{found.mean:+.1f} ({shown})"


def spread(values: list[float]) -> str:
    """Return mean ± sd (n)."""
    if not values:
        return "–"
    sd = f" ± {np.std(values, ddof=1):.1f}" if len(values) > 1 else ""
    return f"{np.mean(values):.1f}{sd} ({len(values)})"


def _percent(rate: str) -> str:
    """Return a rate in percent."""
    return f"{100 * float(rate):g} %"


def line(cells: list[str]) -> str:
    """Return a line of a Markdown table."""
    return f"| {' | '.join(cells)} |"
