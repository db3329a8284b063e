"""The parts of the Data map page."""

from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from coreset_engine import export, scores
from coreset_engine.analysis import filter_syntax
from coreset_engine.analysis.classes import captions, class_counts
from coreset_engine.analysis.coresets import injections
from coreset_engine.analysis.filter_meaning import kinds
from coreset_engine.analysis.signal_filter import matching
from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.charts.draw import draw_chart
from coreset_engine.dashboard.controls import exclusion_panel, exclusions
from coreset_engine.dashboard.controls.exclusions import Work
from coreset_engine.dashboard.coresets import code_tabs, export_panel
from coreset_engine.dashboard.coresets.gallery import draw as draw_gallery
from coreset_engine.dashboard.coresets.gallery_data import Group, Keys
from coreset_engine.dashboard.data_map import charts, code, data, sets
from coreset_engine.dashboard.data_map.data import Axis, MapView
from coreset_engine.dashboard.shell import links, pages
from coreset_engine.dashboard.shell.texts import markdown_safe
from coreset_engine.dashboard.widgets import tiles
from coreset_engine.data_map import areas
from coreset_engine.data_map.areas import Shape
from coreset_engine.errors import EngineError
from coreset_engine.names import counted
from coreset_engine.sources import train_groups

TILES = 24  # per page of the gallery: what is in view beside the map without scrolling
KEYS = Keys("data_map_tiles", "area_page", classes="class", order="order")
ORDERS = ("row", "x ↑", "x ↓", "y ↑", "y ↓")


def choose_axis(which: str, spec: CoresetSpec, epochs: int) -> Axis:
    """Draw the selector of one axis and return it with its scores.

    Raises:
        EngineError: the method can't score this run.
    """
    names = data.axis_names(spec.run)
    default = names.index(data.PAPER[which == "y"])
    label = "X axis" if which == "x" else "Y axis"
    # names as they are: a label made by `format_func` would stand in the link
    name = st.selectbox(label, names, default, key=which, bind="query-params", on_change=forget_area, width=165)
    entry, options = scores.get(name), data.axis_options(name, epochs, spec)
    return Axis(name, entry.label, entry.keep, options, cached.sources(spec.run, spec.average).score(name, options))


def forget_area() -> None:
    """Clear the area and what the map is zoomed to: another axis has other numbers."""
    st.session_state["area"] = st.session_state["view"] = ""
    _first_page()


def choose_mark(samples: int) -> int | None:
    """Draw the field for the row that is marked and return it; one that does not exist is told and not marked."""
    row = st.number_input(
        "Find row", value=None, step=1, key="mark", bind="query-params", width=165, placeholder="or click the map"
    )
    if row is not None and not 0 <= row < samples:
        st.warning(f"There is no row {row}: the rows of this run are 0 to {samples - 1:,}.", icon=":material/warning:")
        return None
    return row


def marked(view: MapView, row: int) -> bool:
    """Draw the sample that is marked, with its numbers; return whether its own page is asked for."""
    caption, opened = captions(view.dynamics, [row], view.names)[0], False
    picture, words = st.columns([2, 7], gap="small")
    if view.images is not None:
        with picture:
            tile = tiles.Tile(row, "kept" if view.kept[row] else "dropped", caption)
            opened = tiles.draw(view.images.images["train"], [tile], "data_map_marked") is not None
    with words:
        st.caption(
            f"Row {row}, {markdown_safe(caption)}, {'kept' if view.kept[row] else 'not kept'}. "
            f"{view.x.label} {view.x.values[row]:.4g}, {view.y.label} {view.y.values[row]:.4g}."
        )
        return st.button("Look at this sample", key="data_map_open", icon=":material/image_search:") or opened


