"""The part that tells the spread by the draw of a coreset from that by the training on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coreset_engine import results
from coreset_engine.results.parts import Part, Question
from coreset_engine.results.people import FIGURE, LINE, Column, factor_of

if TYPE_CHECKING:
    import pandas as pd


def _for_people(table: pd.DataFrame, question: Question) -> pd.DataFrame:
    """Return the components as people read them."""
    factor = factor_of(question.metric)
    return table.assign(
        rate=100 * table["rate"],
        mean=factor * table["mean"],
        draw_sd=factor * table["draw_sd"],
        training_sd=factor * table["training_sd"],
        draw_share=100 * table["draw_share"],
    ).rename(columns={"label": "method", "rate": "α", "draw_sd": "sd draw", "training_sd": "sd training"})


PART = Part(
    name="components",
    order=12,
    title="Draw and training",
    words="spread by the draw of a coreset and by the training on it",
    compute=lambda rows, question: results.seed_components(rows, question.metric),
    missing=lambda question: (
        "No coreset was drawn with two seeds and trained with two. A sweep with --selection-seeds 0 1 --training-seeds 0 1 "
        "gives both."
    ),
    people=_for_people,
    columns=LINE
    | {name: Column("", FIGURE, "In points; of AUC and kappa as they are.") for name in ("sd draw", "sd training")}
    | {
        "mean": Column(format=FIGURE),
        "draw_share": Column("variance by the draw (%)", "%.0f"),
        "layout": Column(
            help="Crossed: over the training seeds that all draws share, others left out. Nested: with seeds of its own."
        ),
    },
    metric=True,
)
