"""What the Results page shows, as plain tables and sentences."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from coreset_engine import results
from coreset_engine.dashboard.shell.frame import markdown_safe
from coreset_engine.results.statistics import half_width

FIGURES = {
    "test_acc_best_val": "test accuracy at the best val epoch",
    "test_acc_last": "test accuracy at the last epoch",
    "val_acc_best": "val accuracy at its best epoch",
    "val_acc_last": "val accuracy at the last epoch",
    "test_auc_best_val": "test AUC at the best val epoch",
    "test_bal_acc_best_val": "test balanced accuracy at the best val epoch",
    "test_ece_best_val": "test calibration error at the best val epoch",
}


@dataclass(frozen=True)
class Choice:
    """The rows to compare, by which figure, and what was chosen to find them.

    Attributes:
        rows: of that data set, network and epochs, those of hidden methods among them.
        figure: of quality, one of `FIGURES`.
        data: name of the data set with the beginning of its hash.
        network, epochs: of the rows.
        hidden: labels of the methods that are not shown.
    """

    rows: pd.DataFrame
    figure: str
    data: str
    network: str
    epochs: int
    hidden: tuple[str, ...] = ()


def choose(table: pd.DataFrame) -> Choice:
    """Draw the filters and return what they leave; data set, network and epochs are never mixed."""
    names = results.data_names(table)
    data = st.selectbox("Data set", list(reversed(names.unique())), key="data", bind="query-params")
    rows = table[names == data]
    network = st.selectbox("Network", list(rows["architecture"].unique()), key="network", bind="query-params")
    rows = rows[rows["architecture"] == network]
    epochs = st.selectbox("Epochs", sorted(rows["epochs"].unique().tolist()), key="trained_epochs", bind="query-params")
    rows = rows[rows["epochs"] == epochs]
    titles = {title: name for name, title in FIGURES.items()}
    figure = titles[st.selectbox("Figure", list(titles), key="figure", bind="query-params")]
    known = sorted(rows["label"].unique())
    hidden = st.multiselect("Hide", known, key="hide", bind="query-params")
    return Choice(rows, figure, data, network, int(epochs), tuple(hidden))


def visible(rows: pd.DataFrame, chosen: Choice) -> pd.DataFrame:
    """Return rows, or lines that have a label, without those of hidden methods."""
    return rows[~rows["label"].isin(chosen.hidden)]


SPREADS = {"95 % interval": "half", "standard deviation": "std"}


def with_intervals(summary: pd.DataFrame) -> pd.DataFrame:
    """Return a summary with half the width of every mean's 95 % t-interval over the seeds, as `<figure>_half`."""
    for figure in FIGURES:
        spreads = zip(summary[f"{figure}_std"], summary[f"{figure}_n"], strict=True)
        summary = summary.assign(**{f"{figure}_half": [half_width(sd, n) for sd, n in spreads]})
    return summary


def title_of(figure: str) -> str:
    """Return a figure in words, as an axis names it: split, epoch rule, and the direction where lower is better."""
    return FIGURES[figure] + (", lower is better" if figure in results.LOWER_IS_BETTER else "")


def counted(summary: pd.DataFrame, figure: str) -> pd.DataFrame:
    """Return a summary whose n counts the rows that have a figure."""
    return summary.assign(n=summary[f"{figure}_n"])


def lacking(rows: pd.DataFrame, figure: str) -> str:
    """Return a sentence where retrainings that did not collapse have no such figure, else ""."""
    good = rows[~rows["collapsed"].astype(bool)]
    count = int(good[figure].isna().sum())
    if not count:
        return ""
    return (
        f"{count} of {len(good)} retrainings have no {FIGURES[figure].split(' at ')[0]}, mostly since they were made before "
        "it was measured. They do not count here; delete them below and train them again to have it."
    )


