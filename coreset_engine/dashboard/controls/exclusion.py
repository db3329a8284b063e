"""The selector of the exclusion: which saved rows are never kept."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from coreset_engine.dashboard.controls.choices import NOTHING
from coreset_engine.dashboard.shell.texts import markdown_safe
from coreset_engine.names import counted
from coreset_engine.store import exclusions


def choose_exclusion(dataset_sha256: str) -> tuple[str, NDArray[np.int64]]:
    """Draw the selector of the data set's saved exclusions and return the chosen one's name and rows, ascending.

    Both are empty where nothing is excluded, and where it is not known which images a run was recorded on: then there is
    nothing to choose from, and nothing is drawn. A name that a link gives and nobody saved is told and left.

    Raises:
        DatasetError: the file of the chosen set is damaged.
    """
    found = exclusions.names(dataset_sha256) if dataset_sha256 else []
    _leave_unknown_exclusion(found)
    if not dataset_sha256:
        return "", np.empty(0, np.int64)
    name = st.selectbox(
        "Exclude",
        [NOTHING, *(one for one in found if one != NOTHING)],
        key="exclude",
        bind="query-params",
        help="Rows that are never kept: sets of them are made on the Label issues page.",
    )
    if name == NOTHING:
        return "", np.empty(0, np.int64)
    rows = np.array(exclusions.load(dataset_sha256, name).rows, np.int64)
    st.caption(f"{markdown_safe(name)}: {counted(len(rows), '{row is|rows are}')} never kept.")
    return name, rows


def _leave_unknown_exclusion(found: list[str]) -> None:
    """Say that the set which a link or another data set's page asks for is not there, and forget it."""
    wanted = st.session_state.get("exclude", st.query_params.get("exclude", NOTHING))
    if wanted not in (NOTHING, *found):
        st.session_state.pop("exclude", None)
        st.warning(
            f"These images have no saved exclusion {markdown_safe(repr(wanted))}, so nothing is excluded. Choose another, "
            "or save one on the Label issues page."
        )
