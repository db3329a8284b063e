"""Elements that follow the hand in the browser at every frame: windows, histogram, classes, trajectories.

What does not change with the hand travels once: the scripts, a run's mean trajectories, and the address of its pack. Python
hears of a move when the hand lets go, computes exactly, and every element then shows that.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from coreset_engine.analysis.trajectories import Trajectories
from coreset_engine.dashboard.charts.theme import CUT, full_data, look, palette
from coreset_engine.explorer import texts

A = 6  # place of the palette that no method has: of the coreset pinned as A
_SCRIPTS = ("pack", "score", "live", "bands", "charts", "gallery")
_HTML = '<div class="explorer"></div>'
_WAIT = """
export default function start(component) {
  const ready = window.coresetExplorer?.ready(component.data);
  if (!ready) {
    const later = setTimeout(() => start(component), 20);
    return () => clearTimeout(later);
  }
  return window.coresetExplorer.mount(component);
}
"""
_STYLE = (
    f"const STYLE = {json.dumps(texts.style('explorer'))};\n"  # here, since each element would bring it with every move
)
_view = st.components.v2.component("coreset_live", html=_HTML, js=_WAIT)
_store = st.components.v2.component("coreset_live_store", js=_STYLE + texts.script(*_SCRIPTS, "page"))


def send(run: str, course: Trajectories, address: str) -> None:
    """Send the scripts and what stays of a run; nothing of it is sent again when the page runs again.

    Args:
        run: its name, as the other elements give it.
        course: its mean trajectories.
        address: of its pack and its thumbnails, relative to the page.
    """
    shades = palette()
    told = {
        "epochs": course.means.shape[1],
        "top": round(float(course.means.max()) * 1.05, 4) or 1.0,
        "means": np.round(course.means, 4).tolist(),
        "names": list(course.names),
        "colours": [shades[c % len(shades)] for c in course.classes],
    }
    _store(key="live_store", data={"run": run, "course": told, "address": address}, on_stale_change=_run_again)


def _run_again() -> None:
    """Let the page run again, which gives the run's new address; a callback."""


def bands(
    run: str,
    state: Mapping[str, Any],
    exact: Mapping[str, Any],
    limits: Mapping[str, Sequence[float]],
    key: str,
    on_move: Callable[[], None],
) -> None:
    """Draw the windows over the mean trajectories, with sliders for K and α.

    Args:
        run: its name.
        state: what is scored and selected, as `scripts/score.js` reads it.
        exact: what Python computed: kept and, where A is pinned, pinned (bits), excluded rows, and the number of the move.
        limits: lowest and highest of length and rate, and a step.
        key: widget key; `st.session_state[key].moved` holds the new state and its number while `on_move` runs.
        on_move: called when the hand let go elsewhere.
    """
    data = {"view": "bands", "run": run, "state": dict(state), "exact": dict(exact), "limits": dict(limits)}
    _view(key=key, data=data, on_moved_change=on_move)


def histogram(
    run: str,
    bins: tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]],
    cut: float | None,
    label: str,
    method: str,
    key: str,
) -> None:
    """Draw the histogram of the scores, those of the coreset marked.

    Args:
        run: its name.
        bins: bin edges (B + 1,), samples and kept samples in each bin (B,).
        cut: score at which a top selection ends, or None.
        label: name of the score.
        method: that scores.
        key: widget key.
    """
    edges, every, own = bins
    told = {"low": float(edges[0]), "high": float(edges[-1]), "every": every.tolist(), "own": own.tolist()}
    told |= {"cut": None if cut is None else float(cut), "label": label}
    _view(key=key, data={"view": "histogram", "run": run, "told": told, "colours": _colours(method)})


def classes(
    run: str,
    counts: NDArray[np.int64],
    names: Sequence[str],
    chosen: str,
    method: str,
    key: str,
    on_choice: Callable[[], None],
) -> None:
    """Draw the share of every class in all data, in the coreset, and in A; each is a button.

    Args:
        run: its name.
        counts: (C, 2 or 3) samples of every class in these.
        names: of the classes.
        chosen: the class whose images are shown, or another word.
        method: of the coreset.
        key: widget key; `st.session_state[key].chosen` is the class pressed while `on_choice` runs.
        on_choice: called then.
    """
    told = {"names": list(names), "counts": counts.tolist(), "chosen": chosen}
    data = {"view": "classes", "run": run, "told": told, "colours": _colours(method)}
    _view(key=key, data=data, on_chosen_change=on_choice)


def courses(
    run: str, norms: NDArray[np.float32] | None, rows: Sequence[int], captions: Sequence[str], asked: bool, key: str
) -> None:
    """Draw the error norms of some samples.

    Args:
        run: its name.
        norms: (T, R) of these samples; None where the browser has those of all.
        rows: of the train split.
        captions: their classes.
        asked: whether they were typed in; else those shown first in the gallery take their place while the hand moves.
        key: widget key.
    """
    told: dict[str, Any] = {"rows": list(rows), "captions": list(captions), "asked": asked, "colours": list(palette())}
    if norms is not None:
        told["thousandths"] = np.rint(1000 * norms.T).astype(int).tolist()
    _view(key=key, data={"view": "courses", "run": run, "told": told})


def _colours(method: str) -> dict[str, str]:
    """Return the colours of what is drawn; the coreset has its method's."""
    return {"all": full_data(), "kept": look(method).colour, "cut": CUT, "a": palette()[A]}
