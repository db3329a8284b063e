"""The part that tells which class is taken for which more often on a coreset than on the full data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coreset_engine import results
from coreset_engine.results.parts import Part, Question
from coreset_engine.results.people import BY_ACCURACY, Column
from coreset_engine.results.references import class_names

if TYPE_CHECKING:
    import pandas as pd


def _table(rows: pd.DataFrame, question: Question) -> pd.DataFrame | None:
    """Return how much more often, in points, one class is taken for another, the largest changes first."""
    import pandas as pd

    if question.coreset is None:
        return None
    change = results.confusion_change(rows, *question.coreset, question.metric)
    if change is None:
        return None
    names = class_names(rows["dataset_sha256"].iloc[0], len(change.points), question.info)
    there = ~np.isnan(change.points)
    if len(names) > results.DENSE_CONFUSION:
        there &= change.points != 0  # of 1,000 classes nearly all pairs never occur
    true, predicted = np.nonzero(there)
    told = np.array(names, object)
    columns = {"true": true, "true_name": told[true], "predicted": predicted, "predicted_name": told[predicted]}
    found = pd.DataFrame(columns | {"points": change.points[there]}).assign(n=change.n, full_n=change.full_n)
    return found.sort_values("points", key=abs, ascending=False, kind="stable")


def _missing(question: Question) -> str:
    """Return why the confusion of a coreset is not known."""
    whose = f"row of {question.coreset[0]!r}" if question.coreset else "training on a coreset"
    return (
        f"No {whose}, or none on all data, keeps its confusion. It is kept for data of one label per image, of "
        "trainings from this version on: delete these rows and train them again to see it."
    )


PART = Part(
    name="confusion",
    order=30,
    title="Which class is taken for which",
    words="which class is taken for which",
    compute=_table,
    missing=_missing,
    columns={"points": Column("change (points)", "%+.1f", BY_ACCURACY)},
    metric=True,
    coreset="always",
)
