"""The two windows as bands that can be dragged; chart and histogram follow in the browser until they are let go."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from coreset_engine.dashboard.charts.theme import palette
from coreset_engine.windows import Windows

_HERE = Path(__file__).parent
_HTML = """<div class="scrub" hidden>
<svg role="group" aria-label="Mean error norm of every class over the epochs, with both windows"></svg>
<div class="foot">
<span>epoch 1</span><span class="said" role="status"></span><span>epoch <span class="last"></span></span>
</div>
<div class="bars" aria-hidden="true"></div>
<div class="classes"></div>
</div>"""
_component = st.components.v2.component(
    "coreset_scrub",
    html=_HTML,
    css=(_HERE / "window_bands.css").read_text(encoding="utf-8"),
    js=(_HERE / "window_bands.js").read_text(encoding="utf-8"),
)
_store = st.components.v2.component("coreset_scrub_store", js=(_HERE / "store.js").read_text(encoding="utf-8"))


def draw(name: str, windows: Windows, rate: float, form: str, key: str, on_move: Callable[[], None]) -> None:
    """Draw the bands of a run whose constant part `store` sends.

    Args:
        name: of the run, as given to `store`.
        windows: both windows as they are.
        rate: α, where the histogram changes colour.
        form: "variance", "normalized" or "mean": how the browser scores its few samples.
        key: widget key; `st.session_state[key].moved` holds the new starts while `on_move` runs.
        on_move: called when a band was let go elsewhere.
    """
    both = {"early": windows.early, "late": windows.late, "length": windows.length}
    _component(key=key, data={"name": name, "windows": both, "rate": rate, "form": form}, on_moved_change=on_move)


def store(name: str, plain: dict[str, Any]) -> None:
    """Send what `trajectories.means_and_samples` returned for a run; the same data are sent once only."""
    shades = palette()
    colours = [shades[c % len(shades)] for c in plain["classes"]]
    _store(key="scrub_store", data=plain | {"name": name, "colours": colours})
