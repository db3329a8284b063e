"""The parts of the Data map page."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from coreset_engine import api, export, paths, scores, store
from coreset_engine.dashboard import data_map, echarts, map_charts, readers, tiles, view
from coreset_engine.dashboard.controls import Setting
from coreset_engine.dashboard.data_map import Axis
from coreset_engine.dashboard.frame import markdown_safe
from coreset_engine.dashboard.takeaway import KINDS
from coreset_engine.datasets import ImageSet
from coreset_engine.dynamics import Dynamics

TILES = 48  # a page of the gallery
ORDERS = ("row", "x ↑", "x ↓", "y ↑", "y ↓")


@dataclass(frozen=True)
class Seen:
    """What the page works on.

    Attributes:
        run: its name.
        average: further runs whose scores are averaged in.
        dynamics, images, names: of the run; no images for imported dynamics.
        setting: method, windows, rule and rate of the coreset.
        kept: (N,) the coreset.
        exclusion: name of the saved set of rows that are never kept, "" for none.
        excluded: those rows.
        x, y: the axes.
    """

    run: str
    average: tuple[str, ...]
    dynamics: Dynamics
    images: ImageSet | None
    names: tuple[str, ...]
    setting: Setting
    kept: NDArray[np.bool_]
    exclusion: str
    excluded: NDArray[np.int64]
    x: Axis
    y: Axis

    @property
    def truth(self) -> dict[str, NDArray]:
        """Return what was planted in the images."""
        return {} if self.images is None else self.images.truth


def state(run: str, average: tuple[str, ...]) -> tuple[Any, ...]:
    """Return what changes when a file of one of the runs does."""
    folders = [paths.run_folder(name) for name in (run, *average)]
    files = [folder / name for folder in folders for name in (store.FILE_NAME, store.SNAPSHOT_NAME)]
    return (run, average, *map(readers.mark, files))


def coreset(run: str, average: tuple[str, ...], setting: Setting, excluded: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return (N,) which samples the current setting keeps; kept for the next run of the page, which has the same.

    Raises:
        EngineError: as `api.choose` says.
    """
    asked = (setting.method, setting.rate, setting.rule, repr(setting.options), repr(setting.rule_options))
    return _coreset((*state(run, average), *asked, excluded.tobytes()), run, average, setting, excluded)


