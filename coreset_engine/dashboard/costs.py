"""What a coreset saves and what it cost to find: images × epochs, seconds, and when the surrogate has paid."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from coreset_engine import paths, store
from coreset_engine.dashboard import readers
from coreset_engine.errors import EngineError
from coreset_engine.insight import statistics


def recorded_seconds(row: dict[str, Any]) -> float:
    """Return how long the recordings behind a row took, in s; NaN where one is gone, damaged, or was made anew since."""
    total = 0.0
    for run, state in zip((row["run"], *row["average"]), row["dynamics"], strict=True):
        try:
            if readers.info(run).created != state.rsplit(" ", 1)[0]:
                return math.nan
            total += float(np.nansum(store.RunFile(paths.run_folder(run)).metrics()["seconds"]))
        except EngineError:
            return math.nan
    return total


def recorded_epochs(row: dict[str, Any]) -> int:
    """Return the epochs of all recordings behind a row; 0 for Random and the full data, which need none."""
    return sum(int(state.rsplit(" ", 1)[1].split("/")[0]) for state in row["dynamics"])


def samples_of(rows: pd.DataFrame) -> int:
    """Return the number of train samples: that of a full-data row or of a run, else about what the rates imply."""
    full = rows[rows["method"] == "full"]
    if len(full):
        return int(full["samples"].max())
    for run in dict.fromkeys(run for run in rows["run"] if run):
        try:
            return readers.info(run).samples
        except EngineError:
            continue  # its row outlived it; another run or the rates say it
    return round((rows["samples"] / rows["rate"]).median())


def compare(
    rows: pd.DataFrame, samples: int, seconds: Callable[[dict[str, Any]], float] = recorded_seconds
) -> pd.DataFrame:
    """Return what one retraining on each coreset costs, beside one on all data and the recording before it.

    Args:
        rows: as `results.frame` gives them, of one data set, network and number of epochs.
        samples: N of the train split.
        seconds: of the recordings behind a row, NaN where they are not known.

    Returns:
        One line a method and rate: label, rate, n, samples; share of one training on all data, 0..1; images, full_images
        and surrogate_images (images × epochs); seconds (mean over seeds) with sd, full_seconds, surrogate_seconds;
        pays_images and pays_seconds, see `pays_after`. The surrogate counts in full, whatever part of it a method reads.
    """
    full = rows[rows["method"] == "full"]
    found = []
    for (label, rate), group in rows[rows["method"] != "full"].groupby(["label", "rate"], sort=True):
        first = group.iloc[-1].to_dict()
        epochs = int(first["epochs"])
        same_device = full[full["device"].isin(group["device"])]
        spent = statistics.interval(group["seconds"])
        line = {"label": label, "rate": rate, "n": len(group), "samples": int(first["samples"])}
        line |= {"images": int(first["samples"]) * epochs, "full_images": samples * epochs}
        line |= {"surrogate_images": samples * recorded_epochs(first), "share": first["samples"] / samples}
        line |= {"seconds": spent.mean, "sd": spent.sd, "full_seconds": float(same_device["seconds"].mean())}
        line["surrogate_seconds"] = seconds(first) if first["dynamics"] else 0.0
        line["pays_images"] = pays_after(line["surrogate_images"], line["images"], line["full_images"])
        line["pays_seconds"] = pays_after(line["surrogate_seconds"], line["seconds"], line["full_seconds"])
        found.append(line)
    return pd.DataFrame(found)


def pays_after(price: float, part: float, whole: float) -> float:
    """Return after how many retrainings a recording has paid: the least k with price + k · part <= k · whole.

    Args:
        price: of the recording.
        part: of one training on the coreset, in the same unit.
        whole: of one training on all data.

    Returns:
        0 without a price, infinity where the part costs no less than the whole, NaN where a figure is not known.
    """
    if math.isnan(price + part + whole):
        return math.nan
    if price == 0:
        return 0.0
    return math.inf if part >= whole else float(math.ceil(round(price / (whole - part), 9)))


def sentence(table: pd.DataFrame) -> str:
    """Return in words what a table of costs says, and what it leaves out."""
    priced = table[table["surrogate_images"] > 0]
    text = "Images × epochs count the forward and backward passes of the training; evaluation and the selection come on top."
    if priced.empty:
        return text
    first, last = (_count(bound) for bound in (priced["pays_images"].min(), priced["pays_images"].max()))
    span = first if first == last else f"{first} to {last}"
    return (
        f"Counting the recording, a coreset here pays after {span} retrainings that take the place of trainings on all "
        f"data, by images × epochs. {text} Seconds are comparable only on the same, equally busy machine."
    )


def _count(pays: float) -> str:
    """Return a number of retrainings in words."""
    if math.isnan(pays):
        return "–"
    return "never" if math.isinf(pays) else f"{pays:,.0f}"


def for_people(table: pd.DataFrame) -> pd.DataFrame:
    """Return the costs as shown: shares in percent, images × epochs in millions."""
    return pd.DataFrame(
        {
            "method": table["label"],
            "α": 100 * table["rate"],
            "n": table["n"],
            "share": 100 * table["share"],
            "images × epochs": table["images"] / 1e6,
            "on all data": table["full_images"] / 1e6,
            "recording": table["surrogate_images"] / 1e6,
            "pays after": [_count(value) for value in table["pays_images"]],
            "seconds": table["seconds"],
            "sd seconds": table["sd"],
            "all data s": table["full_seconds"],
            "recording s": table["surrogate_seconds"],
            "pays after (s)": [_count(value) for value in table["pays_seconds"]],
        }
    )


def columns() -> dict[str, Any]:
    """Return how the columns of `for_people` are drawn."""
    number = st.column_config.NumberColumn
    found = {name: number(f"{name} (M)", format="%.3g") for name in ("images × epochs", "on all data", "recording")}
    found |= {name: number(format="%.1f") for name in ("seconds", "sd seconds")}
    found |= {"all data s": number("seconds on all data", format="%.0f")}
    found |= {"recording s": number("seconds of the recording", format="%.0f")}
    found |= {"share": number("coreset share (%)", format="%.3g"), "α": number("α (%)", format="%.3g")}
    found |= {"pays after": st.column_config.TextColumn("pays after (retrainings)")}
    return found | {"pays after (s)": st.column_config.TextColumn("pays after, by seconds")}
