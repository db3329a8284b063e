"""The part that answers which methods are clearly better or worse than Random."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from coreset_engine import results
from coreset_engine.results.parts import Part, Question
from coreset_engine.results.people import DIFFERENCE, FIGURE, LINE, Column, difference_columns, factor_of, line_columns
from coreset_engine.results.verdict_table import ASSUMED

if TYPE_CHECKING:
    import pandas as pd


def against_text(line: dict[str, Any]) -> str:
    """Return the kind of Random that a line is held against; another than the fitting one, or none, is said to be so."""
    if not line["n"]:
        return f"no {line['fitting']}{' without these samples' if line['without'] else ''} here"
    if line["against"] == line["fitting"]:
        return str(line["against"])
    return f"{line['against']} (no {line['fitting']} here)"


def _for_people(table: pd.DataFrame, question: Question) -> pd.DataFrame:
    """Return the verdicts as people read them, shares in percent and their differences in points."""
    import pandas as pd

    factor = factor_of(question.metric)
    shown = pd.DataFrame(
        {
            **line_columns(table),
            "verdict": table["verdict"],
            **difference_columns(table, factor),
            "n": table["n"],
            "reached": factor * table["value"],
            "Random": factor * table["reference"],
            "against": [against_text(line) for line in table.to_dict("records")],
            "p (Holm)": table["p_holm"],
            "spread of": table["spread"],
            "found by": table["found_by"],
        }
    )
    return shown if table["found_by"].any() else shown.drop(columns="found by")


PART = Part(
    name="verdict",
    order=5,
    title="Verdict",
    lower=": below 0 is better",
    words="the verdict on every method",
    compute=lambda rows, question: results.verdicts(rows, question.metric),
    missing=lambda question: f"No method but uniform Random and the full data has {results.FIGURES[question.metric]}.",
    people=_for_people,
    columns=LINE
    | DIFFERENCE
    | {name: Column(format=FIGURE) for name in ("reached", "Random")}
    | {
        "verdict": Column(help=ASSUMED),
        "n": Column(help="Pairs of trainings with the same seed."),
        "p (Holm)": Column(format="%.3g"),
        "against": Column(
            help="The kind of Random, drawn from the same samples: where some were taken out, without them."
        ),
        "spread of": Column(help="Whose differences the interval's spread is pooled over."),
        "found by": Column(help="A search that chose these trainings; only its confirmation is tested."),
    },
    metric=True,
    hidden_count=True,  # hiding a method must not make the others look surer
)
