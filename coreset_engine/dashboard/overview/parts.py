"""What the Overview page shows, as plain tables and sentences."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from coreset_engine import windows
from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.charts.draw import draw_chart
from coreset_engine.dashboard.coresets.gallery import draw as draw_gallery
from coreset_engine.dashboard.coresets.gallery_data import Group, Keys
from coreset_engine.dashboard.overview import charts
from coreset_engine.dashboard.sample_dialog.dialog import open_sample
from coreset_engine.dashboard.shell.frame import markdown_safe
from coreset_engine.errors import EngineError

SHOWN = 5  # images of either end


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


def at_a_glance(table: pd.DataFrame) -> tuple[str, pd.DataFrame]:
    """Return a heading and the retrainings of the newest data set with results: one network, one number of epochs.

    Collapsed retrainings are left out. Both are empty where there is no result yet.
    """
    if table.empty:
        return "", table
    newest = table.iloc[-1]
    same = [table[column] == newest[column] for column in ("dataset_sha256", "architecture", "epochs")]
    rows = table[np.logical_and.reduce(same) & (table["collapsed"] == 0)]
    head = f"{newest['data']}, {newest['architecture']}, {newest['epochs']} epochs"
    return (markdown_safe(head), rows) if len(rows) else ("", rows)


def draw_results(rows: pd.DataFrame) -> None:
    """Draw accuracy against α; the rows are those of `charts.chart`."""
    spec, said = charts.chart(rows)
    draw_chart(spec, height=300, key="overview_results", alt=said)


def extremes(run: str) -> windows.Windows | None:
    """Draw the images of a run that EVA ranks first and last, with its first and last epochs as windows; return these.

    Nothing is drawn, and None returned, where the run is too short for two windows, can't be read, or has no images here.
    """
    try:
        images, epochs = cached.images(run), cached.dynamics(run).epochs
    except EngineError:
        return None  # the table of runs tells what is wrong
    if images is None or epochs < 4:
        return None
    pair = windows.default(epochs)
    coreset = cached.coreset(CoresetSpec(run, "eva", vars(pair), rate=0.1))
    ranking = coreset.ranking
    for name, words, rows in (("kept", "first", ranking[:SHOWN]), ("dropped", "last", ranking[: -SHOWN - 1 : -1])):
        group = Group(name, rows.copy, f"ranked {words} of {len(ranking):,} by EVA")
        _, opened = draw_gallery(coreset, [group], Keys(f"overview_{name}", ""))
        if opened is not None:
            open_sample(run, opened)
    return pair
