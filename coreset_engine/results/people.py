"""Tables and figures as people read them: shares in percent, and how each column is titled and written."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from coreset_engine.results.result_rows import FIGURES, LOWER_IS_BETTER, ordered

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from coreset_engine.results.statistics import Interval

NONE_COUNTS = "no training that counts (n = 0)"  # in place of a mean of none


class Column(NamedTuple):
    """How a column is shown.

    Attributes:
        title: above it, "" for its name.
        format: of its numbers, printf-like or "localized"; "" for text, and for numbers as they are. Of a metric, "{places}"
            stands for its decimal places, see `written`.
        help: what is to know about it.
        width: "small", "medium" or "large"; "" for that of what stands in it, as far as there is room.
    """

    title: str = ""
    format: str = ""
    help: str = ""
    width: Literal["", "small", "medium", "large"] = ""


# what a line is of; labels are long, and among many columns nothing else tells lines apart
LINE = {
    "method": Column(width="medium"),
    "α": Column("α (%)", "%.3g"),
    "without": Column(help="Samples that were taken out before the selection; empty for the whole set.", width="small"),
}
BY_ACCURACY = "At the best val epoch: with the weights of the best by accuracy, whatever the metric."
FIGURE = "%.{places}f"  # of whatever metric is asked for
DIFFERENCE = {name: Column(format="%+.{places}f") for name in ("difference", "low", "high")}
_ACCURACIES = {"val best": "val_acc_best", "test at best val": "test_acc_best_val", "test last": "test_acc_last"}
_SHARED = LINE | {
    "M": Column(format="localized"),
    "test AUC": Column(format="%.4f"),
    "test kappa": Column(format="%.4f"),
}
_PERCENT = {name: Column(f"{name} (%)", "%.2f") for name in _ACCURACIES}
ROW_COLUMNS = _PERCENT | _SHARED | {"seconds": Column(format="%.0f")}
TEST_BEST = "test best, optimistic"
ROW_COLUMNS |= {
    TEST_BEST: Column(f"{TEST_BEST} (%)", "%.2f", "The highest of all epochs: chosen by test, so optimistic.")
}
ROW_COLUMNS |= {"found by": Column(help="The search that asked for this training; empty where it was planned.")}
MEAN_COLUMNS = _PERCENT | {f"sd {name}": Column(f"sd {name} (%)", "%.2f") for name in _ACCURACIES} | _SHARED


def title_of(metric: str) -> str:
    """Return a metric in words, as an axis names it: split, epoch rule, and the direction where lower is better."""
    return FIGURES[metric] + (", lower is better" if metric in LOWER_IS_BETTER else "")


def line_columns(table: pd.DataFrame) -> dict[str, pd.Series]:
    """Return of what lines are, see `LINE`; what was taken out is a column of its own, since long labels are cut off.

    Args:
        table: has `label`, `rate` and `without`.
    """
    told = {"without": table["without"]} if table["without"].any() else {}
    return {"method": table["label"], "α": 100 * table["rate"], **told}


def difference_columns(table: pd.DataFrame, factor: float) -> dict[str, pd.Series]:
    """Return a difference with the ends of its interval as people read them, see `DIFFERENCE`.

    Args:
        table: has `difference` and `half`, half the width of the interval.
        factor: by which both are shown.
    """
    mean, half = table["difference"], table["half"]
    return {"difference": factor * mean, "low": factor * (mean - half), "high": factor * (mean + half)}


def factor_of(metric: str) -> float:
    """Return by what a metric is multiplied to be shown: shares in percent, AUC and kappa as they are."""
    return 1.0 if "_auc_" in metric or "_kappa_" in metric else 100.0


def mean_of(value: Interval, metric: str, *, gain: bool = False) -> str:
    """Return a mean with half its interval, where that is known, and n.

    Args:
        value: of the metric, or of a difference of it.
        metric: shares are told in percent, AUC and kappa as they are.
        gain: whether it is a difference, told with its sign and, of shares, in points.
    """
    if not value.n:
        return NONE_COUNTS
    factor = factor_of(metric)
    places, unit = (3, "") if factor == 1 else (1, " points" if gain else " %")
    half = f" ± {factor * value.half:.{places}f}" if math.isfinite(value.half) else ""
    return f"{factor * value.mean:{'+' if gain else ''}.{places}f}{unit}{half} (n = {value.n})"


def written(columns: Mapping[str, Column], metric: str) -> dict[str, Column]:
    """Return columns with the decimal places of a metric: two of percent and points, four of AUC and kappa."""
    places = "2" if factor_of(metric) == 100 else "4"
    return {name: one._replace(format=one.format.replace("{places}", places)) for name, one in columns.items()}


def mean_table(summary: pd.DataFrame) -> pd.DataFrame:
    """Return means and spreads as people read them, by `MEAN_COLUMNS`: Random first, full data last.

    Args:
        summary: what `results.summarise` returns.
    """
    import pandas as pd

    lines = ordered(summary)
    columns: dict[str, Any] = {
        **line_columns(lines),
        "M": lines["samples"],
        "n": lines["n"],
    }
    for name, metric in _ACCURACIES.items():
        columns[name] = 100 * lines[metric]
        columns[f"sd {name}"] = 100 * lines[f"{metric}_std"]
    last = _kappa(lines) | {"collapsed": lines["collapsed"]}
    return pd.DataFrame(columns | {"test AUC": lines["test_auc_best_val"]} | last)


def row_table(rows: pd.DataFrame, count: int | None = None) -> pd.DataFrame:
    """Return the retrainings as people read them, by `ROW_COLUMNS`, the newest first; only the newest `count` when given.

    Args:
        rows: as `results.frame` gives them.
        count: of lines.
    """
    import pandas as pd

    last = rows.iloc[::-1].head(len(rows) if count is None else count)
    best = 100 * last["test_acc_best"] if "test_acc_best" in last else None
    test_best = {TEST_BEST: best} if best is not None and best.notna().any() else {}
    found_by = {"found by": last["found_by"].fillna("")} if "found_by" in last and last["found_by"].any() else {}
    return pd.DataFrame(
        {
            **line_columns(last),
            "M": last["samples"],
            "architecture": last["architecture"],
            "seed": last["seed"],
            "val best": 100 * last["val_acc_best"],
            "best epoch": last["best_epoch"],
            "test at best val": 100 * last["test_acc_best_val"],
            "test last": 100 * last["test_acc_last"],
            **test_best,
            "test AUC": last["test_auc_best_val"],
            **_kappa(last),
            "batch": last["batch_size"],
            "device": last["device"],
            "seconds": last["seconds"],
            "collapsed": last["collapsed"].astype(bool),
            **found_by,
            "run": last["run"],
            "note": last.get("note", ""),
            "created (UTC)": last["created"].str.slice(0, 16).str.replace("T", " "),
        }
    )


def _kappa(rows: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the column of quadratic kappa where any row has it: those of classes that are grades."""
    name = "test_kappa_best_val"
    return {"test kappa": rows[name]} if name in rows and rows[name].notna().any() else {}
