"""Trainings that start from the window map: one press searches for better windows, or fills what is missing."""

from typing import Any

import streamlit as st

from coreset_engine.dashboard.coresets import place_form, sweep_panel
from coreset_engine.dashboard.shell import changing, failing_gracefully, markdown_safe
from coreset_engine.dashboard.windows import choices, found
from coreset_engine.dashboard.windows.choices import SEARCH, Place
from coreset_engine.executors import queue
from coreset_engine.names import counted
from coreset_engine.pipeline.requests import SweepRequest
from coreset_engine.sweep.strategies import all_strategies


def draw(place: Place, hindered: str) -> None:
    """Draw what can be trained, what it costs, and the button that starts it.

    Args:
        place: where on the map.
        hindered: why nothing can be trained, "" where it can.
    """
    with failing_gracefully():
        names = choices.labels(place)
    with st.container(border=True):
        help_text = choices.of_papers(place.paper, place.facts.dataset)
        choice = st.selectbox(
            "Train",
            list(names),
            format_func=names.__getitem__,
            key="window_map_train",
            help=help_text,
            disabled=bool(hindered),
        )
        if hindered:
            st.button("Find better windows", key="window_map_start", type="primary", disabled=True, help=hindered)
            return
        with failing_gracefully():
            request = _request(choice, place)
            text, count = sweep_panel.told(request)
            running = found.is_under_way(request, queue.all_jobs())
            lacks = place_form.hindrance(request)
        st.button(
            _label(choice, count, running=running),
            key="window_map_start",
            type="primary",
            on_click=sweep_panel.start,
            args=(request,),
            icon=":material/search:" if choice == SEARCH else ":material/replay:",
            **changing(disabled=running or not count or bool(lacks)),
        )
        st.caption(text, help=_search_help() if choice == SEARCH else "Rows that exist are not trained again.")
        if lacks:
            st.caption(markdown_safe(lacks))
        with st.expander("As command, Python and YAML"), failing_gracefully():
            sweep_panel.draw_code(request)


def _request(choice: str, place: Place) -> SweepRequest:
    """Draw seeds, K and executor, for a search its strategy and budget too, and return what is asked for.

    Raises:
        EngineError: it is not possible.
    """
    first, second = st.columns(2)
    seeds = first.number_input("Seeds", 1, 20, 2, key="window_map_seeds", help="Trainings per cell: 0, 1, …")
    longest = place.facts.epochs // 2
    own = place.current.length
    offered = sorted({own, *(length for length in (5, 10, 15, 20, 25) if length <= longest)})
    lengths = second.multiselect("K", offered, [own], key=f"window_map_lengths_{own}", help="Epochs per window.")
    more = _strategy_and_budget() if choice == SEARCH else {}
    trained_on = place_form.choose_place()
    return choices.request(choice, place, lengths=lengths, seeds=int(seeds), trained_on=trained_on, **more)


def _strategy_and_budget() -> dict[str, Any]:
    """Draw how a search goes and what it may cost, and return both as `choices.request` takes them."""
    with st.expander("Strategy and budget"):
        strategies = {name: one.label for name, one in all_strategies().items()}
        order = sorted(strategies, key=lambda name: name != choices.STRATEGY)
        name = st.selectbox(
            "Strategy", order, format_func=strategies.__getitem__, key="window_map_strategy",
            help="The model asks for a few trainings at a time; halving and racing for many, as a cluster can take.",
        )  # fmt: skip
        budget = st.number_input(
            "Budget", 2, 100_000, None, key="window_map_budget", placeholder="a quarter of the grid",
            help="In trainings of full length, without the confirmation.",
        )  # fmt: skip
    return {"strategy": name, "budget": budget}


def _label(choice: str, count: int, *, running: bool) -> str:
    """Return what the button says."""
    if running:
        return "Under way …"
    if choice == SEARCH:
        return "Find better windows"
    return f"Train {counted(count, 'missing {cell|cells}')}" if count else "Nothing is missing"


def _search_help() -> str:
    """Return how a search works."""
    return (
        "Windows are chosen by val accuracy, with fewer trainings than the grid. At the end the winner and Random are "
        "trained with fresh seeds, and only then test is looked at."
    )
