"""A run played epoch by epoch, and the course of one sample; the scripts of `explorer/scripts` draw both."""

from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from coreset_engine.dashboard.charts import theme
from coreset_engine.dashboard.widgets import bits, tiles
from coreset_engine.explorer import replay, texts

_HERE = Path(__file__).parent
_HTML = '<div class="replay"></div>'
_SCRIPTS = texts.script(*replay.SCRIPTS)


def _script(*files: str) -> str:
    """Return the scripts that draw a replay, with files beside this one behind them."""
    return "\n".join([_SCRIPTS, *((_HERE / name).read_text(encoding="utf-8") for name in files)])


_component = st.components.v2.component(
    "coreset_replay", html=_HTML, css=texts.style(*replay.STYLES), js=tiles.AFTER_DIALOG + _script("replay.js")
)
_store = st.components.v2.component("coreset_replay_store", js=_script("store.js"))
_course = st.components.v2.component(
    "coreset_course",
    html=_HTML,
    css=texts.style(*replay.STYLES),
    js=_script("course.js"),
    isolate_styles=False,  # the Tab key of a dialog finds nothing in a shadow root
)


def draw(name: str, kept: NDArray[np.bool_], key: str) -> int | None:
    """Draw the replay whose pack `store` sends and return the row that was just chosen; None otherwise.

    Args:
        name: of the pack.
        kept: (S,) whether the coreset has a sample, in the order of the pack.
        key: widget key.
    """
    data = {"name": name, "kept": bits.as_text(kept), "theme": _theme()}
    result = _component(key=key, data=data, on_chosen_change=lambda: None)
    return None if result.chosen is None else int(result.chosen)


def store(pack: bytes) -> None:
    """Send the pack of a replay; the same one is not sent again when the page runs again."""
    _store(key="replay_store", data=pack)


def draw_course(course: dict[str, Any], key: str) -> None:
    """Draw the course of a sample, as of `explorer.course`, which a press plays."""
    _course(key=key, data={"course": course, "theme": _theme()})


def _theme() -> dict[str, Any]:
    """Return the colours of the page as it is shown."""
    return {
        "palette": list(theme.palette()),
        "kept": theme.palette()[0],
        "rest": theme.ALL,
        "error": theme.CUT,
        "ramp": list(theme.RIGHT),
    }
