"""What the Overview page shows, as plain tables and sentences, without Streamlit."""

from typing import Any

import pandas as pd

from coreset_engine.coreset import FULL
from coreset_engine.dashboard.shell.texts import markdown_safe
from coreset_engine.names import counted
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
            "recorded": [100 * row["epochs_done"] / row["epochs"] for row in good],
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


def glances(table: pd.DataFrame, dataset_sha256: str) -> dict[str, pd.DataFrame]:
    """Return what can be shown at a glance by its heading: retrainings of one data set, one network and one length each.

    Collapsed retrainings are left out, those that a search trained to choose among, and what has been trained on all data
    alone. First come those of a data set, then the data sets in the order in which they were first retrained on; within one,
    what most retrainings are of. So what is shown does not change when something else is trained.

    Args:
        table: all results, as `results.frame` gives them.
        dataset_sha256: whose results come first, those of the run that the page shows; "" for none.
    """
    table = table if table.empty else table[~randoms.is_searched(table) & (table["collapsed"] == 0)]
    if table.empty:
        return {}
    order = {sha256: number for number, sha256 in enumerate([dataset_sha256, *table["dataset_sha256"].unique()], -1)}
    order[dataset_sha256] = -1
    of_each = table.groupby(["dataset_sha256", "architecture", "epochs"], sort=False)
    groups = [rows for _, rows in of_each if (rows["method"] != FULL).any()]
    groups.sort(key=lambda rows: (order[rows["dataset_sha256"].iloc[0]], -len(rows)))
    found: dict[str, pd.DataFrame] = {}
    for rows in groups:
        first = rows.iloc[0]
        head = f"{first['data']}, {first['architecture']}, {counted(int(first['epochs']), '{epoch|epochs}')}"
        found[head if head not in found else f"{head}, {first['dataset_sha256'][:8]}"] = rows
    return found
