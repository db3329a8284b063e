"""The part that holds every method against Random, paired by seed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from coreset_engine import results
from coreset_engine.results.parts import Part, Question
from coreset_engine.results.people import RATE, Column, factor_of

if TYPE_CHECKING:
    import pandas as pd

SURE = 0.05  # corrected p below which a difference is called one


def _for_people(table: pd.DataFrame, question: Question) -> pd.DataFrame:
    """Return the comparisons as people read them, differences of shares in points."""
    import pandas as pd

    factor = factor_of(question.metric)
    return pd.DataFrame(
        {
            "method": table["label"],
            "α": 100 * table["rate"],
            "pairs": table["n"],
            "difference": factor * table["difference"],
            "low": factor * (table["difference"] - table["half"]),
            "high": factor * (table["difference"] + table["half"]),
            "p": table["p"],
            "p (Holm)": table["p_holm"],
            "reads": [_reads(row) for row in table.to_dict("records")],
            "without partner": table["alone"],
        }
    )


def _reads(row: dict[str, Any]) -> str:
    """Return one comparison in words."""
    if math.isnan(row["p_holm"]):
        return "no test: too few pairs" if row["n"] < 2 else "no test: no spread"
    if row["p_holm"] >= SURE:
        return "no clear difference"
    return "better than Random" if row["gain"] > 0 else "worse than Random"


PART = Part(
    name="random",
    order=10,
    title="Difference from Random (paired by seed)",
    lower=": below 0 is better",
    words="every method against Random",
    variable="differences",
    compute=lambda rows, question: results.against_random(rows, question.metric),
    missing=lambda question: f"No method but Random and the full data has {question.metric}.",
    people=_for_people,
    columns=RATE
    | {name: Column(format="%+.3g") for name in ("difference", "low", "high")}
    | {name: Column(format="%.3g") for name in ("p", "p (Holm)")},
    metric=True,
    hidden_count=True,  # hiding a method must not make the others look surer
)
