"""The parts of the Explore page."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from coreset_engine.analysis.classes import captions, kept_rates
from coreset_engine.analysis.coresets import CutOff, cut_off, histogram, injections, one_threshold
from coreset_engine.analysis.samples import parse_rows
from coreset_engine.budgets import hard_cutoff
from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard import cached, cached_explorer
from coreset_engine.dashboard.cached import SharedCoreset
from coreset_engine.dashboard.charts.draw import draw_chart
from coreset_engine.dashboard.controls import moves, retraining
from coreset_engine.dashboard.coresets import compared, gallery, pinned
from coreset_engine.dashboard.coresets.gallery_data import Keys
from coreset_engine.dashboard.explore import charts, data
from coreset_engine.dashboard.shell import links, packs
from coreset_engine.dashboard.shell.frame import failing_gracefully
from coreset_engine.dashboard.shell.texts import markdown_safe
from coreset_engine.dashboard.widgets import bits, live
from coreset_engine.explorer import atlas, run_pack, single
from coreset_engine.names import counted
from coreset_engine.windows import pair_of

TILES = 48  # per page of the gallery
KEYS = Keys("explore_tiles", "page", group="group", classes="class", order="sort", csv="explore_group")


def actions(spec: CoresetSpec) -> NDArray[np.bool_] | None:
    """Draw the buttons that pin, compare and retrain the coreset shown; return the members of A where one is pinned.

    Raises:
        ConfigError: the link's A can't be read or computed.
    """
    before = pinned.current()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Pin as A", key="pin", icon=":material/keep:", on_click=pinned.pin, args=(spec,),
            help="Remember this selection; then change the controls to see what is added and removed.",
        )  # fmt: skip
        compared.add_button(spec)
        hindered = retraining.hindrance(spec.run)
        if not hindered:
            links.draw("pages/7_Experiments.py", "Retrain on it", retraining.asking(spec), icon="replay", button=True)
        if before is not None:
            st.button("Unpin", key="unpin", icon=":material/keep_off:", on_click=pinned.unpin)
            st.caption(f"A is {markdown_safe(before.label)} of {before.run}.")
        if hindered:
            st.caption(f"No retraining on this run: {markdown_safe(hindered)}.")
    return None if before is None else pinned.members(before, spec.run)


def numbers(coreset: SharedCoreset, counts: NDArray[np.int64], a: NDArray[np.bool_] | None) -> None:
    """Draw size, cut and classes of a coreset, how it differs from A, and which injected errors it keeps.

    Args:
        coreset: of a run of the cache.
        counts: what `data.counts` gave.
        a: (N,) members of A, where one is pinned.
    """
    spec, images = coreset.spec, cached.images(coreset.spec.run)
    excluded = len(cached.excluded(spec))
    with st.container(horizontal=True, gap="medium"):
        st.metric("Kept", f"{coreset.size:,} of {len(coreset.kept):,}", width="content")
        if excluded:
            hint = f"Never kept: the set {spec.exclusion} of the sidebar."
            st.metric("Excluded", f"{excluded:,}", help=markdown_safe(hint), width="content")
        cut = one_threshold(coreset)
        st.metric("Score at the cut", "–" if cut is None else f"{cut:.4g}", width="content")
        st.metric("Classes kept", f"{np.count_nonzero(counts[:, 1])} of {len(counts)}", width="content")
        if a is not None:
            found = pinned.changes(coreset.kept, a)
            hint = "Jaccard: samples in both, as a share of those in either."
            st.metric("Overlap with A", f"{100 * found.jaccard:.1f} %", help=hint, width="content")
            st.metric("Added / removed", f"{found.added:,} / {found.removed:,}", width="content")
        _cut(cut_off(coreset, images.truth if images else {}), spec.hard_cutoff_by)
        for one in injections(images.truth, coreset.kept) if images else []:
            hint = f"Injected errors. A random coreset of this size keeps about {one.expected:,.0f}."
            st.metric(f"Injected {one.kind} kept", f"{one.kept:,} of {one.total:,}", help=hint, width="content")
    names = data.absent(counts, cached.info(spec.run).names)
    if names:
        classes = counted(len(names), "{class|classes}")
        st.warning(f"Nothing is kept of {classes}: {', '.join(map(markdown_safe, names))}.")

    for note in coreset.notes:
        st.caption(markdown_safe(note))


def _cut(found: CutOff | None, by: str) -> None:
    """Draw how many samples the hard cut-off by some evidence left out, and how many of them are injected label errors."""
    if found is None:
        return
    name, _, over_all = by.partition(":")
    evidence = f"{'Over all classes' if over_all else 'In each class'} {hard_cutoff.WORDS[name]}"
    hint = f"{evidence}; shown below as the group *cut off*."
    st.metric("Cut off as too hard", f"{found.samples:,}", help=hint, width="content")
    if found.all_label_errors:
        text = f"{found.label_errors:,} of {found.all_label_errors:,}"
        st.metric("Injected label errors cut off", text, width="content")
        st.metric("Clean samples cut off", f"{found.clean:,}", width="content")


def scores(coreset: SharedCoreset) -> None:
    """Draw the histogram of the scores."""
    name = f"{coreset.spec.method} score"
    told = (histogram(coreset), one_threshold(coreset), name)
    live.histogram(coreset.spec.run, *told, coreset.spec.method, "explore_scores")


def windows(coreset: SharedCoreset, a: NDArray[np.bool_] | None) -> None:
    """Draw the windows, to be dragged, and K and α; the page's other elements follow them in the browser.

    Args:
        coreset: of a run of the cache; where its method reads no windows, a chart of the same height stands here.
        a: (N,) members of A, where one is pinned.
    """
    spec = coreset.spec
    if not spec.windows:
        course, name = cached.trajectories(spec.run), cached.dynamics(spec.run).trajectory_name.replace("_", " ")
        alt = f"Mean {name} of every class over {course.means.shape[1]} epochs"
        draw_chart(charts.means(course, name), height=charts.HEIGHT, key="explore_means", alt=alt)
        st.caption(f"Mean {name} of every class over the epochs; {spec.method} reads no window of them.")
        return
    exact = {
        "kept": bits.as_shortest_text(coreset.kept),
        "pinned": "" if a is None else bits.as_shortest_text(a),
        "excluded": cached.excluded(spec).tolist(),
        "seq": moves.last(),
    }
    state = data.live_state(spec)
    limits = data.limits(state, cached.dynamics(spec.run).epochs)
    live.bands(spec.run, state, exact, limits, "explore_windows", moves.take)
    help_text = (
        "Drag a window or move it by the arrow keys: all samples are scored at every frame. When you let go, the page is "
        "computed exactly."
        if data.is_live(spec)
        else "Drag a window; the page follows when you let go, since this selection can't be computed in the browser."
    )
    st.caption("Mean error norm of every class over the epochs.", help=help_text)


def send(spec: CoresetSpec) -> None:
    """Send what the browser needs of a run to follow the hand, once."""
    live.send(spec.run, cached.trajectories(spec.run), packs.address(spec.run))


def classes(spec: CoresetSpec, counts: NDArray[np.int64], names: tuple[str, ...]) -> None:
    """Draw the share of every class."""
    chosen = st.session_state.get("class", "all")
    live.classes(spec.run, counts, names, chosen, spec.method, "explore_classes", _take_class)
    rates = kept_rates(counts, names)
    st.caption(markdown_safe(data.range_of_classes(counts, names)), help=markdown_safe(data.rates_in_words(rates)))
    balanced = data.balancing(spec, rates)
    if balanced:
        least = rates[0]
        st.caption(
            f"Least is kept of **{markdown_safe(least.name)}**: {least.kept:,} of {least.total:,}, {100 * least.rate:.1f} % "
            f"at α = {100 * spec.rate:g} %."
        )
        what = " ".join(f"{name.replace('_', ' ')} {value}" for name, value in balanced.items())
        links.draw("pages/2_Explore.py", f"Keep α of every class: {what}", balanced, icon="balance", key="balance")


def _take_class() -> None:
    """Let the gallery show the class that was pressed, or all classes when it is the one shown; a callback."""
    pressed = st.session_state["explore_classes"].chosen
    st.session_state["class"] = "all" if pressed == st.session_state.get("class") else pressed
    st.session_state.pop("page", None)


def images(coreset: SharedCoreset, a: NDArray[np.bool_] | None) -> tuple[list[int], int | None]:
    """Draw the images of a group; return the rows shown and the one just chosen.

    Args:
        coreset: of a run of the cache.
        a: (N,) members of A, where one is pinned.
    """
    groups, orders = data.groups(coreset, a), data.orders(coreset.spec)
    run = coreset.spec.run
    found = cached.images(run)
    whole = found is not None and _held(run) and atlas.is_whole(found.images["train"])
    return gallery.draw(coreset, groups, KEYS, size=TILES, orders=orders, live=data.is_live(coreset.spec), held=whole)


def _held(run: str) -> bool:
    """Return whether the browser has the error norms of all samples of a run."""
    return moves.held(packs.address(run)) and run_pack.is_whole(cached.dynamics(run))


def trajectories(spec: CoresetSpec, shown: list[int]) -> None:
    """Draw the error norms of samples that are asked for, or of the first ones shown."""
    dynamics, names = cached.dynamics(spec.run), cached.info(spec.run).names
    text = st.text_input(
        "Rows of the train split", key="samples", bind="query-params",
        placeholder="e.g. 12, 345; empty: the first six shown above",
    )  # fmt: skip
    asked: list[int] = []
    with failing_gracefully():
        asked = parse_rows(text, dynamics.n_samples)
    rows = asked or shown[:6]
    told = captions(dynamics, rows, names)
    if dynamics.trajectory_name == "error_norm":
        norms = None if _held(spec.run) else dynamics.error_norms[:, rows]
        live.courses(spec.run, norms, rows, told, bool(asked), "explore_trajectories")
        return
    name = dynamics.trajectory_name.replace("_", " ")
    chart = charts.courses(dynamics.signal(dynamics.trajectory_name)[:, rows], rows, told, name)
    draw_chart(chart, height=charts.HEIGHT, key="explore_courses", alt=f"{name} of samples over the epochs")
    st.caption(f"This run holds no error norms: the trajectories are those of its {name}.")


def one_file(spec: CoresetSpec) -> None:
    """Draw the download of the page in which the run is explored without the app, with its size and its command."""
    pair = pair_of(spec.windows)
    epochs = cached.dynamics(spec.run).epochs
    if epochs < 4 or cached.dynamics(spec.run).trajectory_name != "error_norm":
        st.caption("A page for one file needs a run of 4 epochs or more, with error norms.")
        return
    st.download_button(
        f"One-file explorer (HTML, about {cached_explorer.bytes_about(spec.run) / 1e6:,.1f} MB)",
        data=lambda: single.of_run(spec.run, pair, spec.rate),
        file_name=f"{spec.run}-explorer.html",
        key="explore_one_file",
        on_click="ignore",
        icon=":material/download:",
        help="Windows, rates, images, trajectories and results in one page that works from disk, without server or network.",
    )
    st.code(data.one_file_command(spec.run, pair, spec.rate), language="bash", wrap_lines=True)
