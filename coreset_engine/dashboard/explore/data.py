"""What the Explore page offers and counts, without Streamlit."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine import argv, budgets, methods, scores
from coreset_engine.analysis.classes import ClassRate, class_counts
from coreset_engine.analysis.coresets import CHANGES, CUT, GROUPS, ORDER, members
from coreset_engine.budgets.hard_cutoff import BY
from coreset_engine.coreset import FULL, CoresetSpec
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.cached import SharedCoreset
from coreset_engine.dashboard.coresets.gallery_data import Group, Order, sort_orders, sorted_by
from coreset_engine.windows import Windows

MANY = 12  # classes up to which each says its kept rate
UNEVEN = 0.8  # share of α below which a class keeps notably little
RANK = "rank by the method"  # how a group is sorted at first


def groups(coreset: SharedCoreset, a: NDArray[np.bool_] | None) -> list[Group]:
    """Return the groups of samples that can be shown; those that changed only where A, (N,) its members, is pinned."""
    offered = (*GROUPS, *((CUT,) if coreset.cut is not None else ()), *(CHANGES if a is not None else ()))
    return [Group(name, partial(members, coreset, name, a), ORDER[name]) for name in offered]


def orders(spec: CoresetSpec) -> dict[str, Order]:
    """Return by what a group can be sorted: as it is, or by scores of other methods."""

    def by_score(method: str, highest: bool, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        return sorted_by(rows, cached.sources(spec.run, spec.average).score(method, {}), highest)

    found = {text: partial(by_score, method, highest) for text, (method, highest) in sort_orders().items()}
    return {RANK: lambda rows: rows} | found


def counts(coreset: SharedCoreset, a: NDArray[np.bool_] | None) -> NDArray[np.int64]:
    """Return (C, 2 or 3) samples of each class in all data, in the coreset, and in A, (N,), where one is pinned."""
    facts, labels = cached.info(coreset.spec.run), cached.dynamics(coreset.spec.run).labels
    return class_counts(labels, facts.classes, coreset.kept, *([] if a is None else [a]))


def range_of_classes(found: NDArray[np.int64], names: tuple[str, ...]) -> str:
    """Return how many samples the classes keep, from the fewest to the most, from what `counts` gave."""
    own = np.flatnonzero(found[:, 0] > 0)
    low, high = own[found[own, 1].argmin()], own[found[own, 1].argmax()]
    return f"Kept per class: {found[low, 1]:,} ({names[low]}) to {found[high, 1]:,} ({names[high]})."


def rates_in_words(rates: Sequence[ClassRate]) -> str:
    """Return the kept rates of the classes, the smallest first; of many classes the ends."""
    texts = [f"{one.name} {100 * one.rate:.3g} %" for one in rates]
    if len(texts) > MANY:
        texts = [*texts[: MANY // 2], f"{len(texts) - MANY} more", *texts[-MANY // 2 :]]
    return f"Kept of each class: {', '.join(texts)}."


def balancing(spec: CoresetSpec, rates: Sequence[ClassRate]) -> dict[str, str]:
    """Return the control that gives each class its share α, where the smallest kept rate is well below α; {} else."""
    shared = spec.rule == "balanced" or spec.class_budget != "none" or spec.method == FULL
    if shared or not rates or rates[0].rate > UNEVEN * spec.rate:
        return {}
    return {"class_budget": "proportional"} if methods.is_greedy(spec.method) else {"rule": "balanced"}


def absent(found: NDArray[np.int64], names: tuple[str, ...]) -> list[str]:
    """Return the classes that have samples and of which nothing is kept, from what `counts` gave."""
    return [names[c] for c in np.flatnonzero((found[:, 0] > 0) & (found[:, 1] == 0))]


RULES = ("top", "balanced")
BUDGETS = ("none", "proportional", "tempered", "equal")


def is_live(spec: CoresetSpec) -> bool:
    """Return whether the browser can follow a move of the windows or of α by itself."""
    score = scores.all_scores().get(spec.method)
    if score is None or not score.over_windows or not spec.windows or spec.average:
        return False
    plain = spec.hard_cutoff_by == BY and spec.group_budget == "none"
    return plain and spec.rule in RULES and budgets.parse(spec.class_budget).kind in BUDGETS


def live_state(spec: CoresetSpec) -> dict[str, Any]:
    """Return what the browser moves and scores of a coreset with windows, as `scripts/score.js` reads it.

    Without a form, windows can be moved, and all else follows when they are let go.
    """
    budget, form = budgets.parse(spec.class_budget), None
    if is_live(spec):
        form = "normalized" if spec.options.get("combine") == "normalized" else scores.get(spec.method).over_windows
    early, *late = spec.windows
    at = {"early": early.start, "late": late[0].start} if late else {"start": early.start}
    return at | {
        "length": early.length,
        "fixed": not late and "start" not in methods.get(spec.method).options,
        "rate": spec.rate,
        "form": form,
        "keep": methods.get(spec.method).keep,
        "rule": spec.rule,
        "ruleBudget": spec.rule_options.get("budget", "exact"),
        "budget": budget.kind,
        "tau": budget.tau,
        "cutoff": spec.hard_cutoff,
    }


def limits(state: Mapping[str, Any], epochs: int) -> dict[str, tuple[float, ...]]:
    """Return the lowest and the highest K and α, as the sidebar's controls have them, and the step of α.

    Args:
        state: what `live_state` gave.
        epochs: T of the run.
    """
    length = (2, min(50, epochs // 2 if "late" in state else epochs))
    return {"length": (1, epochs) if state["fixed"] else length, "rate": (0.01, 1.0, 0.01)}


def one_file_command(run: str, pair: Windows | None, rate: float) -> str:
    """Return the command that writes the one-file explorer of a run, opened at these windows and this rate."""
    at = ["--early", pair.early, "--late", pair.late, "--length", pair.length] if pair else []
    return argv.command("explore", run, *map(str, at), "--rate", repr(rate), "--out", "explorer.html")
