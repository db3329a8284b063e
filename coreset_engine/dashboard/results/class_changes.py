"""How recall and confusion of the classes read: a mean can stay while a class is lost. Without Streamlit."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coreset_engine.dashboard.shell.texts import markdown_safe
from coreset_engine.results.confusions import Change, weights_of
from coreset_engine.results.recalls import FALL, rule_of

SHOWN = 3  # warnings before the rest is folded away
NAMED = 3  # changes in a sentence
LEAST = 0.5  # points from which a change is told
NAMES = {"test_last": "test, last epoch", "test_best_val": "test, best val epoch"}
NAMES |= {"val_last": "val, last epoch", "val_best": "val, its best epoch"}


def split_of(metric: str) -> str:
    """Return split and epoch rule of a metric in words."""
    return NAMES["_".join(rule_of(metric))]


def confusion_split_of(metric: str) -> str:
    """Return split and epoch rule of the confusion that goes with a metric."""
    return NAMES[f"test_{weights_of(metric)}"]


def warnings(table: pd.DataFrame, names: tuple[str, ...]) -> list[str]:
    """Return a sentence for every coreset on which a class falls by more than 10 points, the furthest fall first.

    Args:
        table: what `class_recalls` gives.
        names: of the classes.
    """
    lost = table[table["lost"]].sort_values("fall", ascending=False, kind="stable")
    return [_warning(label, rate, group, names) for (label, rate), group in lost.groupby(["label", "rate"], sort=False)]


def _warning(label: str, rate: float, group: pd.DataFrame, names: tuple[str, ...]) -> str:
    """Return which classes of one coreset are lost, and what its accuracy does meanwhile."""
    lost = ", ".join(
        f"{markdown_safe(names[row['class']])} by {100 * row['fall']:.0f} points"
        for row in group.head(NAMED).to_dict("records")
    )
    more = f" and {len(group) - NAMED} more" if len(group) > NAMED else ""
    mean = group["mean_fall"].iloc[0]
    moves = f"falls by {100 * mean:.1f} points" if mean >= 0 else f"rises by {-100 * mean:.1f} points"
    joint = ", and" if mean > FALL else " only, but" if mean >= 0 else ", but"
    return (
        f"{markdown_safe(label)} at α = {100 * rate:.3g} %: the accuracy {moves}{joint} recall falls in {lost}{more} "
        f"(n = {group['n'].iloc[0]})."
    )


def pairs_of(table: pd.DataFrame) -> list[tuple[str, float]]:
    """Return label and rate of the coresets in a table, each once."""
    return list(dict.fromkeys(zip(table["label"], table["rate"], strict=True)))


def by_text(coresets: list[tuple[str, float]]) -> dict[str, tuple[str, float]]:
    """Return coresets, label and rate, by how they read in a list: with as many digits as tell them apart."""
    for digits in (3, 6, 17):
        found = {f"{label}, {100 * rate:.{digits}g} %": (label, rate) for label, rate in coresets}
        if len(found) == len(coresets):
            break
    return found


def worst(table: pd.DataFrame) -> tuple[str, float]:
    """Return label and rate of the coreset on which a class falls furthest.

    Args:
        table: what `class_recalls` gives, not empty.
    """
    falls = table["fall"].dropna()
    row = table.loc[falls.idxmax() if len(falls) else table.index[0]]
    return row["label"], row["rate"]


def confusion_in_words(found: Change, names: tuple[str, ...]) -> str:
    """Return the largest changes of one class being taken for another in words, with n."""
    wrong = np.where(np.eye(len(names), dtype=bool), 0.0, np.nan_to_num(found.points))
    order = np.argsort(-np.abs(wrong), axis=None, kind="stable")[:NAMED]
    changes = []
    for label, predicted in zip(*np.unravel_index(order, wrong.shape), strict=True):
        points = wrong[label, predicted]
        if abs(points) >= LEAST:
            often = "more" if points > 0 else "less"
            changes.append(f"{names[label]} is taken for {names[predicted]} {abs(points):.0f} points {often} often")
    seeds = f"n = {found.n}" + (f", full data n = {found.full_n}" if found.full_n != found.n else "")
    if not changes:
        return (
            f"No class is taken for another more than {LEAST:g} points more or less often than on full data ({seeds})."
        )
    return f"Largest changes: {'; '.join(changes)} ({seeds})."


def most_changed(points: NDArray[np.float64], most: int) -> list[int]:
    """Return the classes whose row or column of a confusion (C, C) changes most, at most so many, in their order."""
    size = np.nan_to_num(np.abs(points))
    change = np.maximum(size.max(axis=0), size.max(axis=1))
    found: list[int] = np.sort(np.argsort(-change, kind="stable")[:most]).tolist()
    return found
