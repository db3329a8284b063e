"""Cached judgements of a run's labels, keyed by what the run's file says of its state."""

from typing import Any

import streamlit as st

from coreset_engine.analysis import label_issues
from coreset_engine.analysis.label_issues import Confusion, Rule, Suspects
from coreset_engine.dashboard import cached


def suspected(run: str, share: float | None) -> dict[Rule, Suspects]:
    """Return what every rule suspects of a run's labels, by its own limit or a share of all samples.

    Raises:
        EngineError: the run is missing or damaged, or multi-label.
    """
    found = _suspected(run, cached.state(run))
    return found if share is None else label_issues.strongest(found, share)


@st.cache_resource(max_entries=8, show_spinner="Labels are being judged …")
def _suspected(run: str, state: tuple[Any, ...]) -> dict[Rule, Suspects]:
    """Judge the labels once for each state of a run's file."""
    return label_issues.find_all(cached.dynamics(run))


def surest(run: str) -> dict[int, int]:
    """Return for each class the sample of which a run is surest, by class.

    Raises:
        EngineError: the run is missing or damaged, or multi-label.
    """
    return _surest(run, cached.state(run))


@st.cache_resource(max_entries=8, show_spinner=False)
def _surest(run: str, state: tuple[Any, ...]) -> dict[int, int]:
    """Find examples of every class once for each state of a run's file."""
    return label_issues.surest(cached.dynamics(run), suspected(run, None))


def confusions(run: str) -> list[Confusion]:
    """Return which classes a run took for which in the last third of its epochs, the most frequent first.

    Raises:
        EngineError: the run is missing or damaged, or multi-label.
    """
    return _confusions(run, cached.state(run))


@st.cache_resource(max_entries=8, show_spinner=False)
def _confusions(run: str, state: tuple[Any, ...]) -> list[Confusion]:
    """Count predictions once for each state of a run's file."""
    return label_issues.confused_pairs(cached.dynamics(run))
