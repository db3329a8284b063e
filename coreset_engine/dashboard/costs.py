"""What a coreset saves and what it cost to find: images × epochs, bytes, seconds, energy; when the surrogate has paid."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from coreset_engine import paths, store
from coreset_engine.dashboard import readers
from coreset_engine.datasets import library
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
        One line a method and rate: label, rate, n, samples; bytes of the coreset's images; share of one training on all
        data, 0..1; images, full_images and surrogate_images (images × epochs); joules, joules_n, full_joules and joules_of,
        see `_energy`; seconds (mean over seeds) with sd, full_seconds, surrogate_seconds;
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
        line |= {"bytes": int(first["samples"]) * per_image} | _energy(group, same_device)
        line |= {"images": int(first["samples"]) * epochs, "full_images": samples * epochs}
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


def about_energy(table: pd.DataFrame) -> str:
    """Return what one has to know of the energy in a table of costs; "" where there is none."""
    kinds = sorted({kind for kind in table["joules_of"] if kind})
    if not kinds:
        return ""
    return (
        f"Energy is that of the whole {' or '.join(kinds)} while a training ran, so other work of the machine counts, too; "
        "memory, disks and fans do not. Trainings that were interrupted and resumed have none."
    )


def for_people(table: pd.DataFrame) -> pd.DataFrame:
    """Return the costs as shown: shares in percent, images × epochs in millions; what no row knows has no column."""
    shown = pd.DataFrame(
        {
            "method": table["label"],
            "α": 100 * table["rate"],
            "n": table["n"],
            "share": 100 * table["share"],
            "size": table["bytes"] / 1e6,
            "images × epochs": table["images"] / 1e6,
            "on all data": table["full_images"] / 1e6,
            "recording": table["surrogate_images"] / 1e6,
            "pays after": [_count(value) for value in table["pays_images"]],
            "seconds": table["seconds"],
            "sd seconds": table["sd"],
            "all data s": table["full_seconds"],
            "recording s": table["surrogate_seconds"],
            "pays after (s)": [_count(value) for value in table["pays_seconds"]],
            "energy": table["joules"] / 1000,
            "n energy": table["joules_n"],
            "all data kJ": table["full_joules"] / 1000,
        }
    )
    unknown = ["size"] if table["bytes"].isna().all() else []
    unknown += ["energy", "n energy", "all data kJ"] if table["joules"].isna().all() else []
    return shown.drop(columns=unknown)


def columns() -> dict[str, Any]:
    """Return how the columns of `for_people` are drawn."""
    number = st.column_config.NumberColumn
    found = {name: number(f"{name} (M)", format="%.3g") for name in ("images × epochs", "on all data", "recording")}
    found |= {name: number(format="%.1f") for name in ("seconds", "sd seconds")}
    found |= {"all data s": number("seconds on all data", format="%.0f")}
    found |= {"recording s": number("seconds of the recording", format="%.0f")}
    found |= {"share": number("coreset share (%)", format="%.3g"), "α": number("α (%)", format="%.3g")}
    found |= {"size": number("images (MB)", format="%.3g"), "energy": number("energy (kJ)", format="%.3g")}
    found |= {"all data kJ": number("energy on all data (kJ)", format="%.3g")}
    found |= {"pays after": st.column_config.TextColumn("pays after (retrainings)")}
    return found | {"pays after (s)": st.column_config.TextColumn("pays after, by seconds")}


def draw(rows: pd.DataFrame) -> None:
    """Draw what every coreset costs beside the full data.

    Args:
        rows: as for `compare`.
    """
    priced = compare(rows, samples_of(rows), per_image=image_bytes(rows))
    if priced.empty:
        st.info("There is no coreset among these rows. Start retrainings to see what they cost beside the full data.")
        return
    st.caption(sentence(priced))
    st.dataframe(for_people(priced), hide_index=True, key="results_costs", placeholder="–", column_config=columns())
    if about_energy(priced):
        st.caption(about_energy(priced))
