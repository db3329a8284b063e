"""The selectors of class budgets and of the hard cut-off, the same on every page."""

from typing import Any

import streamlit as st

from coreset_engine.budgets import WORDS, ClassBudget, hard_cutoff
from coreset_engine.budgets.places import KINDS, TAU

STEP = 0.05


def choose_shares() -> dict[str, Any]:
    """Draw class budgets and hard cut-off, folded while they are not in use; return them as fields of a coreset."""
    budget, cutoff = _asked("class_budget", "none"), _asked("hard_cutoff", 0.0)
    used = budget != "none" or cutoff not in (0.0, "0", "0.0")
    with st.expander("Class budgets and hard cut-off", expanded=used):
        return {"class_budget": _choose_class_budget(), "hard_cutoff": _choose_hard_cutoff()}


def _asked(key: str, usual: Any) -> Any:
    """Return what a control holds before it is drawn: what was chosen last, or what the address says."""
    return st.session_state.get(key, st.query_params.get(key, usual))


def _choose_class_budget() -> str:
    """Draw how classes share the places, with τ where it counts, and return it as one word."""
    kind = st.selectbox(
        "Class budgets",
        KINDS,
        key="class_budget",
        bind="query-params",
        help="How many samples each class gives. With budgets every method and rule works class by class.",
    )
    if kind != "none":
        st.caption(WORDS[kind])
    if kind != "tempered":
        return str(ClassBudget(kind))
    tau = st.slider(
        "τ",
        0.0,
        1.0,
        TAU,
        STEP,
        key="tau",
        bind="query-params",
        help="Places in proportion to the class size to the power τ: 0 is equal per class, 1 in proportion.",
    )
    return str(ClassBudget(kind, round(tau, 9)))


def _choose_hard_cutoff() -> float:
    """Draw the share of each class that is left out first, and return β at α = 10 %."""
    return round(
        st.slider(
            "Hard cut-off β",
            0.0,
            hard_cutoff.LIMIT,
            0.0,
            STEP,
            key="hard_cutoff",
            bind="query-params",
            help="Leaves out the samples of lowest AUM in each class: β √(0.1/α) of it, at least the share never learned, "
            f"at most half. CCS takes {hard_cutoff.BASE} at α = 10 %; 0 cuts nothing.",
        ),
        9,
    )
