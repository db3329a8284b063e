"""What a sweep varies beside the plain form, a sweep from YAML, and its start."""

from typing import Any

import streamlit as st

from coreset_engine import selection
from coreset_engine.budgets.hard_cutoff import BASE, EVIDENCE
from coreset_engine.budgets.places import KINDS
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.coresets import place_form, sweep_panel
from coreset_engine.dashboard.experiments import data
from coreset_engine.dashboard.experiments.data import More
from coreset_engine.dashboard.shell import changing, failing_gracefully, markdown_safe
from coreset_engine.executors import queue
from coreset_engine.names import counted
from coreset_engine.pipeline.requests import SweepRequest, from_yaml, window_words
from coreset_engine.sweep.strategies import all_strategies
from coreset_engine.training_modes import all_modes

WINDOWS = ("grid", "row:1")  # offered; any other words can be typed


def choose_more() -> More:
    """Draw windows, K, further rules, selection seeds, training modes and search, and return them."""
    with st.expander("Windows, rules, seeds, training modes and search"):
        windows: list[Any] = st.multiselect(
            "Windows", WINDOWS, key="sweep_windows", accept_new_options=True, placeholder="as beside",
            help=f"For methods that compare two windows: {window_words.FORMS}.",
        )  # fmt: skip
        lengths: list[Any] = st.multiselect(
            "K, epochs per window", ("5", "10", "20"), key="sweep_lengths", accept_new_options=True,
            placeholder="as beside",
        )  # fmt: skip
        rules = st.multiselect("Further rules", list(selection.all_rules()), key="sweep_rules")
        shares = st.multiselect("Further class budgets", KINDS, key="sweep_class_budgets")
        cutoffs = st.multiselect("Further hard cut-offs β", (0.0, BASE), key="sweep_cutoffs")
        evidence = st.multiselect("Further evidence of the cut-off", EVIDENCE, key="sweep_evidence")
        drawn = st.number_input(
            "Selection seeds", 0, 20, 0, key="sweep_draws", help="Of methods and rules that draw; 0: the training's."
        )
        modes: list[Any] = st.multiselect(
            "Training modes", list(all_modes()), key="sweep_modes", accept_new_options=True,
            help="Trainings on the full data whose epochs take fewer samples: no coresets. `rs2` takes each α of the form, "
            "or `rs2:rate=0.1`; `infobatch:prune=0.5,anneal=0.125`.",
        )  # fmt: skip
        strategies = {"": "None: every cell", **{name: one.label for name, one in all_strategies().items()}}
        search = st.selectbox("Search", list(strategies), format_func=strategies.__getitem__, key="sweep_search")
        budget = st.number_input(
            "Budget", 2, 100_000, None, key="sweep_budget", placeholder="a quarter of the grid", disabled=not search
        )
        tested = st.checkbox(
            "Look at test after every epoch", key="sweep_test_every_epoch", disabled=bool(search),
            help="Rows then tell the best test accuracy of all epochs, too: chosen by test, hence optimistic.",
        )  # fmt: skip
    numbers = tuple(int(text) if text.isdecimal() else text for text in lengths)  # other text the request refuses
    return More(
        tuple(windows), numbers, tuple(rules), tuple(shares), tuple(cutoffs), tuple(evidence),
        tuple(range(int(drawn))), tuple(modes), search, budget if search else None, tested and not search,
    )  # fmt: skip


def choose_yaml() -> SweepRequest | None:
    """Draw where a sweep is given as YAML and return it; None where nothing is given.

    Raises:
        ConfigError: it is no sweep.
    """
    with st.expander("From YAML"):
        file = st.file_uploader("Upload YAML", ("yaml", "yml"), key="sweep_file")
        text = st.text_area("Or paste it", key="sweep_yaml", placeholder="run: demo\nmethods: [eva]\nrates: [0.1]")
        given = file.getvalue().decode("utf-8", "replace") if file is not None else text
        return from_yaml(given) if given.strip() else None


def offer(request: SweepRequest | None) -> None:
    """Draw what a sweep costs, what is new in it, the button that starts it, and its code.

    Args:
        request: the sweep, or None where the form has a gap.
    """
    if request is None:
        st.caption("Choose at least one method or reference, one rate and one architecture.")
        st.button("Start", type="primary", key="retrain_start", disabled=True, icon=":material/replay:")
        return
    with failing_gracefully():
        text, count = sweep_panel.told(request)
        news = data.compared(queue.all_jobs(), request, cached.info(request.run))
        selecting = data.selecting(request, cached.info(request.run), cached.feature_width(request.run))
        lacks = place_form.hindrance(request)
    st.caption(text, help="Rows that exist are not trained again.")
    for sentence in filter(None, (selecting, news, lacks)):
        st.caption(markdown_safe(sentence))
    st.button(
        "Start the search" if request.search else f"Train {counted(count, 'missing {cell|cells}')}",
        type="primary", key="retrain_start", icon=":material/replay:",
        on_click=sweep_panel.start, args=(request,), **changing(disabled=not count or bool(lacks)),
    )  # fmt: skip
    with st.expander("As command, Python and YAML"), failing_gracefully():
        sweep_panel.draw_code(request)
