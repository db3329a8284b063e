"""Which class is taken for which on a coreset, beside a training on all data."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coreset_engine.results.references import on_all_data

# classes up to which a row holds every cell; of 1,000 nearly all are 0, and a row would take 6 MB
DENSE_CONFUSION = 100


@dataclass(frozen=True)
class Change:
    """How much more often a class is taken for another.

    Attributes:
        points: (C, C) share of the samples of a true class (row) that are taken for a class (column), in points more than
            after a training on all data; NaN in rows of classes that the split has none of.
        n, full_n: trainings on the coreset and on all data behind it.
    """

    points: NDArray[np.float64]
    n: int
    full_n: int


def weights_of(figure: str) -> str:
    """Return the epoch rule whose confusion goes with a figure: kept are those on test, of the best epoch by accuracy."""
    return "last" if figure.endswith("_last") else "best_val"


def confusion_change(rows: pd.DataFrame, label: str, rate: float, figure: str) -> Change | None:
    """Return what a coreset changes in the confusion; None where no row of it, or none on all data, keeps one.

    Mean over the seeds of the row-normalised confusion on the coreset, less the same on all data. Collapsed runs are left
    out, and so are rows from before the confusion was kept.

    Args:
        rows: as `results.frame` gives them, of one data set, network and number of epochs.
        label: of the coreset.
        rate: its α.
        figure: whose epoch rule counts.
    """
    name = f"test_confusion_{weights_of(figure)}"
    if name not in rows:
        return None
    kept = rows[~rows["collapsed"].astype(bool) & rows[name].map(lambda value: isinstance(value, (list, dict)))]
    part = kept[(kept["label"] == label) & (kept["rate"] == rate)]
    full = on_all_data(kept, part)
    if part.empty or full.empty:
        return None
    points = 100 * (_mean_shares(part[name]) - _mean_shares(full[name]))
    return Change(points, len(part), len(full))


def stored_confusion(counts: Sequence[Sequence[int]]) -> list[list[int]] | dict[str, Any]:
    """Return a confusion as a result row holds it: (C, C) up to `DENSE_CONFUSION` classes, beyond its cells that are not 0.

    Args:
        counts: (C, C) samples of the true class (row) that are taken for a class (column).

    Returns:
        `counts`, or {"classes": C, "cells": [[true class, taken for, samples], ...]}.
    """
    if len(counts) <= DENSE_CONFUSION:
        return [list(row) for row in counts]
    table = np.asarray(counts)
    true, taken = np.nonzero(table)
    return {"classes": len(table), "cells": np.stack([true, taken, table[true, taken]], axis=1).tolist()}


def counts_of(held: list[list[int]] | dict[str, Any]) -> NDArray[np.float64]:
    """Return what `stored_confusion` gave, or what a row from before held, as (C, C) counts."""
    if isinstance(held, list):
        return np.array(held, np.float64)
    counts = np.zeros((held["classes"], held["classes"]))
    true, taken, samples = np.array(held["cells"], np.int64).reshape(-1, 3).T
    counts[true, taken] = samples
    return counts


def _mean_shares(column: pd.Series) -> NDArray[np.float64]:
    """Return the mean over rows of the shares of the true class, (C, C); NaN where the split has none of it."""
    mean: NDArray[np.float64] | None = None
    for held in column:  # one by one: those of 1,000 classes take 8 MB each
        counts = counts_of(held)
        total = counts.sum(axis=1, keepdims=True)
        shares = np.divide(counts, total, out=np.full_like(counts, np.nan), where=total > 0)
        mean = shares if mean is None else mean + shares
    assert mean is not None  # there is a row
    return mean / len(column)
