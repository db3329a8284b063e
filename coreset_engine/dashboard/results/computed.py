"""What the Results page computes, once for each state of results and runs: most of what is pressed changes none of it."""

from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st

from coreset_engine import paths, store
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.results.data import Scope

Found = TypeVar("Found")


def once(name: str, scope: Scope, compute: Callable[[], Found], *more: Any) -> Found:
    """Return what a function gives, computed once for a scope and shared by all sessions: nobody may change it.

    Args:
        name: of what is computed.
        scope: all that it depends on, besides the runs' files.
        compute: makes it.
        more: what else it depends on.
    """
    compared = (scope.metric, scope.data, scope.architecture, scope.epochs, scope.hidden, scope.hidden_rows)
    # a folder whose name can't be a run's is told on the Overview and read by nothing here
    runs = tuple(cached.state(run) for run in store.run_names() if paths.is_name(run))
    found: Found = _once(name, (cached.result_state(), runs, compared, more), compute)
    return found


@st.cache_resource(max_entries=256, show_spinner=False)
def _once(name: str, key: tuple[Any, ...], _compute: Callable[[], Any]) -> Any:
    """Compute once for each key; an error is not kept."""
    return _compute()
