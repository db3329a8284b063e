"""The parts of the Data map page."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from coreset_engine import scores
from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.charts.draw import draw_chart
from coreset_engine.dashboard.coresets import view
from coreset_engine.dashboard.data_map import charts, data
from coreset_engine.dashboard.data_map.data import Axis
from coreset_engine.dashboard.shell.frame import markdown_safe
from coreset_engine.dashboard.widgets import tiles
from coreset_engine.data_map.areas import Shape
from coreset_engine.datasets import ImageSet
from coreset_engine.dynamics import Dynamics

TILES = 24  # a page of the gallery: what is seen beside the map without scrolling
ORDERS = ("row", "x ↑", "x ↓", "y ↑", "y ↓")


@dataclass(frozen=True)
class Seen:
    """What the page works on.

    Attributes:
        spec: the coreset of the sidebar, with its run.
        dynamics, images, names: of the run; no images for imported dynamics.
        kept: (N,) the coreset.
        excluded: rows that are never kept.
        x, y: the axes.
    """

    spec: CoresetSpec
    dynamics: Dynamics
    images: ImageSet | None
    names: tuple[str, ...]
    kept: NDArray[np.bool_]
    excluded: NDArray[np.int64]
    x: Axis
    y: Axis

    @property
    def truth(self) -> dict[str, NDArray]:
        """Return what was planted in the images."""
        return {} if self.images is None else self.images.truth


def choose_axis(which: str, spec: CoresetSpec, epochs: int) -> Axis:
    """Draw the selector of one axis and return it with its scores.

    Raises:
        EngineError: the method can't score this run.
    """
    names = data.axis_names(spec.run)
    default = names.index(data.PAPER[which == "y"])
    label = "Across" if which == "x" else "Upwards"
    # names as they are: a label made by `format_func` would stand in the link
    name = st.selectbox(label, names, default, key=which, bind="query-params", on_change=forget_area, width=165)
    entry, options = scores.get(name), data.axis_options(name, epochs, spec)
    return Axis(name, entry.label, entry.keep, options, cached.sources(spec.run, spec.average).score(name, options))


def forget_area() -> None:
    """Clear the area and what the map is zoomed to: another axis has other numbers."""
    st.session_state["area"] = st.session_state["view"] = ""
    st.session_state["area_page"] = 1


def choose_mark(samples: int) -> int | None:
    """Draw the field for the row that is marked and return it; one that does not exist is told and not marked."""
    row = st.number_input(
        "Mark a row", value=None, step=1, key="mark", bind="query-params", width=165, placeholder="or click the map"
    )
    if row is not None and not 0 <= row < samples:
        st.warning(f"There is no row {row}: the rows of this run are 0 to {samples - 1:,}.", icon=":material/warning:")
        return None
    return row


def marked(seen: Seen, row: int) -> bool:
    """Draw the sample that is marked, with its numbers; return whether its own page is asked for."""
    caption, opened = view.captions(seen.dynamics, [row], seen.names)[0], False
    picture, words = st.columns([2, 7], gap="small")
    if seen.images is not None:
        with picture:
            tile = tiles.Tile(row, "kept" if seen.kept[row] else "dropped", caption)
            opened = tiles.draw(seen.images.images["train"], [tile], "data_map_marked") is not None
    with words:
        st.caption(
            f"Row {row}, {markdown_safe(caption)}, {'kept' if seen.kept[row] else 'not kept'}. "
            f"{seen.x.label} {seen.x.values[row]:.4g}, {seen.y.label} {seen.y.values[row]:.4g}."
        )
        return st.button("Open this sample", key="data_map_open", icon=":material/image_search:") or opened


def regions(seen: Seen, shapes: dict[str, Shape]) -> None:
    """Draw how many samples the regions of a data map hold, and what is kept and planted of them."""
    lines = data.region_table(shapes, seen.x, seen.y, seen.kept, seen.truth)
    if lines:
        numbers = {name: st.column_config.NumberColumn(format="localized") for name in list(lines[0])[1:]}
        st.dataframe(lines, hide_index=True, key="data_map_regions", column_config=numbers)
        st.caption("Thirds of the samples: the most confident, the most variable and the least confident ones.")
        st.caption(data.REGIONS)


def summary(seen: Seen, inside: NDArray[np.bool_]) -> None:
    """Draw how many samples an area holds, how many of them the coreset keeps, and what was planted among them."""
    with st.container(horizontal=True, gap="large"):
        st.metric("In the area", f"{int(inside.sum()):,} of {len(inside):,}", width="content")
        both = int((inside & seen.kept).sum())
        st.metric("Of them in the coreset", f"{both:,} of {int(seen.kept.sum()):,}", width="content")
    found = [
        f"{one.kept:,} of {one.total:,} {one.kind} ({one.expected:,.0f})" for one in view.planted(seen.truth, inside)
    ]
    if found:
        st.caption(f"Planted on purpose: {', '.join(found)}; in brackets what as many random samples would hold.")


def shares(seen: Seen, inside: NDArray[np.bool_]) -> None:
    """Draw the share of every class in an area and in all data."""
    counts = view.class_counts(seen.dynamics.labels, len(seen.names), inside)
    spec, height = charts.classes(counts, seen.names)
    draw_chart(
        spec,
        height=height,
        key="data_map_classes",
        alt="Share of every class in all data and in the area",
    )


def courses(seen: Seen, inside: NDArray[np.bool_]) -> None:
    """Draw how the area and the rest learn."""
    means = data.course(seen.dynamics.error_norms, inside)
    chart = charts.courses(means, seen.spec.windows)
    draw_chart(chart, height=290, key="data_map_courses", alt="Mean error norm of the area and of the rest")


def gallery(seen: Seen, inside: NDArray[np.bool_]) -> None:
    """Draw the images of an area, page by page; a chosen one is marked on the map."""
    if seen.images is None:
        st.info("This run has no images here (imported, or the image cache was removed). Its rows can be exported.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        order = st.selectbox("Order", ORDERS, key="order", bind="query-params", width=90)
        chosen = st.selectbox("Class", ["all", *seen.names], key="class", bind="query-params", width=150)
        rows = view.of_class(np.flatnonzero(inside), seen.dynamics.labels, seen.names, chosen)
        rows = data.ordered(rows, order, seen.x.values, seen.y.values)
        pages = max(1, -(-len(rows) // TILES))
        page = 1
        if pages > 1:
            page = st.pagination(pages, max_visible_pages=5, key="area_page", bind="query-params", width="content")
    shown = rows[(page - 1) * TILES : page * TILES].tolist()
    captions = view.captions(seen.dynamics, shown, seen.names)
    sheet = [
        tiles.Tile(row, "kept" if seen.kept[row] else "dropped", caption)
        for row, caption in zip(shown, captions, strict=True)
    ]
    if sheet:
        tiles.draw(seen.images.images["train"], sheet, "data_map_tiles", _mark_tile)
    st.caption(
        f"{len(rows):,} images; choose one to mark it on the map. The number is its row in the train split; blue: in the "
        "coreset. Grey values are the file's own."
    )


def _mark_tile() -> None:
    """Mark the sample whose image was chosen."""
    st.session_state["mark"] = int(st.session_state["data_map_tiles"].chosen)
