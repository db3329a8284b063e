"""The window sliders: a pair of windows that push each other, or a single window."""

from dataclasses import asdict
from typing import Any

import streamlit as st

from coreset_engine import windows


def choose_pair(epochs: int) -> windows.Windows:
    """Draw sliders for t_e, t_l and K that push each other, so that no illegal pair is reached.

    Raises:
        WindowError: the run is too short for two windows.
    """
    if epochs < 4:
        raise windows.too_short(epochs)
    start = windows.default_pair(epochs)
    limits = {"early": (1, epochs - 3, start.early), "late": (3, epochs - 1, start.late)}
    limits["length"] = (2, min(50, epochs // 2), start.length)
    helps = {
        "early": "First epoch of the early window. EVA adds up how much each error moves in both windows.",
        "late": "First epoch of the late window.",
        "length": "How many epochs each of the two windows has.",
    }
    labels = {
        "early": "t_e, early window starts at",
        "late": "t_l, late window starts at",
        "length": "K, epochs per window",
    }
    values = {
        name: _slider(labels[name], *limits[name], name, on_change=_push, args=(name, epochs), help=helps[name])
        for name in limits
    }
    return windows.Windows(**values)


def choose_window(epochs: int) -> windows.Window:
    """Draw sliders for start and length of a single window and return it.

    Raises:
        WindowError: the run is too short for a window.
    """
    if epochs < 2:
        raise windows.too_short(epochs, pair=False)
    length = _slider("K, epochs in the window", 2, min(50, epochs), min(10, epochs), "width")
    start = _slider("Start of the window", 1, epochs - 1, 1, "start")
    return windows.Window(start, length)


def _slider(label: str, low: int, high: int, value: int, key: str, **more: Any) -> int:
    """Draw one slider and return its value; of one value, which a slider can't have, only that is said."""
    if low == high:
        st.caption(f"{label}: {low}", help=more.get("help"))
        if key in st.query_params:
            st.session_state[key] = low  # so that a link that asks for another value is told
        return low
    return st.slider(label, low, high, value, key=key, bind="query-params", **more)


def _push(moved: windows.Slider, epochs: int) -> None:
    """Move the other window controls out of the way of the one just moved."""
    start = windows.default_pair(epochs)
    wanted = windows.Windows(**{name: st.session_state.get(name, value) for name, value in asdict(start).items()})
    pushed = windows.legal(wanted, epochs, moved)
    for name in asdict(start):
        # only what changes: writing back the slider just moved would undo a move that followed meanwhile
        if getattr(pushed, name) != getattr(wanted, name):
            st.session_state[name] = getattr(pushed, name)
