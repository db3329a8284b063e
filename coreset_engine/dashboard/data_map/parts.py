"""The parts of the Data map page."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from coreset_engine import scores
from coreset_engine.analysis.classes import captions, class_counts
from coreset_engine.analysis.coresets import injections
from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.charts.draw import draw_chart
from coreset_engine.dashboard.coresets.gallery import draw as draw_gallery
from coreset_engine.dashboard.coresets.gallery_data import Group, Keys
from coreset_engine.dashboard.data_map import charts, data
from coreset_engine.dashboard.data_map.data import Axis
from coreset_engine.dashboard.shell.frame import markdown_safe
from coreset_engine.dashboard.widgets import tiles
from coreset_engine.data_map.areas import Shape
from coreset_engine.datasets import ImageSet
from coreset_engine.dynamics import Dynamics

TILES = 24  # a page of the gallery: what is seen beside the map without scrolling
KEYS = Keys("data_map_tiles", "area_page", classes="class", order="order")
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
    caption, opened = captions(seen.dynamics, [row], seen.names)[0], False
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
        f"{one.kept:,} of {one.total:,} {one.kind} ({one.expected:,.0f})" for one in injections(seen.truth, inside)
    ]
    if found:
        st.caption(f"Planted on purpose: {', '.join(found)}; in brackets what as many random samples would hold.")


def shares(seen: Seen, inside: NDArray[np.bool_]) -> None:
    """Draw the share of every class in an area and in all data."""
    counts = class_counts(seen.dynamics.labels, len(seen.names), inside)
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
    """Draw the images of an area; a chosen one is marked on the map."""
    orders = {by: partial(data.ordered, by=by, x=seen.x.values, y=seen.y.values) for by in ORDERS}
    group = Group("area", lambda: np.flatnonzero(inside), "in the order of their rows")
    coreset = cached.coreset(seen.spec)
    draw_gallery(coreset, [group], KEYS, size=TILES, orders=orders, action="mark it on the map", on_choice=_mark)


def _mark(row: int) -> None:
    """Mark a sample on the map; a callback."""
    st.session_state["mark"] = row
