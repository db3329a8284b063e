"""The parts of the Explore page."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from coreset_engine import methods
from coreset_engine.coreset import Coreset, CoresetSpec
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.charts.spec import readable
from coreset_engine.dashboard.controls import retraining, run_and_method
from coreset_engine.dashboard.coresets import compared, export_panel, pinned, replicates, view
from coreset_engine.dashboard.explore import charts
from coreset_engine.dashboard.shell import links
from coreset_engine.dashboard.shell.frame import failing_gracefully, markdown_safe
from coreset_engine.dashboard.widgets import tiles, window_bands
from coreset_engine.datasets import ImageSet
from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import EngineError
from coreset_engine.windows import pair_of

RANK = "rank by the method"  # how a group is sorted at first
TILES = 48  # a page of the gallery


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
        links.draw("pages/7_Experiments.py", "Retrain on it", retraining.asking(now), icon="replay", button=True)
        if before is not None:
            st.button("Unpin", key="unpin", icon=":material/keep_off:", on_click=pinned.unpin)
            st.caption(f"A is {markdown_safe(before.label)} of {before.run}.")
    return before


def histogram(current: Coreset, spec: CoresetSpec) -> None:
    """Draw the histogram of the scores."""
    cut = current.threshold if spec.rule == "top" else None
    st.echarts_chart(
        readable(charts.histogram(view.histogram(current), cut, f"{spec.method} score")),
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
    window_bands.draw(spec.run, pair, spec.rate, form, "explore_scrub", run_and_method.take_windows)
    st.caption(
        "Mean error norm of every class. Drag a window: the bars, scores of 500 samples, follow; the page when you let go."
    )


def classes(counts: NDArray[np.int64], names: tuple[str, ...]) -> None:
    """Draw the share of every class."""
    chart, height = charts.classes(counts, names)
    st.echarts_chart(
        readable(chart),
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


def gallery(
    images: ImageSet | None,
    dynamics: Dynamics,
    current: Coreset,
    names: tuple[str, ...],
    a: NDArray[np.bool_] | None,
    spec: CoresetSpec,
) -> tuple[list[int], int | None]:
    """Draw the images of a group, page by page; return the rows shown and the one just chosen."""
    groups = view.GROUPS if a is None else (*view.GROUPS, *view.AGAINST)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        group = st.segmented_control("Images", groups, default="kept", required=True, key="group", bind="query-params")
        chosen = st.selectbox("Class", ["all", *names], key="class", bind="query-params", width=180)
        orders = view.sort_orders()
        order = st.selectbox("Sort by", [RANK, *orders], key="sort", bind="query-params", width=210)
    rows = view.of_class(view.members(current, group, a), dynamics.labels, names, chosen)
    if order in orders:
        method, highest = orders[order]
        with failing_gracefully():
            rows = view.sorted_by(rows, cached.sources(spec.run, spec.average).score(method, {}), highest)
    pages = max(1, -(-len(rows) // TILES))
    page = st.pagination(pages, max_visible_pages=5, key="page", bind="query-params") if pages > 1 else 1
    shown = rows[(page - 1) * TILES : page * TILES].tolist()
    opened = None
    if images is None:
        st.info("This run has no images here (imported, or the image cache was removed). Its rows can be exported.")
    elif shown:
        captions = view.captions(dynamics, shown, names)
        sheet = [
            tiles.Tile(row, _state(row, current, group), caption) for row, caption in zip(shown, captions, strict=True)
        ]
        opened = tiles.draw(images.images["train"], sheet, "explore_tiles")
    told = view.ORDER[group] if order == RANK else order
    how = (
        " The number is the row in the train split, blue marks what is kept; choose an image for a look at it. Grey values "
        "are the file's own, enlarged without interpolation."
    )
    st.caption(f"{len(rows):,} {'samples' if images is None else 'images'}, {told}.{'' if images is None else how}")
    if len(rows):
        export_panel.rows_button(
            len(rows),
            lambda: view.as_table(rows, current, dynamics.labels, names),
            f"{group}-{chosen}",
            "explore_group",
        )
    return shown, opened


def _state(row: int, current: Coreset, group: str) -> str:
    """Return what a tile's bar says of a sample."""
    if group in view.AGAINST:
        return group
    return "kept" if current.kept[row] else "dropped"


def trajectories(dynamics: Dynamics, shown: list[int], names: tuple[str, ...], spec: CoresetSpec) -> None:
    """Draw the error norms of samples that are asked for, or of the first ones shown."""
    text = st.text_input(
        "Rows of the train split",
        key="samples",
        bind="query-params",
        placeholder="e.g. 12, 345; empty: the first six shown above",
    )
    with failing_gracefully():
        picked = view.parse_rows(text, dynamics.n_samples) or shown[:6]
    st.echarts_chart(
        readable(
            charts.trajectories(
                dynamics.error_norms[:, picked], picked, view.captions(dynamics, picked, names), spec.windows
            )
        ),
        height=300,
        key="explore_trajectories",
        alt=f"Error norm over the epochs of samples {', '.join(map(str, picked))}",
    )
