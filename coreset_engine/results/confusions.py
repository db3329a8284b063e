"""Which class is taken for which on a coreset, beside a training on all data."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coreset_engine.results.references import on_all_data


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
    """Return the epoch rule whose confusion goes with a figure: kept are those on test, with the same weights."""
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
    kept = rows[~rows["collapsed"].astype(bool) & rows[name].map(lambda value: isinstance(value, list))]
    part = kept[(kept["label"] == label) & (kept["rate"] == rate)]
    full = on_all_data(kept, part)
    if part.empty or full.empty:
        return None
    points = 100 * (_shares(part[name]).mean(axis=0) - _shares(full[name]).mean(axis=0))
    return Change(points, len(part), len(full))


def _shares(column: pd.Series) -> NDArray[np.float64]:
    """Return confusions as (rows, C, C) shares of the true class; NaN where the split has none of it."""
    counts = np.array(column.tolist(), np.float64)
    total = counts.sum(axis=2, keepdims=True)
    shares: NDArray[np.float64] = np.divide(counts, total, out=np.full_like(counts, np.nan), where=total > 0)
    return shares
