"""What the hand moved in the browser, taken over by the controls of the sidebar."""

import streamlit as st

WIDGET = "explore_windows"
_NUMBER, _HOLDS = "explore_move", "explore_holds"
_CONTROLS = {"early": "early", "late": "late", "start": "start", "rate": "rate"}


def take() -> None:
    """Set the controls to where windows, K and α were moved; a callback of the windows' element."""
    moved = st.session_state[WIDGET].moved
    length = "length" if "late" in moved else f"{st.session_state['method']}_epochs" if moved.get("fixed") else "width"
    for name, control in {**_CONTROLS, "length": length}.items():
        if name in moved and not (name == "start" and moved.get("fixed")):
            st.session_state[control] = round(float(moved[name]), 4) if name == "rate" else int(moved[name])
    st.session_state[_NUMBER], st.session_state[_HOLDS] = int(moved["number"]), moved["holds"]


def last() -> int:
    """Return the number of the last move that was taken over, 0 before the first."""
    return int(st.session_state.get(_NUMBER, 0))


def held(address: str) -> bool:
    """Return whether the browser said, with the last move, that it has the pack that lies at this address."""
    return bool(address) and st.session_state.get(_HOLDS) == address
