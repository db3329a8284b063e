"""What the Overview page shows, as plain tables and sentences."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from coreset_engine import results
from coreset_engine.dashboard.frame import markdown_safe


def run_table(summaries: list[dict[str, Any]]) -> pd.DataFrame:
    """Return the readable runs as a table for people, the newest first."""
    good = sorted((row for row in summaries if not row["problem"]), key=lambda row: row["created"], reverse=True)
    return pd.DataFrame(
        {
            "explore": [f"/Explore?run={row['run']}" for row in good],
            "run": [row["run"] for row in good],
            "data set": [row["dataset"] + " (synthetic)" * row["synthetic"] or "imported" for row in good],
            "network": [row["architecture"] or "–" for row in good],
            "recorded": [row["epochs_done"] / row["epochs"] for row in good],
            "epochs": [row["epochs"] for row in good],
            "train samples": [row["samples"] for row in good],
            "classes": [row["classes"] for row in good],
            "val accuracy": [100 * row["val_accuracy"] for row in good],
            "seed": [row["seed"] for row in good],
            "MiB": [row["mebibytes"] for row in good],
            "created (UTC)": [row["created"][:16].replace("T", " ") for row in good],
        }
    )


def run_columns() -> dict[str, Any]:
    """Return how the columns of `run_table` are drawn."""
    return {
        "explore": st.column_config.LinkColumn("", display_text="Explore", width="small"),
        "recorded": st.column_config.ProgressColumn(
            "recorded", format="percent", min_value=0, max_value=1, width="small"
        ),
        "val accuracy": st.column_config.NumberColumn("val accuracy (last, %)", format="%.2f"),
        "train samples": st.column_config.NumberColumn(format="localized"),
        "MiB": st.column_config.NumberColumn(format="%.1f"),
    }


def problems(summaries: list[dict[str, Any]]) -> list[str]:
    """Return a sentence for every run that can't be read."""
    return [f"{row['run']}: {markdown_safe(row['problem'])}" for row in summaries if row["problem"]]


@dataclass(frozen=True)
class Figure:
    """One figure of the summary: what it is of, its value and its spread as text."""

    name: str
    value: str
    spread: str


def at_a_glance(table: pd.DataFrame) -> tuple[str, list[Figure]]:
    """Return a heading and the figures of the newest data set with results: full data, then the methods at one rate.

    The rate is the one with most methods, the lowest of several. Means over seeds, test accuracy at the best val epoch.
    """
    if table.empty:
        return "", []
    newest = table.iloc[-1]
    summary = results.summarise(table[table["dataset_sha256"] == newest["dataset_sha256"]])
    summary = summary[(summary["architecture"] == newest["architecture"]) & (summary["epochs"] == newest["epochs"])]
    summary = summary[summary["n"] > 0]
    partial = summary[summary["method"] != "full"]
    chosen = summary[summary["method"] == "full"].to_dict("records")
    head = f"{newest['data']}, {newest['architecture']}, {newest['epochs']} epochs: test accuracy at the best val epoch"
    if len(partial):
        rate = partial.groupby("rate")["label"].nunique().idxmax()
        head += f"; coresets of α = {rate:.3g}"
        at_rate = partial[partial["rate"] == rate]
        chosen += at_rate.sort_values("method", key=lambda names: names != "random").to_dict("records")
    return markdown_safe(head), [_figure(row) for row in chosen]


def _figure(row: dict[str, Any]) -> Figure:
    """Return a mean with its spread and n."""
    spread = f"± {100 * row['test_acc_best_val_std']:.1f}, " if row["n"] > 1 else ""
    name = "all data" if row["method"] == "full" else row["label"]
    return Figure(markdown_safe(name), f"{100 * row['test_acc_best_val']:.1f} %", f"{spread}n = {row['n']}")
