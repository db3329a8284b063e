"""Results as tables: labels that tell rows apart, means and spread over the seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from coreset_engine import budgets, methods, selection, training_modes
from coreset_engine.config import USUAL
from coreset_engine.results import stored

if TYPE_CHECKING:
    import pandas as pd

GROUP = ["data", "dataset", "dataset_sha256", "architecture", "epochs", "method", "label", "rule", "rate"]
FIGURES = {  # metric -> what it is, split and epoch rule
    "test_acc_best_val": "test accuracy at the best val epoch",
    "test_acc_last": "test accuracy at the last epoch",
    "val_acc_best": "val accuracy at its best epoch",
    "val_acc_last": "val accuracy at the last epoch",
    "test_auc_best_val": "test AUC at the best val epoch",
    "test_bal_acc_best_val": "test balanced accuracy at the best val epoch",
    "test_bal_acc_last": "test balanced accuracy at the last epoch",
    "test_ece_best_val": "test calibration error at the best val epoch",
    "test_kappa_best_val": "test quadratic kappa at the best val epoch",
    "test_kappa_last": "test quadratic kappa at the last epoch",
}
LOWER_IS_BETTER = frozenset({"test_ece_best_val"})  # the one place that says so; of all other figures higher is better
# not searched: long, or said by the label
UNSEARCHED = frozenset({"curve", "recipe", "versions", "options", "rule_options"}) | {
    f"test_confusion_{rule}" for rule in ("last", "best_val")
}
REFERENCES = ("full", "random")  # a row of these does not depend on the run


def label(row: dict[str, Any]) -> str:
    """Return how a row's method and options read, e.g. "eva 1/190 K10" or "random"."""
    if row["method"] == "full":
        mode = row.get("mode")
        return f"{training_modes.parse(mode).label if isinstance(mode, str) else 'full'}{_more(row)}"
    text = methods.label_of(row["method"], row["options"], row["seed"])
    text += f" mean of {1 + len(row['average'])} runs" if row["average"] else ""
    text += _more(row)
    if row["rule"] == "top":
        return text
    return (
        f"{text} [{row['rule']}{methods.unusual(row['rule_options'], selection.get(row['rule']).options, row['seed'])}]"
    )


def _more(row: dict[str, Any]) -> str:
    """Return what a row's training had besides a method and a rule: weights, another snapshot or loss, class budgets."""
    words = {"weighting": "weighted {}", "snapshot": "after epoch {:g}"}
    text = "".join(f" {words[name].format(row[name])}" for name in words if row.get(name) is not None)
    text += named_loss(loss_of(row))
    text += "".join(f", {word}" for word in budgets.row_words(row))
    without = taken_out(row)
    return f"{text} without {without}" if without else text


def taken_out(row: dict[str, Any]) -> str:
    """Return which samples a row was trained without, as "40 rows (doubtful, efef)"; "" for none."""
    excluded = row.get("excluded")
    if not excluded:
        return ""
    # a set can change under its name, so that the name alone would not tell two rows apart
    name = f"{row['excluded_set']}, " if row.get("excluded_set") else ""
    return f"{excluded['rows']:,} rows ({name}{excluded['sha256'][:4]})"


def loss_of(row: dict[str, Any]) -> str:
    """Return the loss that a row was trained with: cross-entropy where its recipe names none."""
    return str((row.get("recipe") or {}).get("loss", USUAL["loss"]))


def named_loss(loss: str) -> str:
    """Return what follows the name of a method that was trained with a loss: nothing for cross-entropy."""
    return "" if loss == USUAL["loss"] else f", {loss} loss"


def frame(found: list[dict[str, Any]] | None = None, *, modes: bool = False) -> pd.DataFrame:
    """Return rows as a table with `label`, `without` (see `taken_out`), `epochs`, ... beside the configuration.

    Args:
        found: as `rows` gives them; None for all.
        modes: whether trainings in a mode are among them, which no comparison of coresets may count, see `modes.modes`.

    Returns:
        One line a row; empty without rows.
    """
    import pandas as pd

    every = stored.rows() if found is None else found
    table = [dict(row) for row in every if modes or not row.get("mode")]
    _name_exclusions(table)
    for row in table:
        row |= {"label": label(row), "without": taken_out(row)}
        row["data"] = f"{row['dataset']} (synthetic)" if row["synthetic"] else row["dataset"]
        row |= USUAL | row["recipe"]
    if not table:
        return pd.DataFrame()
    told = _told_apart(pd.DataFrame(table))
    return told.assign(**{name: np.nan for name in FIGURES if name not in told})  # rows from before it was measured