@st.cache_resource(max_entries=16, show_spinner=False)
def _coreset(
    key: tuple[Any, ...], _run: str, _average: tuple[str, ...], _setting: Setting, _excluded: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Choose a coreset once."""
    given = _setting.options | _setting.rule_options
    choice = api.choose(
        readers.sources(_run, _average),
        _setting.method,
        rate=_setting.rate,
        rule=_setting.rule,
        exclude=_excluded,
        **given,
    )
    kept = np.zeros(len(choice.scores), bool)
    kept[choice.rows] = True
    kept.flags.writeable = False
    return kept


def choose_axis(which: str, run: str, average: tuple[str, ...], epochs: int, setting: Setting) -> Axis:
    """Draw the selector of one axis and return it with its scores.

    Raises:
        EngineError: the method can't score this run.
    """
    names = data_map.axis_names(run)
    default = names.index(data_map.PAPER[which == "y"])
    label = "Across" if which == "x" else "Upwards"
    # names as they are: a label made by `format_func` would stand in the link
    name = st.selectbox(label, names, default, key=which, bind="query-params", on_change=forget_area, width=165)
    entry, options = scores.get(name), data_map.axis_options(name, epochs, setting)
    return Axis(name, entry.label, entry.keep, options, readers.sources(run, average).score(name, options))


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
    caption = view.captions(seen.dynamics, [row], seen.names)[0]
    with st.container(horizontal=True, vertical_alignment="center"):
        if seen.images is not None:
            tile = tiles.Tile(row, "kept" if seen.kept[row] else "dropped", caption)
            chosen = tiles.draw(seen.images.images["train"], [tile], "data_map_marked") is not None
        else:
            chosen = False
        st.caption(
            f"Row {row}, {markdown_safe(caption)}, {'kept' if seen.kept[row] else 'not kept'}. "
            f"{seen.x.label} {seen.x.values[row]:.4g}, {seen.y.label} {seen.y.values[row]:.4g}."
        )
        return st.button("Open this sample", key="data_map_open", icon=":material/image_search:") or chosen


def summary(seen: Seen, inside: NDArray[np.bool_]) -> None:
    """Draw how many samples an area holds, what was planted among them, and the share of every class."""
    count = int(inside.sum())
    with st.container(horizontal=True, gap="medium"):
        st.metric("In the area", f"{count:,} of {len(inside):,}", width="content")
        both = int((inside & seen.kept).sum())
        st.metric("Of them in the coreset", f"{both:,} of {int(seen.kept.sum()):,}", width="content")
        for one in view.planted(seen.truth, inside):
            hint = f"Planted on purpose. A random set of this size would hold about {one.expected:,.0f}."
            st.metric(f"Planted {one.kind}", f"{one.kept:,} of {one.total:,}", help=hint, width="content")
    counts = view.class_counts(seen.dynamics.labels, len(seen.names), inside)
    spec, height = map_charts.classes(counts, seen.names)
    st.echarts_chart(
        echarts.readable(spec),
        height=height,
        key="data_map_classes",
        alt="Share of every class in all data and in the area",
    )


def courses(seen: Seen, inside: NDArray[np.bool_]) -> None:
    """Draw how the area and the rest learn."""
    means = data_map.course(seen.dynamics.error_norms, inside)
    spec = map_charts.courses(means, seen.setting.spans)
    st.echarts_chart(
        echarts.readable(spec), height=290, key="data_map_courses", alt="Mean error norm of the area and of the rest"
    )


def gallery(seen: Seen, inside: NDArray[np.bool_]) -> None:
    """Draw the images of an area, page by page; a chosen one is marked on the map."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        order = st.selectbox("Order", ORDERS, key="order", bind="query-params", width=110)
        chosen = st.selectbox("Class", ["all", *seen.names], key="class", bind="query-params", width=180)
    rows = view.of_class(np.flatnonzero(inside), seen.dynamics.labels, seen.names, chosen)
    rows = data_map.ordered(rows, order, seen.x.values, seen.y.values)
    pages = max(1, -(-len(rows) // TILES))
    page = st.pagination(pages, max_visible_pages=5, key="area_page", bind="query-params") if pages > 1 else 1
    shown = rows[(page - 1) * TILES : page * TILES].tolist()
    if seen.images is None:
        st.info("This run has no images here (imported, or the image cache was removed). Map and exports work.")
    elif shown:
        captions = view.captions(seen.dynamics, shown, seen.names)
        sheet = [
            tiles.Tile(row, "kept" if seen.kept[row] else "dropped", caption)
            for row, caption in zip(shown, captions, strict=True)
        ]
        tiles.draw(seen.images.images["train"], sheet, "data_map_tiles", _mark_tile)
    st.caption(
        f"{len(rows):,} images; choose one to mark it on the map. The number is the row in the train split, blue marks what "
        "the coreset keeps. Grey values are the file's own, enlarged without interpolation."
    )


def _mark_tile() -> None:
    """Mark the sample whose image was chosen."""
    st.session_state["mark"] = int(st.session_state["data_map_tiles"].chosen)


def take_away(seen: Seen, inside: NDArray[np.bool_], area: str) -> None:
    """Draw which set is made of the area and the coreset, its size, and one download a kind of file.

    Args:
        seen: the samples.
        inside: (N,) the area.
        area: the same as text. A download is made outside the session, where the state of the page can't be read.
    """
    how = st.segmented_control("Set", data_map.HOW, default="the area", required=True, key="set", bind="query-params")
    rows = data_map.combined(how, inside, seen.kept, seen.excluded)
    st.caption(
        f"{len(rows):,} of {len(inside):,} samples ({len(rows) / len(inside):.1%}). The coreset is {seen.setting.method} at "
        f"α = {100 * seen.setting.rate:.3g} % with {int(seen.kept.sum()):,} samples, as in the sidebar."
    )
    with st.container(horizontal=True):
        for kind, title in KINDS.items():
            st.download_button(
                title,
                data=partial(content, seen, how, rows, area, kind),
                file_name=f"{seen.run}-area.{kind}",
                key=f"data_map_export_{kind}",
                on_click="ignore",
                disabled=not len(rows) or (kind in export.NEED_IMAGES and seen.images is None),
                icon=":material/download:",
            )


def content(seen: Seen, how: data_map.How, rows: NDArray[np.int64], area: str, kind: str) -> bytes:
    """Return a set of area and coreset as a file's content; called when it is asked for.

    Raises:
        EngineError: as `export.coreset_of` says.
    """
    setting, sources = seen.setting, readers.sources(seen.run, seen.average)
    asked = (setting.method, setting.rate, setting.rule, setting.options | setting.rule_options)
    if how == "the area":  # of the other rows only the scores matter
        asked = (seen.x.name, len(rows) / len(seen.kept), "top", seen.x.options)
    base = export.coreset_of(
        seen.run, *asked, seen.average, exclude=seen.excluded, exclude_name=seen.exclusion, sources=sources
    )
    made = data_map.to_export(base, how, rows, seen.x, seen.y, area)
    return export.as_bytes(made, kind, seen.images, seen.dynamics.error_norms if kind == "html" else None)