def choose_bars(can_publish: bool) -> tuple[str, bool]:
    """Draw what the bars are and whether published numbers are shown; return the bars' column ending, and that."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        bars = st.segmented_control(
            "Bars", list(SPREADS), default="95 % interval", required=True, key="bars", bind="query-params"
        )
        published = st.toggle(
            "Published numbers",
            key="published",
            bind="query-params",
            disabled=not can_publish,
            help="What papers report for this data set and network with 200 epochs, as a layer of its own. EVA's are best "
            "val accuracies and shown beside val accuracy at its best epoch only; those of TDDS and DeepCore beside test."
            if can_publish
            else "No paper at hand reports this data set, network and figure.",
        )
    return SPREADS[bars or "95 % interval"], bool(published and can_publish)


def remark(summary: pd.DataFrame, figure: str, bars: str = "std") -> str:
    """Return what one has to know to read the chart.

    Args:
        summary: what it shows.
        figure: of quality.
        bars: "half" where the bars are t-intervals, "std" where they are standard deviations.
    """
    counts = sorted(set(summary["n"].tolist()) - {0}) or [0]
    span = f"{counts[0]} to {counts[-1]} seeds" if len(counts) > 1 else f"{counts[0]} seed{'s' * (counts[0] != 1)}"
    text = f"n = {span}{'; no bar where n = 1' * (1 in counts)}. The best epoch is chosen on val, never on test."
    meaning = "95 % intervals of Student's t over the seeds" if bars == "half" else "one sample standard deviation"
    text += f" Small points: single retrainings. Bars and band: {meaning}, cut where no accuracy can be."
    if bars == "half" and 2 in counts:
        text += " Of two seeds such an interval is 9 standard deviations wide to either side: train more."
    if "_ece_" in figure:
        text += (
            " The calibration error is the expected one over 15 bins of the largest probability (arXiv:1706.04599): "
        )
        text += "0 where a network is right as often as it is sure; lower is better."
    if figure.startswith("val_acc_best"):
        text += " EVA's published accuracies are of this kind: best val epoch, not test."
    return text


def warnings(summary: pd.DataFrame) -> list[str]:
    """Return a sentence for every configuration with collapsed runs, which are left out of the means."""
    return [
        f"{markdown_safe(row['label'])} at α = {100 * row['rate']:.3g} %: {row['collapsed']} run(s) collapsed to one class "
        "and are left out of the mean. Try a lower learning rate or a smaller batch."
        for row in summary[summary["collapsed"] > 0].to_dict("records")
    ]


def summary_table(summary: pd.DataFrame) -> pd.DataFrame:
    """Return means and spreads for people: Random first, full data last."""
    ordered = results.ordered(summary)
    columns: dict[str, Any] = {
        "method": ordered["label"],
        "α": 100 * ordered["rate"],
        "M": ordered["samples"],
        "n": ordered["n"],
    }
    for name, figure in (
        ("val best", "val_acc_best"),
        ("test at best val", "test_acc_best_val"),
        ("test last", "test_acc_last"),
    ):
        columns[name] = 100 * ordered[figure]
        columns[f"sd {name}"] = 100 * ordered[f"{figure}_std"]
    return pd.DataFrame(columns | {"test AUC": ordered["test_auc_best_val"], "collapsed": ordered["collapsed"]})


def summary_columns() -> dict[str, Any]:
    """Return how the columns of `summary_table` are drawn."""
    names = [f"{prefix}{name}" for name in ("val best", "test at best val", "test last") for prefix in ("", "sd ")]
    columns = {name: st.column_config.NumberColumn(f"{name} (%)", format="%.2f") for name in names}
    return columns | _common_columns()


def row_table(rows: pd.DataFrame, count: int | None = None) -> pd.DataFrame:
    """Return the retrainings for people, the newest first; only the newest `count` when given."""
    last = rows.iloc[::-1].head(len(rows) if count is None else count)
    return pd.DataFrame(
        {
            "method": last["label"],
            "α": 100 * last["rate"],
            "M": last["samples"],
            "network": last["architecture"],
            "seed": last["seed"],
            "val best": 100 * last["val_acc_best"],
            "best epoch": last["best_epoch"],
            "test at best val": 100 * last["test_acc_best_val"],
            "test last": 100 * last["test_acc_last"],
            "test AUC": last["test_auc_best_val"],
            "batch": last["batch_size"],
            "device": last["device"],
            "seconds": last["seconds"],
            "collapsed": last["collapsed"].astype(bool),
            "run": last["run"],
            "note": last.get("note", ""),
            "created (UTC)": last["created"].str.slice(0, 16).str.replace("T", " "),
        }
    )


def row_columns() -> dict[str, Any]:
    """Return how the columns of `row_table` are drawn."""
    names = ("val best", "test at best val", "test last")
    columns = {name: st.column_config.NumberColumn(f"{name} (%)", format="%.2f") for name in names}
    return columns | _common_columns() | {"seconds": st.column_config.NumberColumn(format="%.0f")}


def _common_columns() -> dict[str, Any]:
    """Return the columns that both tables have."""
    return {
        "α": st.column_config.NumberColumn("α (%)", format="%.3g"),
        "M": st.column_config.NumberColumn(format="localized"),
        "test AUC": st.column_config.NumberColumn(format="%.4f"),
    }
