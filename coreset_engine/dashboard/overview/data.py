"""What the Overview page shows, as plain tables and sentences, without Streamlit."""

from typing import Any

import numpy as np
import pandas as pd

from coreset_engine.dashboard.shell.texts import markdown_safe
from coreset_engine.results import randoms

SHOWN = 5  # images of either end


def run_table(summaries: list[dict[str, Any]]) -> pd.DataFrame:
    """Return the readable runs as a table for people, the newest first."""
    good = sorted((row for row in summaries if not row["problem"]), key=lambda row: row["created"], reverse=True)
    return pd.DataFrame(
        {
            "explore": [f"/Explore?run={row['run']}" for row in good],
            "run": [row["run"] for row in good],
            "data set": [row["dataset"] + " (synthetic)" * row["synthetic"] or "imported" for row in good],
            "architecture": [row["architecture"] or "–" for row in good],
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


def problems(summaries: list[dict[str, Any]]) -> list[str]:
    """Return a sentence for every run that can't be read."""
    return [f"{row['run']}: {markdown_safe(row['problem'])}" for row in summaries if row["problem"]]


def at_a_glance(table: pd.DataFrame) -> tuple[str, pd.DataFrame]:
    """Return a heading and the retrainings of the newest data set with results: one network, one number of epochs.

    Collapsed retrainings are left out, and those that a search trained to choose among. Both are empty where there is no
    result yet.
    """
    table = table if table.empty else table[~randoms.is_searched(table)]
    if table.empty:
        return "", table
    newest = table.iloc[-1]
    same = [table[column] == newest[column] for column in ("dataset_sha256", "architecture", "epochs")]
    rows = table[np.logical_and.reduce(same) & (table["collapsed"] == 0)]
    head = f"{newest['data']}, {newest['architecture']}, {newest['epochs']} epochs"
    return (markdown_safe(head), rows) if len(rows) else ("", rows)
