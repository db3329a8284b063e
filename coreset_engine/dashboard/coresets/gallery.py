"""The one gallery: samples of a run as images, by group, class and order, page by page."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from coreset_engine.analysis.classes import captions, of_class
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.cached import SharedCoreset
from coreset_engine.dashboard.coresets import export_panel, reasoned
from coreset_engine.dashboard.coresets.gallery_data import Group, Keys, Order, as_table
from coreset_engine.dashboard.shell.frame import failing_gracefully
from coreset_engine.dashboard.widgets import tiles
from coreset_engine.names import counted

NO_IMAGES = "This run has no images here (imported, or the image cache was removed). All else works."


def draw(
    coreset: SharedCoreset,
    groups: Sequence[Group],
    keys: Keys,
    *,
    size: int = 24,
    orders: Mapping[str, Order] | None = None,
    table: Callable[[NDArray[np.int64]], pd.DataFrame] | None = None,
    action: str = "look at it",
    on_choice: Callable[[int], None] | None = None,
    live: bool = False,
    held: bool = False,
) -> tuple[list[int], int | None]:
    """Draw a group of samples as images with the controls that have a key; return the rows shown and the one just chosen.

    Args:
        coreset: of a run of the cache: what is kept is marked.
        groups: what can be shown; the first one at first.
        keys: of the widgets.
        size: images per page.
        orders: by name, where they can be sorted; the first one is taken for the group's own.
        table: makes the file of some rows; by default class, score, rank and whether they are kept.
        action: what choosing an image does, in words.
        on_choice: called with the row chosen, before the page runs again.
        live: whether the images follow a hand that moves windows or α, where they stand in the group's own order.
        held: whether the browser has them by then, so that they need not be sent.
    """
    run = coreset.spec.run
    dynamics, names, images = cached.dynamics(run), cached.info(run).names, cached.images(run)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        group, chosen, order = _choose(groups, names, list(orders or ()), keys)
        rows = of_class(group.rows(), dynamics.labels, names, chosen)
        if orders and order:
            with failing_gracefully():
                rows = orders[order](rows)
        part, shape = _slice(len(rows), size, keys.page), _shape(keys)
        shown = rows[part].tolist()
    opened = None
    if images is None:
        st.info(NO_IMAGES)
    elif shown:
        kinds = [_state(coreset, row, group.name) for row in shown]
        sheet = [tiles.Tile(*each) for each in zip(shown, kinds, captions(dynamics, shown, names), strict=True)]
        called = (lambda: on_choice(int(st.session_state[keys.tiles].chosen))) if on_choice else None
        moving = None
        if live and (not orders or order == next(iter(orders))):
            only = names.index(chosen) if chosen in names else -1
            moving = {"run": run, "group": group.name, "only": only, "most": size, "skip": part.start, "held": held}
        opened = tiles.draw(images.images["train"], sheet, keys.tiles, called, moving, **shape)
    told = group.order if not orders or order == next(iter(orders)) else order
    _caption(len(rows), told, action if images else "")
    if keys.csv and len(rows):
        made = table or (lambda found: _as_table(found, coreset))
        export_panel.rows_button(len(rows), lambda: made(rows), f"{group.name}-{chosen}", keys.csv)
    return shown, opened


def _as_table(rows: NDArray[np.int64], coreset: SharedCoreset) -> pd.DataFrame:
    """Return some rows as a file has them: class, score, rank and whether they are kept, and why."""
    run = coreset.spec.run
    table = as_table(rows, coreset, cached.dynamics(run).labels, cached.info(run).names)
    return table.assign(**reasoned.columns(rows, [("", coreset)]))


def _choose(groups: Sequence[Group], names: Sequence[str], orders: Sequence[str], keys: Keys) -> tuple[Group, str, str]:
    """Draw the controls that have a key and return group, class ("all" for every one) and order ("" for none)."""
    again: dict[str, Any] = {"bind": "query-params", "on_change": _first_page, "args": (keys.page,)}
    by_name, chosen, order = {one.name: one for one in groups}, "all", ""
    name = groups[0].name
    if keys.group:
        name = st.segmented_control("Images", list(by_name), default=name, required=True, key=keys.group, **again)
    if keys.classes:
        chosen = st.selectbox("Class", ["all", *names], key=keys.classes, width=170, **again)
    if keys.order:
        width = 210 if len(max(orders, key=len)) > 8 else 110
        order = st.selectbox("Sort by", orders, key=keys.order, width=width, **again)
    return by_name[name], chosen, order


def _shape(keys: Keys) -> dict[str, Any]:
    """Draw how large the images are and whether their classes stand below them, on galleries with controls; return it."""
    if not (keys.group or keys.classes):
        return {}
    with st.popover("Tiles", icon=":material/photo_size_select_large:", help="Size, and classes below the images."):
        kept: dict[str, Any] = {"bind": "query-params", "persist_state": "session"}
        size = st.segmented_control("Size", list(tiles.SIZES), default="medium", required=True, key="tile_size", **kept)
        classes = st.toggle("Class below each image", key="tile_classes", **kept)
    return {"size": size, "classes": classes}


def _first_page(key: str) -> None:
    """Begin with the first page of images again; a callback."""
    st.session_state.pop(key, None)


def _slice(count: int, size: int, key: str) -> slice:
    """Draw the numbers of the pages, where there are several, and return which of the samples the chosen one shows."""
    pages, page = -(-count // size), 1
    if pages > 1:
        page = min(pages, st.pagination(pages, max_visible_pages=5, key=key, bind="query-params", width="content"))
    return slice((page - 1) * size, page * size)


def _state(coreset: SharedCoreset, row: int, group: str) -> str:
    """Return what a tile's bar says of a sample."""
    return group if group in tiles.MARKS else "kept" if coreset.kept[row] else "dropped"


def _caption(count: int, order: str, action: str) -> None:
    """Draw how many samples there are, and in the help what an image shows; without an action there are no images."""
    help_text = (
        f"Choose an image to {action}. The number is its row in the train split; blue: in the coreset. Grey values are the "
        "file's own, enlarged without interpolation, once more where the mouse rests."
    )
    what = counted(count, "{image|images}" if action else "{sample|samples}")
    st.caption(f"{what}, {order}.", help=help_text if action else None)
