"""The part that holds every method against Random, paired by seed, each by the spread of its own seeds alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coreset_engine import results
from coreset_engine.results.parts import Part, Question
from coreset_engine.results.people import DIFFERENCE, LINE, Column, difference_columns, factor_of, line_columns

if TYPE_CHECKING:
    import pandas as pd


def _for_people(table: pd.DataFrame, question: Question) -> pd.DataFrame:
    """Return the comparisons as people read them, differences of shares in points."""
    import pandas as pd

    factor = factor_of(question.metric)
    return pd.DataFrame(
        {
            **line_columns(table),
            "pairs": table["n"],
            **difference_columns(table, factor),
            "p": table["p"],
            "p (Holm)": table["p_holm"],
            "against": table["against"],
            "without partner": table["alone"],
        }
    )


PART = Part(
    name="random",
    order=10,
    title="Difference from Random (each by its own seeds)",
    lower=": below 0 is better",
    words="every method against Random by its own seeds",
    variable="differences",
    compute=lambda rows, question: results.against_random(rows, question.metric),
    missing=lambda question: f"No method but uniform Random and the full data has {results.FIGURES[question.metric]}.",
    people=_for_people,
    columns=LINE | DIFFERENCE | {name: Column(format="%.3g") for name in ("p", "p (Holm)")},
    metric=True,
    hidden_count=True,  # hiding a method must not make the others look surer
)
