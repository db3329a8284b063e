"""The part that holds training modes against plain training on the full data; they select no coreset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coreset_engine import results
from coreset_engine.results.parts import Part, Question
from coreset_engine.results.people import DIFFERENCE, FIGURE, Column, factor_of

if TYPE_CHECKING:
    import pandas as pd


def _for_people(table: pd.DataFrame, question: Question) -> pd.DataFrame:
    """Return the modes as people read them, shares in percent, differences in points, images × epochs in millions."""
    import pandas as pd

    factor = factor_of(question.metric)
    mean, half = table["difference"], table["difference_half"]
    return pd.DataFrame(
        {
            "training mode": table["label"].str.removesuffix(" (training mode)"),
            "used": 100 * table["used_share"],
            "reached": factor * table["value"],
            "sd": factor * table["sd"],
            "n": table["n"],
            "full data": factor * table["full"],
            "difference": factor * mean,
            "low": factor * (mean - half),
            "high": factor * (mean + half),
            "pairs": table["pairs"],
            "images × epochs": table["used_images"] / 1e6,
            "of full data": table["full_images"] / 1e6,
            "seconds": table["seconds"],
            "full data s": table["full_seconds"],
            "collapsed": table["collapsed"],
        }
    )


PART = Part(
    name="modes",
    order=45,
    title="Training modes",
    lower=": below 0 is better",
    words="training modes beside the full data",
    compute=lambda rows, question: results.modes(rows, question.metric),
    missing=lambda question: (
        "No row was trained in a mode. `retrain RUN --mode rs2 --rate 0.1` or `--mode infobatch` makes one; such a training "
        "needs all images and selects no coreset."
    ),
    people=_for_people,
    columns=DIFFERENCE
    | {name: Column(f"{name} (%)", "%.3g") for name in ("used",)}
    | {name: Column(format=FIGURE) for name in ("reached", "sd", "full data")}
    | {
        "pairs": Column(help="Trainings on the full data with the same seed."),
        "images × epochs": Column("images × epochs (M)", "%.3g", "Of its gradient steps."),
        "of full data": Column("full data (M)", "%.3g"),
        "seconds": Column(format="%.0f"),
        "full data s": Column("full data (s)", "%.0f"),
    },
    metric=True,
    modes=True,
)
