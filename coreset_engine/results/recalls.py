"""Recall class by class: a mean can stay while a class is lost."""

import numpy as np
import pandas as pd

from coreset_engine.results import statistics
from coreset_engine.results.references import on_all_data

FALL = 0.10  # of a class's recall, beyond which the class counts as lost, 0..1


def rule_of(figure: str) -> tuple[str, str]:
    """Return split and epoch rule of a figure, e.g. ("test", "best_val")."""
    split = figure.partition("_")[0]
    return split, next(rule for rule in ("best_val", "best", "last") if figure.endswith(rule))


def class_recalls(rows: pd.DataFrame, figure: str) -> pd.DataFrame:
    """Return the recall of every class on every coreset beside that on all data; empty without rows on all data.

    Compared is with `full` rows of the same excluded samples, or with all of them where there are none such.

    Args:
        rows: as `results.frame` gives them, of one data set, network and number of epochs.
        figure: whose split and epoch rule count. Recalls at the best epoch are those of the best by accuracy, also where the
            figure is balanced accuracy or kappa, whose own best epoch may be another.

    Returns:
        One line a method, rate and class: label, rate, class (number), n and full_n seeds, recall and full (0..1) with
        their sd, fall (full - recall), mean_fall, that of the accuracy, and lost: whether the class falls by more than
        10 points. Collapsed runs are left out.
    """
    split, rule = rule_of(figure)
    name, accuracy = f"{split}_recall_{rule}", f"{split}_acc_{rule}"
    good = rows[~rows["collapsed"].astype(bool)]
    full, parts = good[good["method"] == "full"], good[good["method"] != "full"]
    if full.empty or parts.empty or name not in rows:
        return pd.DataFrame(columns=["label", "rate", "class", "fall", "mean_fall", "lost"])
    found = []
    for (label, rate), group in parts.groupby(["label", "rate"], sort=True):
        whole = on_all_data(good, group)
        recall, reference = as_matrix(group[name]), as_matrix(whole[name])
        mean_fall = float(whole[accuracy].mean() - group[accuracy].mean())
        for number in range(recall.shape[1]):
            one, other = statistics.interval(recall[:, number]), statistics.interval(reference[:, number])
            entry = {"label": label, "rate": rate, "class": number, "n": one.n, "full_n": other.n, "recall": one.mean}
            entry |= {"sd": one.sd, "full": other.mean, "full_sd": other.sd, "fall": other.mean - one.mean}
            found.append(entry | {"mean_fall": mean_fall})
    table = pd.DataFrame(found)
    return table.assign(lost=table["fall"] > FALL)


def as_matrix(column: pd.Series) -> np.ndarray:
    """Return recalls as (rows, classes), NaN where the split has none of a class."""
    return np.array([[np.nan if value is None else value for value in one] for one in column], np.float64)
