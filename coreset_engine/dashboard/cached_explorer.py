"""How large the one-file explorer of a run will be, measured once for each state of its file."""

import streamlit as st

from coreset_engine import paths, store
from coreset_engine.dashboard import cached
from coreset_engine.explorer import single


def bytes_about(run: str) -> int:
    """Return about how many bytes the one-file explorer of a run has.

    Raises:
        EngineError: the run is missing or damaged.
    """
    return _bytes_about(run, cached.mark(paths.run_folder(run) / store.FILE_NAME))


@st.cache_data(max_entries=64, show_spinner=False)
def _bytes_about(run: str, state: tuple[int, int]) -> int:
    """Measure one epoch and one sheet of thumbnails."""
    return single.bytes_about(run)
