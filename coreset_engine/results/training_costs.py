"""What a coreset saves and what it cost to find: images × epochs, bytes, seconds, energy; when the surrogate has paid."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from coreset_engine import paths, store
from coreset_engine.config import images_per_epoch
from coreset_engine.datasets import library
from coreset_engine.errors import EngineError
from coreset_engine.results import statistics
from coreset_engine.results.references import Info, run_info


def costs(rows: pd.DataFrame, info: Info = run_info) -> pd.DataFrame:
    """Return what one retraining on each coreset costs, beside one on all data and the recording before it.

    Args:
        rows: as `results.frame` gives them, of one data set, network and number of epochs.
        info: reads what a run says of itself.

    Returns:
        As `compare` says; empty where there is no coreset among the rows.
    """
    if rows.empty:
        return rows
    known: dict[tuple[str, ...], float] = {}

    def seconds(row: dict[str, Any]) -> float:
        """Return the time of the recordings behind a row; each run is read once."""
        which = (row["run"], *row["average"], *row["dynamics"])
        if which not in known:
            known[which] = recorded_seconds(row, info)
        return known[which]

    return compare(rows, samples_of(rows, info), seconds, image_bytes(rows))


def recorded_seconds(row: dict[str, Any], info: Info = run_info) -> float:
    """Return how long the recordings behind a row took, in s; NaN where one is gone, damaged, or was made anew since."""
    total = 0.0
    for run, state in zip((row["run"], *row["average"]), row["dynamics"], strict=True):
        try:
            if info(run).version(0).uuid != store.RunVersion.from_text(state).uuid:
                return math.nan
            total += float(np.nansum(store.RunFile(paths.run_folder(run)).metrics()["seconds"]))
        except EngineError:
            return math.nan
    return total


def recorded_epochs(row: dict[str, Any]) -> int:
    """Return the epochs of all recordings behind a row; 0 for Random and the full data, which need none."""
    return sum(store.RunVersion.from_text(state).done for state in row["dynamics"])


def samples_of(rows: pd.DataFrame, info: Info = run_info) -> int:
    """Return the number of train samples: that of a full-data row or of a run, else about what the rates imply."""
    full = rows[rows["method"] == "full"]
    if len(full):
        return int(full["samples"].max())
    for run in dict.fromkeys(run for run in rows["run"] if run):
        try:
            return info(run).samples
        except EngineError:
            continue  # its row outlived it; another run or the rates say it
    return round(float((rows["samples"] / rows["rate"]).median()))


def image_bytes(rows: pd.DataFrame) -> float:
    """Return the bytes of one image, H × W × channels of uint8; NaN where the cache does not have the images any more.

    Args:
        rows: of one data set, not empty.
    """
    try:
        images = library.cached(rows["dataset"].iloc[0], rows["dataset_sha256"].iloc[0])
    except EngineError:
        return math.nan
    return float(images.images["train"][0].nbytes)


def compare(
    rows: pd.DataFrame,
    samples: int,
    seconds: Callable[[dict[str, Any]], float] = recorded_seconds,
    per_image: float = math.nan,
) -> pd.DataFrame:
    """Return what one retraining on each coreset costs, beside one on all data and the recording before it.

    Args:
        rows: as `results.frame` gives them, of one data set, network and number of epochs.
        samples: N of the train split.
        seconds: of the recordings behind a row, NaN where they are not known.
        per_image: bytes of one image, NaN where they are not known.

    Returns:
        One line a method and rate: label, rate, without (what was taken out), n, samples; bytes of its images; share of N;
        images, full_images and surrogate_images (images × epochs, without batches that are dropped); joules, joules_n,
        full_joules and joules_of, see `_energy`; seconds (mean over seeds) with sd, full_seconds, surrogate_seconds;
        pays_images and pays_seconds, see `pays_after`. The surrogate counts in full, whatever part of it a method reads.
    """
    full = rows[rows["method"] == "full"]
    whole = images_per_epoch(samples, full.iloc[-1].to_dict()) if len(full) else samples
    found = []
    for (label, rate), group in rows[rows["method"] != "full"].groupby(["label", "rate"], sort=True):
        first = group.iloc[-1].to_dict()
        epochs = int(first["epochs"])
        same_device = full[full["device"].isin(group["device"])]
        spent = statistics.interval(group["seconds"])
        line = {"label": label, "rate": rate, "n": len(group), "samples": int(first["samples"])}
        line["without"] = first["without"]
        line |= {"bytes": int(first["samples"]) * per_image} | _energy(group, same_device)
        line |= {"images": images_per_epoch(int(first["samples"]), first) * epochs, "full_images": whole * epochs}
        line |= {"surrogate_images": samples * recorded_epochs(first), "share": first["samples"] / samples}
        line |= {"seconds": spent.mean, "sd": spent.sd, "full_seconds": float(same_device["seconds"].mean())}
        line["surrogate_seconds"] = seconds(first) if first["dynamics"] else 0.0
        line["pays_images"] = pays_after(line["surrogate_images"], line["images"], line["full_images"])
        line["pays_seconds"] = pays_after(line["surrogate_seconds"], line["seconds"], line["full_seconds"])
        found.append(line)
    return pd.DataFrame(found)


def _energy(group: pd.DataFrame, full: pd.DataFrame) -> dict[str, Any]:
    """Return the mean energy of a training on a coreset and on all data, in J, and of how many; NaN where no device told.

    CPU packages, a GPU and both together are never averaged: counted are rows of the kind that most of the coreset's have.
    """
    unknown = {"joules": math.nan, "joules_n": 0, "full_joules": math.nan, "joules_of": ""}
    if "energy_joules" not in group or group["energy_joules"].isna().all():
        return unknown
    told = group[group["energy_joules"].notna()]
    kind = told["energy_of"].mode().iloc[0]
    told, other = told[told["energy_of"] == kind], full[full["energy_of"] == kind]
    joules, full_joules = (pd.to_numeric(part["energy_joules"]).mean() for part in (told, other))
    return {"joules": float(joules), "joules_n": len(told), "full_joules": float(full_joules), "joules_of": kind}


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
