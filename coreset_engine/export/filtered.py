"""The samples that a filter over signals finds, as tables: row by row, and how many of every class."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coreset_engine.analysis.classes import class_counts
from coreset_engine.analysis.signal_filter import numbers_in, value
from coreset_engine.export.coreset import label_columns
from coreset_engine.sources import Sources


def filter_table(found: NDArray[np.bool_], sources: Sources, text: str, names: tuple[str, ...]) -> pd.DataFrame:
    """Return the samples that a filter finds, ascending: index, label, class_name and every number that the filter reads.

    Args:
        found: (N,) of `analysis.signal_filter.matching`.
        sources: of a run.
        text: the filter.
        names: of the classes.

    Raises:
        EngineError: a number can't be computed for these runs.
    """
    rows = np.flatnonzero(found)
    columns = {"index": rows, **label_columns(sources.dynamics[0].labels, names, rows)}
    return pd.DataFrame(columns | {name: value(sources, name)[rows] for name in numbers_in(text)})


def filter_counts(found: NDArray[np.bool_], labels: NDArray[np.integer], names: tuple[str, ...]) -> pd.DataFrame:
    """Return how many samples of every class a filter finds: class, matching, samples, and which share that is.

    Args:
        found: (N,) of `matching`.
        labels: (N,) classes, or (N, L) zeros and ones: a sample of several counts for each of them.
        names: of the classes.
    """
    counts = class_counts(labels, len(names), found)
    share = counts[:, 1] / np.maximum(1, counts[:, 0])
    return pd.DataFrame({"class": names, "matching": counts[:, 1], "samples": counts[:, 0], "share": share})
