"""The Data map page's replay: the run played epoch by epoch."""

import streamlit as st
from numpy.typing import NDArray

from coreset_engine.dashboard import cached
from coreset_engine.dashboard.data_map import umap_panel
from coreset_engine.dashboard.widgets import replay
from coreset_engine.explorer.pack import unpacked
from coreset_engine.explorer.replay import of_run

MAP, REPLAY = VIEWS = ("Map", "Replay")
KEYS = ("x", "y", "mark", "filter", "area", "view", "colour", "class", "order", "area_page", "set")  # the map's


def is_chosen() -> bool:
    """Draw the choice between map and replay and return whether it is the replay; the map's controls keep what they hold."""
    chosen = st.segmented_control(
        "View of the samples", VIEWS, default=MAP, required=True, key="show", bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    if chosen == REPLAY:
        for key in KEYS:
            if key in st.session_state:
                st.session_state[key] = st.session_state[key]
    return chosen == REPLAY


def draw(run: str, kept: NDArray) -> int | None:
    """Draw the replay of a run and return the row that is to be looked at, None for none.

    Args:
        run: its name.
        kept: (N,) the coreset.

    Raises:
        EngineError: a signal is missing, or a snapshot is damaged.
    """
    pack, name, rows, has_umap = _pack(run, (*cached.state(run), *umap_panel.state(run)))
    row = replay.draw(name, kept[rows], "data_map_replay")
    umap_panel.draw(run, has_umap)
    replay.store(pack)
    return row


@st.cache_resource(max_entries=4, show_spinner="Preparing the replay …")
def _pack(run: str, state: tuple) -> tuple[bytes, str, NDArray, bool]:
    """Pack a run once for each state of its files; return the pack, its name, its rows, and whether it has a UMAP."""
    dynamics, images = cached.dynamics(run), cached.images(run)
    pack, rows = of_run(dynamics, cached.info(run).names, {} if images is None else images.truth)
    packed = unpacked(pack)[0]
    return pack, str(packed["name"]), rows, packed["umap"] is not None
