"""The map of the Data map page with its buttons, and the texts in the link that say what is selected and shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from coreset_engine.analysis.classes import captions
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.data_map import data, thumbnails
from coreset_engine.dashboard.data_map.data import Axis, Field, MapView
from coreset_engine.dashboard.shell.texts import markdown_safe
from coreset_engine.dashboard.widgets import bits, scatter_map
from coreset_engine.data_map import areas
from coreset_engine.data_map.areas import Shape
from coreset_engine.data_map.density import Limits
from coreset_engine.errors import EngineError


def texts() -> tuple[list[Shape], list[Shape]]:
    """Draw area and view as texts, which the link holds; return what they name."""
    with st.expander("Area and view as text"):
        area = st.text_input(
            "Area", key="area", bind="query-params", help=areas.HELP, placeholder="box_left_right_low_high"
        )
        view = st.text_input(
            "View",
            key="view",
            bind="query-params",
            help="What the map shows, in the same form.",
            placeholder="all samples",
        )
    return _read(area), _read(view)


def _read(text: str) -> list[Shape]:
    """Return the shapes that a text names; one that can't be read is told and not used."""
    try:
        return areas.parse(text)
    except EngineError as error:
        st.error(markdown_safe(str(error)), icon=":material/error:")
        return []


def _set(name: str, shapes: Sequence[Shape]) -> None:
    """Let the text `area` or `view` stand for some shapes."""
    st.session_state[name] = areas.to_text(shapes)
    st.session_state["area_page"] = 1


def choose_colour(view: MapView) -> data.Colouring:
    """Draw by what the points are coloured and return it."""
    offered = data.colourings(view.dynamics, view.truth, view.found is not None)
    return st.segmented_control(
        "Colour of the points", offered, default=offered[0], required=True, key="colour", bind="query-params"
    )


@dataclass(frozen=True)
class Pictures:
    """The images of a map's points that the browser gets: (P,) their rows, the split's images, and the name of these."""

    rows: NDArray[np.int64]
    images: NDArray[np.uint8]
    name: str


@dataclass(frozen=True)
class Canvas:
    """A map as it is drawn: its samples, the images of its points, None for none, and what the browser gets of it."""

    field: Field
    pictures: Pictures | None
    plain: dict[str, Any]


def draw_canvas(view: MapView, by: data.Colouring, shapes: list[Shape], shown: list[Shape], row: int | None) -> Canvas:
    """Draw the map and its buttons; `explain` sends the points, and `send_images` their images.

    Args:
        view: the samples.
        by: of `choose_colour`.
        shapes: the area.
        shown: what the map is zoomed to; [] for all samples.
        row: the sample that is marked.
    """
    state, (x, y) = _state(view), (view.x.values, view.y.values)
    limits = areas.bounds(shown, margin=0) or _limits(state, x, y)
    field = _field(state, limits, x, y)
    coloured = _coloured(view, by, field)
    plain = data.constant_part(field, x, y, coloured, captions(view.dynamics, field.rows.tolist(), view.names))
    place = None if row is None else (float(x[row]), float(y[row]))
    pictures = _pictures(view, field)
    drawn = scatter_map.MapProps(
        plain["name"],
        pictures.name if pictures else "",
        bits.as_text(view.kept[field.rows]),
        (view.x.title, view.y.title),
        tuple(shapes),
        place if place and np.isfinite(place).all() else None,
        f"Map of {len(x):,} samples: {view.x.title} across, {view.y.title} upwards; buttons and a text below choose areas",
    )
    scatter_map.draw(drawn, "data_map", lambda: _take(view, shapes, limits))
    _buttons(view, shapes, bool(shown))
    return Canvas(field, pictures, plain)


def _coloured(view: MapView, by: data.Colouring, field: Field) -> data.Colours:
    """Return the colours of the points."""
    if by == "filter" and view.found is not None:
        return data.filter_colours(field.rows, view.found)
    return data.colours(by, field.rows, view.dynamics, view.names, view.kept, view.truth)


def explain(canvas: Canvas) -> None:
    """Say what is drawn, and send it: an element that shows nothing takes some room, least of all here."""
    outside = f"; {canvas.field.outside:,} samples lie outside" if canvas.field.outside else ""
    st.caption(
        f"Grey: how many samples lie in a cell; points: {len(canvas.field.rows):,} of them{outside}.",
        help="The grey scale is logarithmic. An area takes all samples within it, drawn or not."
        + _about_images(canvas),
    )
    scatter_map.store(canvas.plain)