def choose_filter(spec: CoresetSpec, names: tuple[str, ...]) -> tuple[str, NDArray[np.bool_] | None]:
    """Draw the field of the filter and return it with the samples (N,) it finds; ("", None) for none.

    One that can't be read is told and not used.
    """
    text = st.text_input(
        "Filter",
        key="filter",
        bind="query-params",
        max_chars=filter_syntax.LONGEST,
        placeholder="e.g. forgetting > 3 and not correct_last",
        help=f"Selects samples, within the area if there is one. {filter_syntax.HELP} Values: {', '.join(kinds())}.",
        on_change=_first_page,
    ).strip()
    try:
        sources = cached.sources(spec.run, spec.average)
        groups = partial(train_groups, spec.run)
        return (text, matching(sources, text, class_names=names, groups=groups)) if text else ("", None)
    except EngineError as error:
        st.error(markdown_safe(str(error)), icon=":material/error:")
        return "", None


def _first_page() -> None:
    """Begin with the first page of images again; a callback."""
    st.session_state["area_page"] = 1


def regions(view: MapView, shapes: dict[str, Shape]) -> None:
    """Draw how many samples the regions of a data map hold, and what is kept and injected of them."""
    lines = data.region_table(shapes, view.x, view.y, view.kept, view.truth)
    if lines:
        numbers = {name: st.column_config.NumberColumn(format="localized") for name in list(lines[0])[1:]}
        st.dataframe(lines, hide_index=True, key="data_map_regions", column_config=numbers)
        both = areas.shared(list(shapes.values()), view.x.values, view.y.values)
        st.caption(
            f"Thirds of the samples: most confident, most variable, least confident. They overlap: {both:,} samples are in "
            "two or more.",
            help=data.REGIONS,
        )


def without_area(view: MapView, shapes: dict[str, Shape], row: int | None) -> bool:
    """Draw what stands beside a map without an area: how to draw one, the regions, and the sample that is marked.

    Args:
        view: the samples.
        shapes: the regions.
        row: the sample that is marked, or None.

    Returns:
        Whether the marked sample is to be opened.
    """
    none = "No sample matches the filter, or none that does lies in the area."
    text = (
        none
        if view.filter
        else "No sample is selected. Draw a lasso or a box around some on the map, or write a filter."
    )
    st.info(text, icon=":material/gesture:")
    regions(view, shapes)
    return row is not None and marked(view, row)


def details(view: MapView, inside: NDArray[np.bool_], area: str) -> None:
    """Draw what stands below the map of an area: its classes, how it learns, its export and its exclusion.

    Args:
        view: the samples.
        inside: (N,) the area.
        area: the same as text.

    Raises:
        EngineError: the set of the sidebar is missing or damaged.
    """
    for place, part in zip(st.columns(2, gap="medium"), (shares, trajectories), strict=True):
        with place:
            part(view, inside)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.markdown(f"## Export {view.what}")
        export_area(view, inside, area)
    with right:
        st.markdown(f"## Exclude {view.what}")
        exclude_area(view, inside)


def summary(view: MapView, inside: NDArray[np.bool_]) -> None:
    """Draw how many samples an area holds, how many of them the coreset keeps, and what was injected among them."""
    with st.container(horizontal=True, gap="large"):
        st.metric(
            "Found" if view.filter else "In the area", f"{int(inside.sum()):,} of {len(inside):,}", width="content"
        )
        both = int((inside & view.kept).sum())
        st.metric("Of them in the coreset", f"{both:,} of {int(view.kept.sum()):,}", width="content")
    found = [
        f"{one.kept:,} of {one.total:,} {one.kind} ({one.expected:,.0f})" for one in injections(view.truth, inside)
    ]
    if found:
        st.caption(f"Injected: {', '.join(found)}.", help="In brackets: what as many random samples would hold.")


def shares(view: MapView, inside: NDArray[np.bool_]) -> None:
    """Draw the share of every class in an area and in all data."""
    counts = class_counts(view.dynamics.labels, len(view.names), inside)
    spec, height = charts.classes(counts, view.names)
    draw_chart(
        spec,
        height=height,
        key="data_map_classes",
        alt="Share of every class in the full data and in the area",
    )