def modes_only(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that were trained in a mode."""
    return table[table["mode"].notna()] if "mode" in table else table.iloc[:0]


def without_modes(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of coresets and of plain trainings on the full data."""
    return table[table["mode"].isna()] if "mode" in table else table


def _name_exclusions(table: list[dict[str, Any]]) -> None:
    """Give rows that were trained without the same samples one name for them, the newest, so that their labels agree."""
    names = {row["excluded"]["sha256"]: row["excluded_set"] for row in table
             if row.get("excluded_set") and row.get("excluded")}  # fmt: skip
    for row in table:
        if row.get("excluded"):
            row["excluded_set"] = names.get(row["excluded"]["sha256"], "")


def _told_apart(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with run, rate or batch behind a label that would otherwise mean two different things.

    Rows of one label and selection rate are averaged as seeds, so they must not differ in anything else.
    """
    owner = ["dataset_sha256", "architecture", "epochs", "label"]
    table["recorded"] = [", ".join(states) for states in table["dynamics"]]
    names = {"run": "of {}", "recorded": "recorded {}", "learning_rate": "lr {:g}", "warmup": "warm-up {:g}"}
    names |= {"momentum": "momentum {:g}", "weight_decay": "wd {:g}", "augment": "augment {}", "precision": "{}"}
    names |= {"augmentation": "{}", "schedule": "{}", "drop_last": "last batch dropped: {}"}
    names |= {"normalisation": "normalisation {}", "nesterov": "Nesterov {}", "view": "{}"}
    for column, words in (names | {"batch_size": "batch {}"}).items():
        # a batch may differ from rate to rate, since it shrinks with the coreset; all else is one line's
        group = [*owner, "rate"] if column == "batch_size" else owner
        values = table.groupby(group)[column].transform("nunique")
        mixed = values.groupby([table[name] for name in owner]).transform("max") > 1
        labels = zip(table["label"], table[column], mixed, strict=True)
        table["label"] = [f"{label} {words.format(value)}" if differs else label for label, value, differs in labels]
    return table


def matching(rows: pd.DataFrame, text: str) -> pd.DataFrame:
    """Return the rows in which every word of `text` occurs, in whatever is told of a row, its note included."""
    words = text.lower().split()
    if not words:
        return rows
    shown = rows.drop(columns=[name for name in UNSEARCHED if name in rows])
    whole = (" ".join(map(str, line)).lower() for line in shown.itertuples(index=False))
    return rows[[all(word in line for word in words) for line in whole]]


def summarise(table: pd.DataFrame) -> pd.DataFrame:
    """Return mean, sample standard deviation and n over the seeds of every configuration, as `GROUP` tells them apart.

    Collapsed runs are counted in `collapsed` and left out of means and n. `<figure>_n` counts the rows that have the figure:
    fewer than n where some were made before it was measured.
    """
    import pandas as pd

    if table.empty:
        return pd.DataFrame(columns=[*GROUP, "n", "collapsed"])
    collected = []
    for names, group in table.groupby(GROUP, sort=False):
        good = group[~group["collapsed"].astype(bool)]
        entry = dict(zip(GROUP, names, strict=True)) | {"n": len(good), "collapsed": len(group) - len(good)}
        entry["samples"] = int(group["samples"].iloc[0])
        entry |= {name: group[name].iloc[0] for name in ("run", "without")}
        for figure in FIGURES:
            values = good[figure].to_numpy(float)
            values = values[~np.isnan(values)]
            entry[figure] = float(values.mean()) if len(values) else np.nan
            entry[f"{figure}_std"] = float(values.std(ddof=1)) if len(values) > 1 else np.nan
            entry[f"{figure}_n"] = len(values)
        collected.append(entry)
    return pd.DataFrame(collected)


def data_names(table: pd.DataFrame) -> pd.Series:
    """Return how each row's data set is told from others of its name: by the beginning of its hash behind it."""
    return table["data"] + " " + table["dataset_sha256"].str.slice(0, 8)


def ordered(summary: pd.DataFrame) -> pd.DataFrame:
    """Return what `summarise` returns by data set, network, epochs and rate; at each rate Random first, full data last."""
    if summary.empty:
        return summary
    rank = summary["method"].map({"random": 0, "full": 2}).fillna(1)
    by = ["data", "dataset_sha256", "architecture", "epochs", "rate", "_rank", "label"]
    return summary.assign(_rank=rank).sort_values(by, kind="stable").drop(columns="_rank")


def across_architectures(summary: pd.DataFrame, figure: str = "val_acc_best") -> pd.DataFrame:
    """Return one line a method, rate and data set, and one column an architecture: mean ± deviation (n) in percent.

    This is the cross-architecture table of the papers: coresets chosen by one network, trained with others.

    Args:
        summary: what `summarise` returns.
        figure: one of FIGURES, a share of 1.
    """
    import pandas as pd

    if summary.empty:
        return pd.DataFrame(columns=["data", "epochs", "label", "rate"])
    columns = (summary[name] for name in (figure, f"{figure}_std", f"{figure}_n"))
    cells = [
        f"{100 * mean:.2f}" + ("" if np.isnan(spread) else f" ± {100 * spread:.2f}") + f" (n = {n})" if n else "-"
        for mean, spread, n in zip(*columns, strict=True)
    ]
    wide = summary.assign(cell=cells).pivot_table(
        index=["data", "epochs", "label", "rate"], columns="architecture", values="cell", aggfunc="first", sort=False
    )
    return wide.fillna("-").reset_index().rename_axis(columns=None)


def usual_epochs(rows: pd.DataFrame) -> int:
    """Return the number of epochs that most rows were trained for; of two the larger."""
    counts = rows["epochs"].value_counts()
    return int(max(counts.index, key=lambda epochs: (counts[epochs], epochs)))
