"""Why selections keep samples or not, as the dialog, the Compare page and files of rows tell it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from coreset_engine.analysis.reasons import Reason, reasons, sentence
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.cached import SharedCoreset
from coreset_engine.dashboard.shell.texts import markdown_safe

Named = Sequence[tuple[str, SharedCoreset]]
HELP = (
    "Threshold: score of the last-ranked sample kept, of its class where each class has its own places. Percentile: share "
    "of all samples that rank behind this one."
)
NUMBERS = {"Score": "%.4g", "Threshold": "%.4g", "Percentile": "%.2f"}


def of_row(row: int, coresets: Named) -> list[tuple[str, Reason]]:
    """Return what each selection, by its name, makes of a sample.

    Raises:
        EngineError: an exclusion is gone or damaged.
    """
    return [(name, _reasons(coreset, [row])[0]) for name, coreset in coresets]


def draw(row: int, coresets: Named, key: str) -> None:
    """Draw why each selection keeps a sample or not: a sentence, and a table where there are several.

    Args:
        row: of the train split.
        coresets: by their names.
        key: of the table.

    Raises:
        EngineError: as `of_row` says.
    """
    found = of_row(row, coresets)
    if not found:
        return
    if len(found) > 1:
        rows = [
            {"Selection": name, "": "kept" if one.kept else one.left_out or "dropped", "Score": one.score}
            | {"Threshold": one.threshold, "Percentile": one.percentile}
            for name, one in found
        ]
        columns = {name: st.column_config.NumberColumn(format=text) for name, text in NUMBERS.items()}
        table = pd.DataFrame(rows)
        st.dataframe(table, hide_index=True, key=key, column_config=columns, height="content", placeholder="–")
    st.markdown(f"Why: {markdown_safe(sentence(found))}", help=HELP)


def columns(rows: NDArray[np.int64], coresets: Named) -> dict[str, list[float] | list[str]]:
    """Return score, threshold and percentile of some samples under each selection, and why it keeps them or not.

    Args:
        rows: of the train split.
        coresets: by their names; the columns of one without a name have none either.
    """
    found = [(name, _reasons(coreset, rows.tolist())) for name, coreset in coresets]
    made: dict[str, list[float] | list[str]] = {}
    for name, each in found:
        made[f"score {name}".strip()] = [one.score for one in each]
        made[f"threshold {name}".strip()] = [one.threshold for one in each]
        made[f"percentile {name}".strip()] = [round(one.percentile, 4) for one in each]
    words = [name or coreset.spec.method for name, coreset in coresets]
    by_row = zip(*[each for _, each in found], strict=True)
    return made | {"why": [sentence(list(zip(words, each, strict=True))) for each in by_row]}


def _reasons(coreset: SharedCoreset, rows: Sequence[int]) -> list[Reason]:
    """Return what a selection of a run of the cache makes of some samples."""
    labels = cached.dynamics(coreset.spec.run).strata_labels
    return reasons(coreset, rows, labels, cached.excluded(coreset.spec))