def _pictures(view: MapView, field: Field) -> Pictures | None:
    """Return the images of the points that the browser gets, None where there are no images or no points."""
    if view.images is None or not len(field.rows):
        return None
    images = view.images.images["train"]
    rows = thumbnails.chosen(images, field.rows, view.x.values, view.y.values)
    return Pictures(rows, images, thumbnails.name_of(view.images.sha256, rows))


def _about_images(canvas: Canvas) -> str:
    """Return what the images beside the mouse are, in words."""
    if canvas.pictures is None:
        return ""
    step, sent = thumbnails.step_of(canvas.pictures.images), len(canvas.pictures.rows)
    size = f", each pixel the mean of {step} x {step} of the file's" if step > 1 else ""
    some = f" (sent of {sent:,})" if sent < len(canvas.field.rows) else ""
    return f" Point at one to see its image{some}{size}."


def send_images(canvas: Canvas) -> None:
    """Have the images of the points sent when all else of the page is drawn."""
    sent = canvas.pictures
    if sent is not None:
        scatter_map.images(sent.name, lambda: _packed(sent.name, sent.images, sent.rows))


@st.cache_resource(max_entries=8, show_spinner=False)
def _packed(name: str, _images: NDArray[np.uint8], _rows: NDArray[np.int64]) -> bytes:
    """Pack images once."""
    return thumbnails.packed(_images, _rows, name)


def _state(view: MapView) -> tuple[Any, ...]:
    """Return what the scores of both axes follow from, to keep what is computed from them."""
    axes = [(axis.name, repr(sorted(axis.options.items()))) for axis in (view.x, view.y)]
    return (*cached.state(view.spec.run, view.spec.average), *axes)


@st.cache_resource(max_entries=64, show_spinner=False)
def _limits(state: tuple[Any, ...], _x: NDArray, _y: NDArray) -> Limits:
    """Compute the limits of a map once."""
    return areas.limits_of(_x, _y)


@st.cache_resource(max_entries=32, show_spinner=False)
def _field(state: tuple[Any, ...], limits: Limits, _x: NDArray, _y: NDArray) -> Field:
    """Count the samples of a map once."""
    return data.field(_x, _y, limits)


def _take(view: MapView, shapes: list[Shape], limits: Limits) -> None:
    """Take over what was done on the map: an area drawn or cleared, or a click that marks the nearest sample."""
    drawn = st.session_state["data_map"].drawn
    if drawn["kind"] == "click":
        row = areas.nearest(view.x.values, view.y.values, (drawn["x"][0], drawn["y"][0]), limits)
        st.session_state["mark"] = row
        return
    if drawn["kind"] == "clear":
        _set("area", [])
        return
    try:
        shape = areas.drawn(drawn["kind"], drawn["x"], drawn["y"], limits)
        _set("area", areas.parse(areas.to_text([*(shapes if drawn["more"] else []), shape])))
    except EngineError as error:
        st.toast(markdown_safe(str(error)), icon=":material/error:")


def _buttons(view: MapView, shapes: list[Shape], zoomed: bool) -> None:
    """Draw the regions of a data map, zoom and clear."""
    with st.container(horizontal=True, gap="xsmall"):
        for name, shape in regions(view).items():
            st.button(name.capitalize(), key=f"region_{name}", on_click=_set, args=("area", [shape]))
        bounds = areas.bounds(shapes)
        box = [] if bounds is None else [Shape("box", *bounds)]
        if box:
            st.button("Zoom in", key="zoom", on_click=_set, args=("view", box))
        if zoomed:
            st.button("Whole map", key="whole", on_click=_set, args=("view", []))
        if shapes:
            st.button("Clear", key="clear", on_click=_set, args=("area", []), help="Esc")


def regions(view: MapView) -> dict[str, Shape]:
    """Return the regions of a data map; none where the axes are others than the paper's."""
    if {view.x.name, view.y.name} != set(data.PAPER):
        return {}
    return _regions(_state(view), view.x, view.y)


@st.cache_resource(max_entries=8, show_spinner=False)
def _regions(state: tuple[Any, ...], _x: Axis, _y: Axis) -> dict[str, Shape]:
    """Compute the regions of a data map once."""
    if _x.name == data.PAPER[0]:
        return areas.regions(_x.values, _y.values)
    return {name: areas.swapped(shape) for name, shape in areas.regions(_y.values, _x.values).items()}
