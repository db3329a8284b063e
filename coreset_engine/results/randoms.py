"""The kinds of Random, and which of them a coreset has to beat: the one under the same class budgets and cut-off."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine import budgets

if TYPE_CHECKING:
    import pandas as pd

UNIFORM, STRATIFIED, EQUAL = "Random, uniform", "Random, stratified", "Random, equal per class"
_BY_BUDGET = {"proportional": STRATIFIED, "equal": EQUAL}
SEARCHED = ("halving", "racing", "model")  # what `found_by` says of rows that a search chose to train

_READ = ("label", "rate", "method", "rule", "rule_options", "options", "dataset_sha256", "architecture", "recipe", "seed",
         "dynamics", "excluded", "without", "found_by", "snapshot", *budgets.OF_ROW)  # fmt: skip


@dataclass(frozen=True)
class Pairs:
    """One method and rate held against Random, seed by seed.

    Attributes:
        label, rate: of the coreset.
        against: the kind of Random.
        fitting: the kind that it should be held against; another one where there is no pair with this.
        values, references: (n,) of the pairs, in order.
        partners: (n,) what tells the trainings of Random apart.
        alone: rows without a partner.
        found_by: how the rows came about: "" planned, else the search; several are joined.
        without: which samples were taken out, in words; "" for none.
    """

    label: str
    rate: float
    against: str
    fitting: str
    values: NDArray[np.float64]
    references: NDArray[np.float64]
    partners: tuple[str, ...]
    alone: int
    found_by: str = ""
    without: str = ""


def fitting_kind(row: dict[str, Any]) -> str:
    """Return the kind of Random that a row has to beat: the one that fills the classes as its own coreset does.

    A method that picks within classes, under class budgets, by the rule balanced or by itself, is held against a draw
    within classes; all others, and rules whose shares of the classes follow from the scores, against a draw from all
    samples. Behind a hard cut-off the draw is from what the same cut-off leaves, and class budgets that read a snapshot are
    those of the same epoch.
    """
    shared = budgets.given(row)
    budget, by_group = shared.pop("class_budget", "none"), shared.pop("group_budget", "none")
    behind = "".join(f", {word}" for word in budgets.words(**shared))
    if by_group != "none":
        own = {"group_budget": by_group, "groups": row.get("groups")}
        return f"Random, {budgets.row_words(own)[0]}{behind}"
    if budget != "none":
        epoch = row.get("snapshot") if budgets.reads_snapshot(budget) else None
        behind += "" if epoch is None or epoch != epoch else f", after epoch {epoch:g}"  # NaN in a table
        return f"{_BY_BUDGET.get(budget) or f'Random, {budgets.words(budget)[0]}'}{behind}"
    if row["rule"] == "balanced":
        return f"{EQUAL if row['rule_options'].get('budget') == 'equal' else STRATIFIED}{behind}"
    return f"{STRATIFIED if row['options'].get('balanced') is True else UNIFORM}{behind}"


def kind_of(row: dict[str, Any]) -> str:
    """Return which kind of Random a row is, "" for none: Random under another rule is a coreset of that rule."""
    plain = row["method"] == "random" and row["rule"] in ("top", "balanced")
    return fitting_kind(row) if plain else ""


def paired(good: pd.DataFrame, figure: str) -> Iterator[Pairs]:
    """Yield every method and rate beside the Random that fits it, or, where there is no pair with that, uniform Random.

    Random under budgets, behind a cut-off or within classes is held against uniform Random: what these add. Paired are rows
    of the same images, network, epochs and recipe, rate, seed and excluded samples: the same seed gives both networks the
    same first weights. Of several Randoms whose budgets or cut-off read a run, that of the row's own run.

    Args:
        good: rows as `results.frame` gives them, without those that do not count.
        figure: column of the figure.
    """
    good = good[[name for name in dict.fromkeys((*_READ, figure)) if name in good]]  # the others make it slow
    partners = _partners(good, figure)
    for (label, rate), group in good[good["method"] != "full"].groupby(["label", "rate"], sort=True):
        rows = group.to_dict("records")
        own_kind = kind_of(rows[0])
        if own_kind == UNIFORM:
            continue
        fitting = UNIFORM if own_kind else fitting_kind(rows[0])
        for kind in dict.fromkeys((fitting, UNIFORM)):
            found = [partners.get((kind, _place(row), run)) for row in rows for run in (_run_read(row), "")]
            nearest = [first or second for first, second in zip(found[::2], found[1::2], strict=True)]
            own = [(row[figure], *partner) for row, partner in zip(rows, nearest, strict=True) if partner]
            if own:
                break
        kind = kind if own else fitting
        values, references = (np.array([pair[side] for pair in own], np.float64) for side in (0, 1))
        yield Pairs(
            label,
            rate,
            kind,
            fitting,
            values,
            references,
            tuple(place for _, _, place in own),
            len(rows) - len(own),
            found_by(group),
            str(rows[0].get("without", "")),
        )


def found_by(rows: pd.DataFrame) -> str:
    """Return how rows came about: "" where all were planned, else the searches that asked for them."""
    if "found_by" not in rows:
        return ""
    return ", ".join(sorted({str(name) for name in rows["found_by"].dropna() if name}))


def is_searched(rows: pd.DataFrame) -> pd.Series:
    """Return which rows a search chose to train; those that confirm its winner with fresh seeds are planned ones."""
    import pandas as pd

    return rows["found_by"].isin(SEARCHED) if "found_by" in rows else pd.Series(False, rows.index)


def _partners(good: pd.DataFrame, figure: str) -> dict[tuple[str, tuple[Any, ...], str], tuple[float, str]]:
    """Return Random's figure and what tells its training apart, by kind, what a partner must share, and the run it reads.

    A draw with the training's own seed goes first; by the run "" is found the one of any run.
    """
    found: dict[tuple[str, tuple[Any, ...], str], tuple[float, str]] = {}
    plain = good[good["method"] == "random"].to_dict("records")
    for row in sorted(plain, key=lambda row: row["options"].get("seed") == row["seed"]):
        if kind := kind_of(row):
            own = (kind, _place(row), _run_read(row))
            found[own] = found[*own[:2], ""] = row[figure], json.dumps(own)
    return found


def _run_read(row: dict[str, Any]) -> str:
    """Return the recording that a row's coreset, or its budgets and cut-off, are read from, "" for none."""
    return str(row["dynamics"][0]) if row["dynamics"] else ""


def _place(row: dict[str, Any]) -> tuple[Any, ...]:
    """Return what two rows must share to be a pair."""
    excluded = row["excluded"]["sha256"] if isinstance(row.get("excluded"), dict) else ""
    recipe = json.dumps(row["recipe"], sort_keys=True)
    return row["dataset_sha256"], row["architecture"], recipe, round(row["rate"], 9), row["seed"], excluded