def trajectories(view: MapView, inside: NDArray[np.bool_]) -> None:
    """Draw how the area and the rest learn."""
    of = view.dynamics
    means = data.mean_trajectories(of.signal(of.trajectory_name), inside)
    chart = charts.trajectories(means, view.spec.windows)
    name = of.trajectory_name.replace("_", " ")
    draw_chart(chart, height=290, key="data_map_courses", alt=f"Mean {name} of the area and of the rest")
    if of.trajectory_name != "error_norm":
        st.caption(f"This run holds no error norms: the trajectories are those of its {name}.")


def gallery(view: MapView, inside: NDArray[np.bool_]) -> None:
    """Draw the images of an area; a chosen one is marked on the map."""
    orders = {by: partial(data.ordered, by=by, x=view.x.values, y=view.y.values) for by in ORDERS}
    group = Group("area", lambda: np.flatnonzero(inside), "in the order of their rows")
    coreset = cached.coreset(view.spec)
    draw_gallery(coreset, [group], KEYS, size=TILES, orders=orders, action="mark it on the map", on_choice=_mark)


def _mark(row: int) -> None:
    """Mark a sample on the map; a callback."""
    st.session_state["mark"] = row


def export_area(view: MapView, inside: NDArray[np.bool_], area: str) -> None:
    """Draw which set is made of the area and the coreset, its size, and one download per kind of file.

    Args:
        view: the samples.
        inside: (N,) the area.
        area: the same as text. A download is made outside the session, where the state of the page can't be read.
    """
    how = st.segmented_control("Set", export.HOW, default="the area", required=True, key="set", bind="query-params")
    rows = export.combined(how, inside, view.kept, view.excluded)
    st.caption(
        f"{len(rows):,} of {len(inside):,} samples ({100 * len(rows) / len(inside):.1f} %). The coreset is "
        f"{view.spec.method} at α = {100 * view.spec.rate:.3g} % with {int(view.kept.sum()):,} samples, as in the sidebar."
    )
    with st.container(horizontal=True):
        for kind, title in export_panel.KINDS.items():
            st.download_button(
                title,
                data=partial(code.content, view, how, inside, area, kind),
                file_name=f"{view.spec.run}-area.{kind}",
                key=f"data_map_export_{kind}",
                on_click="ignore",
                disabled=not (len(rows) and export.can_hold(kind, view.images)),
                icon=":material/download:",
            )
    if len(rows):
        code_tabs.draw(code.command(view, how, area), code.python(view, how, area))
        export_panel.draw_loader(f"{view.spec.run}-area", view.images, "data_map_loader")


def exclude_area(view: MapView, inside: NDArray[np.bool_]) -> None:
    """Draw the button that ticks the area's rows as excluded, as the Label issues page does, and the panel that saves them.

    Raises:
        EngineError: the set of the sidebar is missing or damaged.
    """
    work = exclusions.open_work(view.spec.run, cached.info(view.spec.run), view.spec.exclusion)
    found = sets.ticks(inside, work.rows, work.changes.added)
    count, where = len(found.free), f" in {markdown_safe(work.name)}" if work.name else ""
    with st.container(horizontal=True):
        reason = f"found by {view.filter}" if view.filter else f"in an area of {view.x.name} x {view.y.name}"
        st.button(
            f"Leave {counted(count, '{row|rows}')} out",
            key="data_map_leave",
            on_click=_tick,
            args=(work, found.free, True, reason),
            disabled=not count,
            icon=":material/playlist_remove:",
        )
        if len(found.unsaved):
            st.button("Undo", key="data_map_undo", on_click=_tick, args=(work, found.unsaved, False, ""))
    if not found.count:
        st.caption(f"Ticks these rows{where}, as on the Label issues page; then they can be saved under a name.")
        return
    of = "found" if view.filter else "of the area"
    st.caption(f"{found.count:,} of {int(inside.sum()):,} rows {of} are ticked{where} to be left out.")
    exclusion_panel.draw(work, view.dynamics.labels, view.names)
    links.draw(pages.at("Label_issues").file, "See what is ticked", icon="flag")


def _tick(work: Work, rows: NDArray[np.int64], on: bool, reason: str) -> None:
    """Tick rows or take their ticks back; a callback."""
    work.tick(dict.fromkeys(rows.tolist(), on), dict.fromkeys(rows.tolist(), reason))
