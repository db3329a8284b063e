"""The selectors of class budgets and of the hard cut-off, the same on every page."""

from typing import Any

import streamlit as st

from coreset_engine.budgets import WORDS, ClassBudget, groups, hard_cutoff
from coreset_engine.budgets.places import KINDS, TAU

STEP = 0.05


def choose_shares(*, grouped: bool = False) -> dict[str, Any]:
    """Draw budgets and hard cut-off, folded while they are not in use; return them as fields of a coreset.

    Args:
        grouped: whether the images have groups, which then may share the places, too.
    """
    budget, cutoff = _asked("class_budget", "none"), _asked("hard_cutoff", 0.0)
    used = budget != "none" or cutoff not in (0.0, "0", "0.0") or (grouped and _asked("group_budget", "none") != "none")
    with st.expander("Class budgets and hard cut-off", expanded=used):
        found: dict[str, Any] = {"class_budget": _choose_class_budget()}
        if grouped:
            found["group_budget"] = _choose_group_budget()
        found["hard_cutoff"] = _choose_hard_cutoff()
        return found | ({"hard_cutoff_by": _choose_evidence()} if found["hard_cutoff"] else {})


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
            help="Leaves out the samples of lowest AUM in each class: β √(0.1/α) of it, at least the share that was not "
            "learned (AUM below 0, and correct in under half of the last quarter of the epochs), at most half. CCS takes "
            f"{hard_cutoff.BASE} at α = 10 %; 0 cuts nothing.",
        ),
        9,
    )


def _choose_evidence() -> str:
    """Draw what the cut-off goes by, and return it."""
    by = st.selectbox(
        "Cut off by",
        hard_cutoff.EVIDENCE,
        key="hard_cutoff_by",
        bind="query-params",
        help="; ".join(f"{name}: {words}" for name, words in hard_cutoff.WORDS.items())
        + ". With global, from all samples together instead of class by class.",
    )
    return str(by)


def _choose_group_budget() -> str:
    """Draw how groups share the places, and return it."""
    kind = st.selectbox(
        "Group budgets",
        groups.GROUP_BUDGETS,
        key="group_budget",
        bind="query-params",
        help="How many samples each group, as a patient, gives.",
    )
    if kind != "none":
        st.caption(groups.WORDS[kind])
    return str(kind)
