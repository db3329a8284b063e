"""The part that holds recall class by class against the full data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coreset_engine import results
from coreset_engine.results.parts import Part, Question
from coreset_engine.results.people import BY_ACCURACY, Column
from coreset_engine.results.references import class_names

if TYPE_CHECKING:
    import pandas as pd


def _table(rows: pd.DataFrame, question: Question) -> pd.DataFrame:
    """Return recall class by class, the largest fall of a coreset first."""
    found = results.class_recalls(rows, question.metric)
    if found.empty:
        return found
    names = class_names(rows["dataset_sha256"].iloc[0], int(found["class"].max()) + 1, question.info)
    found.insert(2, "class_name", [names[number] for number in found["class"]])
    found = found.sort_values(["label", "rate", "fall"], ascending=[True, True, False], kind="stable")
    if question.coreset is None:
        return found
    label, rate = question.coreset
    return found[(found["label"] == label) & (found["rate"] == rate)]


def _missing(question: Question) -> str:
    """Return why there is no recall to compare."""
    return (
        "Recall is compared with that on all data: there is no training on it, or none on a coreset, that did not "
        "collapse. Retrain on both to see it."
    )


def _for_people(table: pd.DataFrame, question: Question) -> pd.DataFrame:
    """Return the recalls of one coreset as people read them, in percent."""
    import pandas as pd

    return pd.DataFrame(
        {
            "class": table["class_name"],
            "change": -100 * table["fall"],
            "lost": ["lost" if lost else "" for lost in table["lost"]],
            "coreset": 100 * table["recall"],
            "full data": 100 * table["full"],
            "sd coreset": 100 * table["sd"],
            "sd full data": 100 * table["full_sd"],
            "n": [f"{n} / {full}" for n, full in zip(table["n"], table["full_n"], strict=True)],
        }
    )


PART = Part(
    name="recalls",
    order=20,
    title="Class by class",
    words="recall by class",
    compute=_table,
    missing=_missing,
    people=_for_people,
    columns={name: Column(f"{name} (%)", "%.1f") for name in ("full data", "sd full data", "coreset", "sd coreset")}
    | {"change": Column("change (points)", "%+.1f"), "lost": Column(help="A fall of more than 10 points.")}
    | {"n": Column("n (coreset / full data)"), "class": Column(width="medium")}
    | {"coreset": Column("coreset (%)", "%.1f", BY_ACCURACY)},
    metric=True,
    coreset="asked",
)
