"""How the costs of coresets read beside the full data."""

import math
from typing import Any

import pandas as pd
import streamlit as st

from coreset_engine import results
from coreset_engine.dashboard import cached


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
        rows: as for `results.costs`.
    """
    priced = results.costs(rows, cached.info)
    if priced.empty:
        st.info("There is no coreset among these rows. Start retrainings to see what they cost beside the full data.")
        return
    st.caption(sentence(priced))
    st.dataframe(for_people(priced), hide_index=True, key="results_costs", placeholder="–", column_config=columns())
    if about_energy(priced):
        st.caption(about_energy(priced))
