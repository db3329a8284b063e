"""The two windows as bands that can be dragged; chart and histogram follow in the browser until they are let go."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from coreset_engine.analysis.trajectories import Trajectories
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


def store(name: str, found: Trajectories) -> None:
    """Send the trajectories of a run; the same data are not sent again when the page runs again."""
    shades = palette()
    colours = [shades[c % len(shades)] for c in found.classes]
    _store(key="scrub_store", data=packed(found) | {"name": name, "colours": colours})


def packed(found: Trajectories) -> dict[str, Any]:
    """Return trajectories as the browser reads them: samples in 65,535ths of the highest error norm."""
    few = np.round(found.few * (65_535 / found.highest)).astype("<u2")
    return {
        "epochs": found.means.shape[1],
        "top": round(float(found.means.max()) * 1.05, 4) or 1.0,
        "means": np.round(found.means, 4).tolist(),
        "classes": list(found.classes),
        "names": list(found.names),
        "values": base64.b64encode(few.tobytes()).decode(),
        "count": len(few),
    }
