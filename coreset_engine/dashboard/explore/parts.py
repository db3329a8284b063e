"""The parts of the Explore page."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from coreset_engine import methods
from coreset_engine.analysis.classes import captions
from coreset_engine.analysis.coresets import histogram as scores_histogram
from coreset_engine.analysis.samples import parse_rows
from coreset_engine.coreset import Coreset, CoresetSpec
from coreset_engine.dashboard.charts import lines
from coreset_engine.dashboard.charts.draw import draw_chart
from coreset_engine.dashboard.controls.windows import take_windows
from coreset_engine.dashboard.coresets import compared, pinned, replicates
from coreset_engine.dashboard.coresets.gallery import draw as draw_gallery
from coreset_engine.dashboard.coresets.gallery_data import Keys
from coreset_engine.dashboard.experiments import parts
from coreset_engine.dashboard.explore import charts, data
from coreset_engine.dashboard.shell import links
from coreset_engine.dashboard.shell.frame import failing_gracefully, markdown_safe
from coreset_engine.dashboard.widgets import window_bands
from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import EngineError
from coreset_engine.windows import pair_of

TILES = 48  # a page of the gallery
KEYS = Keys("explore_tiles", "page", group="group", classes="class", order="sort", csv="explore_group")


def choose_average(run: str) -> tuple[str, ...]:
    """Draw which runs of other seeds the scores are averaged over; nothing where there is none."""
    others = replicates.siblings(run)
    if not others:
        return ()
    chosen = st.multiselect(
        "Average with", others, key="average", bind="query-params", help="Runs of the same recipe with other seeds."
    )
    return tuple(chosen)


def pin_controls(now: CoresetSpec) -> CoresetSpec | None:
    """Draw the buttons that pin the selection shown as A and forget it; return what is pinned."""
    try:
        before = pinned.current()
    except EngineError:
        pinned.unpin()
        raise
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Pin as A", key="pin", icon=":material/keep:", on_click=pinned.pin, args=(now,),
            help="Remember this selection; then change the controls to see what enters and what leaves.",
        )  # fmt: skip
        compared.add_button(now)
        links.draw("pages/7_Experiments.py", "Retrain on it", parts.asking(now), icon="replay", button=True)
        if before is not None:
            st.button("Unpin", key="unpin", icon=":material/keep_off:", on_click=pinned.unpin)
            st.caption(f"A is {markdown_safe(before.label)} of {before.run}.")
    return before


def histogram(current: Coreset, spec: CoresetSpec) -> None:
    """Draw the histogram of the scores."""
    cut = current.threshold if spec.rule == "top" else None
    draw_chart(
        charts.histogram(scores_histogram(current), cut, f"{spec.method} score"),
        height=300,
        key="explore_scores",
        alt=f"Histogram of the {spec.method} score with the kept samples marked",
    )


def windows(spec: CoresetSpec) -> None:
    """Draw the two windows, to be dragged."""
    pair = pair_of(spec.windows)
    if pair is None:
        return
    # methods of two windows either combine variances in one of several ways, or add up means
    form = spec.options.get("combine", "variance") if "combine" in methods.get(spec.method).options else "mean"
    window_bands.draw(spec.run, pair, spec.rate, form, "explore_scrub", take_windows)
    st.caption(
        "Mean error norm of every class. Drag a window: the bars, scores of 500 samples, follow; the page when you let go."
    )


def classes(counts: NDArray[np.int64], names: tuple[str, ...]) -> None:
    """Draw the share of every class."""
    chart, height = charts.classes(counts, names)
    draw_chart(
        chart,
        height=height,
        key="explore_classes",
        alt="Share of every class in all data and in the coreset; a press on a bar shows that class's images",
        on_select=lambda: _take_class(names),
    )


def _take_class(names: tuple[str, ...]) -> None:
    """Let the gallery show the class whose bar was pressed, or all classes when it is the one shown; a callback."""
    parts = st.session_state["explore_classes"].selection.selected
    pressed = {names[place] for part in parts for place in part["data_indices"]} - {st.session_state.get("class")}
    st.session_state["class"] = min(pressed, default="all")
    st.session_state.pop("page", None)


def gallery(coreset: Coreset, a: NDArray[np.bool_] | None) -> tuple[list[int], int | None]:
    """Draw the images of a group; return the rows shown and the one just chosen.

    Args:
        coreset: of the page.
        a: (N,) members of A, where one is pinned.
    """
    return draw_gallery(coreset, data.groups(coreset, a), KEYS, size=TILES, orders=data.orders(coreset.spec))


def trajectories(dynamics: Dynamics, shown: list[int], names: tuple[str, ...], spec: CoresetSpec) -> None:
    """Draw the error norms of samples that are asked for, or of the first ones shown."""
    text = st.text_input(
        "Rows of the train split",
        key="samples",
        bind="query-params",
        placeholder="e.g. 12, 345; empty: the first six shown above",
    )
    with failing_gracefully():
        picked = parse_rows(text, dynamics.n_samples) or shown[:6]
    draw_chart(
        lines.trajectories(dynamics.error_norms[:, picked], picked, captions(dynamics, picked, names), spec.windows),
        height=300,
        key="explore_trajectories",
        alt=f"Error norm over the epochs of samples {', '.join(map(str, picked))}",
    )
