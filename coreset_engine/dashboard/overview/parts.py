"""What the Overview page shows, as plain tables and sentences."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from coreset_engine import windows
from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.charts.theme import CUT, ink, palette
from coreset_engine.dashboard.coresets.gallery import draw as draw_gallery
from coreset_engine.dashboard.coresets.gallery_data import Group, Keys
from coreset_engine.dashboard.sample_dialog.dialog import open_sample
from coreset_engine.dashboard.shell.frame import markdown_safe
from coreset_engine.errors import EngineError

FIGURE = "test_acc_best_val"
RANDOM = "#6E6E6E"
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


def means(rows: pd.DataFrame) -> list[tuple[str, float, float, int]]:
    """Return name, α, mean test accuracy at the best val epoch (0..1) and n of every method and rate, Random first."""
    grouped = rows.groupby(["label", "rate"])[FIGURE].agg(["mean", "count"]).reset_index()
    order = grouped["label"].map(lambda label: ({"random": 0, "full": 2}.get(label, 1), label))
    found = grouped.assign(order=order).sort_values(["order", "rate"])
    return list(zip(found["label"], found["rate"], found["mean"], found["count"], strict=True))


def chart(rows: pd.DataFrame) -> tuple[dict[str, Any], str]:
    """Return accuracy against α as an ECharts option, a line of means a method and a point a retraining, and its text.

    Args:
        rows: retrainings of one data set, network and number of epochs.
    """
    found = means(rows)
    names = dict.fromkeys(name for name, *_ in found if name != "full")
    coloured = iter(palette() * (1 + len(names) // len(palette())))
    series = []
    for name in names:
        colour = RANDOM if name == "random" else next(coloured)
        line = [[100 * rate, round(100 * mean, 2)] for other, rate, mean, _ in found if other == name]
        points = rows[rows["label"] == name][["rate", FIGURE]].to_numpy() * 100
        kind = "dashed" if name == "random" else "solid"
        series.append(
            {
                "type": "line",
                "name": name,
                "data": line,
                "symbol": "circle",
                "symbolSize": 8,
                "itemStyle": {"color": colour},
            }
            | {"lineStyle": {"color": colour, "type": kind, "width": 2}}
        )
        series.append(
            {"type": "scatter", "name": name, "data": points.round(2).tolist(), "symbolSize": 5, "silent": True}
            | {"itemStyle": {"color": colour, "opacity": 0.5}}
        )
    level = next((mean for name, _, mean, _ in found if name == "full"), None)
    if level is not None and series:
        label = {"formatter": f"all data {100 * level:.1f} %", "position": "insideStartTop", "color": ink()}
        style = {"color": CUT, "type": "dotted", "width": 1.5}
        series[0]["markLine"] = {"silent": True, "symbol": "none", "label": label, "lineStyle": style}
        series[0]["markLine"] |= {"data": [{"yAxis": round(100 * level, 2)}]}
    rates = sorted({round(100 * rate, 4) for name, rate, *_ in found if name != "full"}) or [100]
    spec = {
        "animation": False,
        "legend": {"top": 0, "left": 0, "data": list(names)},
        "tooltip": {"trigger": "item", "confine": True, "formatter": "{a}<br>α, accuracy (%): {c}"},
        "grid": {"left": 4, "right": 12, "top": 56, "bottom": 28, "containLabel": True},
        "xAxis": {"type": "log", "min": rates[0] / 1.15, "max": rates[-1] * 1.15, "name": "selection rate α (%)"}
        | {"nameLocation": "middle", "nameGap": 26, "customValues": rates, "splitLine": {"show": False}}
        | {"axisLabel": {"customValues": rates}, "axisTick": {"customValues": rates}},
        "yAxis": {"type": "value", "name": "test accuracy at the best val epoch (%)", "scale": True}
        | {"nameTextStyle": {"align": "left"}, "max": 100},
        "series": series,
    }
    said = [f"{name} {100 * mean:.1f} % at α = {100 * rate:.3g} % (n = {n})" for name, rate, mean, n in found]
    return spec, "Test accuracy at the best val epoch against the selection rate: " + ", ".join(said)


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
