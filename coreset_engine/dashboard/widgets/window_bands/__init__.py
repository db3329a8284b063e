"""The two windows as bands that can be dragged; chart and histogram follow in the browser until they are let go."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from coreset_engine.dashboard.charts.theme import palette
from coreset_engine.windows import Windows

SAMPLES = 500  # whose scores the browser computes by itself while a window is dragged
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
    """Send what `prepared` returned for a run; the same data are not sent again when the page runs again."""
    shades = palette()
    colours = [shades[c % len(shades)] for c in plain["classes"]]
    _store(key="scrub_store", data=plain | {"name": name, "colours": colours})


def prepared(
    norms: NDArray[np.float32], labels: NDArray[np.integer], names: tuple[str, ...], seed: int = 0
) -> dict[str, Any]:
    """Return what the browser needs of a run: the mean trajectory of every class and those of a few samples.

    Args:
        norms: (T, N) error norms.
        labels: (N,) classes, or (N, L) zeros and ones.
        names: of the classes.
        seed: of the draw of samples.
    """
    epochs, samples = norms.shape
    member = np.eye(len(names), dtype=np.float32)[labels] if labels.ndim == 1 else labels.astype(np.float32)
    present = np.flatnonzero(member.sum(axis=0))
    means = (norms @ member[:, present]) / member[:, present].sum(axis=0)
    rows = np.sort(np.random.default_rng(seed).choice(samples, min(SAMPLES, samples), replace=False))
    highest = float(norms.max()) or 1.0
    few = np.round(norms[:, rows].T * (65_535 / highest)).astype("<u2")
    return {
        "epochs": epochs,
        "top": round(float(means.max()) * 1.05, 4) or 1.0,
        "means": np.round(means.T, 4).tolist(),
        "classes": present.tolist(),
        "names": [names[c] for c in present],
        "values": base64.b64encode(few.tobytes()).decode(),
        "count": len(rows),
    }
