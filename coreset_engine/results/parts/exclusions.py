"""The part that shows what taking samples out did to a coreset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coreset_engine import results
from coreset_engine.results.parts import Part, Question
from coreset_engine.results.people import DIFFERENCE, FIGURE, LINE, Column, difference_columns, factor_of

if TYPE_CHECKING:
    import pandas as pd


def _for_people(table: pd.DataFrame, question: Question) -> pd.DataFrame:
    """Return before and after as people read them."""
    import pandas as pd

    factor = factor_of(question.metric)
    return pd.DataFrame(
        {
            "method": table["label"],
            "α": 100 * table["rate"],
            "without": table["without"],
            "rows": table["excluded"],
            "before": factor * table["before"],
            "after": factor * table["after"],
            **difference_columns(table, factor),
            "n": table["n"],
            "p": table["p"],
        }
    )


PART = Part(
    name="exclusions",
    order=15,
    title="With and without excluded samples",
    lower=": below 0 is better",
    words="coresets with and without excluded samples",
    compute=lambda rows, question: results.with_and_without(rows, question.metric),
    missing=lambda question: (
        "No coreset was trained both with all samples and without excluded ones. Retrain with an exclusion, with the same "
        "seeds, to see what it does."
    ),
    people=_for_people,
    columns=LINE
    | DIFFERENCE
    | {name: Column(format=FIGURE) for name in ("before", "after")}
    | {"p": Column(format="%.3g")}
    | {"n": Column(help="Pairs of trainings with the same seed."), "rows": Column(format="localized")},
    metric=True,
)
