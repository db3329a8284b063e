"""The window sliders: a pair of windows that push each other, or a single window."""

from dataclasses import asdict

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
    limits["length"] = (2, max(3, min(50, epochs // 2)), start.length)
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
    values = {}
    for name, (low, high, value) in limits.items():
        if low == high:  # a slider needs two values
            st.caption(f"{labels[name]}: {low}", help=helps[name])
            values[name] = low
            continue
        values[name] = st.slider(
            labels[name],
            low,
            high,
            value,
            key=name,
            bind="query-params",
            on_change=_push,
            args=(name, epochs),
            help=helps[name],
        )
    return windows.Windows(**values)


def choose_window(epochs: int) -> windows.Window:
    """Draw sliders for start and length of a single window and return it.

    Raises:
        WindowError: the run is too short for a window.
    """
    if epochs < 2:
        raise windows.too_short(epochs, pair=False)
    length = st.slider(
        "K, epochs in the window", 2, max(3, min(50, epochs)), min(10, epochs), key="width", bind="query-params"
    )
    start = st.slider("Start of the window", 1, max(2, epochs - 1), 1, key="start", bind="query-params")
    return windows.Window(start, length)


def _push(moved: windows.Slider, epochs: int) -> None:
    """Move the other window controls out of the way of the one just moved."""
    start = windows.default_pair(epochs)
    wanted = windows.Windows(**{name: st.session_state.get(name, value) for name, value in asdict(start).items()})
    pushed = windows.legal(wanted, epochs, moved)
    for name in asdict(start):
        # only what changes: writing back the slider just moved would undo a move that followed meanwhile
        if getattr(pushed, name) != getattr(wanted, name):
            st.session_state[name] = getattr(pushed, name)
