"""The part that tells what a coreset costs beside the full data."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from coreset_engine import results
from coreset_engine.results.parts import Part, Question
from coreset_engine.results.people import LINE, Column, line_columns

if TYPE_CHECKING:
    import pandas as pd


def count_text(pays: float) -> str:
    """Return a number of retrainings in words."""
    if math.isnan(pays):
        return "–"
    return "never" if math.isinf(pays) else f"{pays:,.0f}"


def _for_people(table: pd.DataFrame, question: Question) -> pd.DataFrame:
    """Return the costs as people read them: images × epochs in millions; what no row knows has no column."""
    import pandas as pd

    shown = pd.DataFrame(
        {
            **line_columns(table),
            "n": table["n"],
            "share": 100 * table["share"],
            "size": table["bytes"] / 1e6,
            "images × epochs": table["images"] / 1e6,
            "full data": table["full_images"] / 1e6,
            "recording": table["surrogate_images"] / 1e6,
            "break-even": [count_text(value) for value in table["pays_images"]],
            "seconds": table["seconds"],
            "sd seconds": table["sd"],
            "full data s": table["full_seconds"],
            "recording s": table["surrogate_seconds"],
            "break-even (s)": [count_text(value) for value in table["pays_seconds"]],
            "energy": table["joules"] / 1000,
            "n energy": table["joules_n"],
            "full data kJ": table["full_joules"] / 1000,
        }
    )
    unknown = ["size"] if table["bytes"].isna().all() else []
    unknown += ["energy", "n energy", "full data kJ"] if table["joules"].isna().all() else []
    return shown.drop(columns=unknown)


PART = Part(
    name="costs",
    order=40,
    title="What it costs",
    words="costs",
    compute=lambda rows, question: results.costs(rows, question.info),
    missing=lambda question: "There is no coreset among these rows. Retrain on one to see what it costs.",
    people=_for_people,
    columns=LINE
    | {name: Column(f"{name} (M)", "%.3g") for name in ("images × epochs", "full data", "recording")}
    | {name: Column(format="%.1f") for name in ("seconds", "sd seconds")}
    | {
        "share": Column("coreset share (%)", "%.3g"),
        "size": Column("images (MB)", "%.3g"),
        "break-even": Column("Break-even (retrainings)"),
        "full data s": Column("seconds, full data", "%.0f"),
        "recording s": Column("seconds of the recording", "%.0f"),
        "break-even (s)": Column("Break-even by seconds"),
        "energy": Column("energy (kJ)", "%.3g"),
        "full data kJ": Column("energy, full data (kJ)", "%.3g"),
    },
)
