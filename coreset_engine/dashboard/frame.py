"""The frame of every page: title, menu, and sentences instead of tracebacks."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import streamlit as st
from PIL import Image
from streamlit.errors import StreamlitPageNotFoundError

from coreset_engine.errors import EngineError

PAGES = (
    ("app.py", "Overview", ":material/home:"),
    ("pages/1_Record.py", "Record", ":material/fiber_manual_record:"),
    ("pages/2_Explore.py", "Explore", ":material/tune:"),
    ("pages/3_Retrain.py", "Retrain", ":material/replay:"),
    ("pages/4_Results.py", "Results", ":material/monitoring:"),
)


def page_setup(title: str, subtitle: str = "") -> None:
    """Set the page up and draw menu and heading; the first call of every page."""
    st.set_page_config(page_title=f"{title} · Coreset Explorer", page_icon=_icon(), layout="wide")
    with st.sidebar:
        st.markdown("**Coreset Explorer**")
        for path, name, symbol in PAGES:
            page_link(path, name, symbol)
        st.divider()
    st.markdown(f"## {title}")
    if subtitle:
        st.caption(subtitle)


def _icon() -> Image.Image:
    """Return the browser tab's icon: a grid of samples, some kept. Named icons would be fetched from a public server."""
    kept = np.array([[1, 0, 0], [0, 0, 1], [0, 1, 0]], bool).repeat(10, axis=0).repeat(10, axis=1)
    icon = np.where(kept[..., None], np.array([0, 114, 178]), np.array([169, 180, 188])).astype(np.uint8)
    icon[9::10], icon[:, 9::10] = 255, 255
    return Image.fromarray(icon)


def page_link(path: str, label: str, icon: str | None = None) -> None:
    """Draw a link to another page; a page that runs alone, as in a test, has none to link to."""
    try:
        st.page_link(path, label=label, icon=icon)
    except StreamlitPageNotFoundError:
        st.caption(label)


@contextmanager
def failing_gracefully() -> Iterator[None]:
    """Show an error that the user can mend as a sentence and stop the page there."""
    try:
        yield
    except EngineError as error:
        st.error(markdown_safe(str(error)), icon=":material/error:")
        st.stop()


def markdown_safe(text: str) -> str:
    """Return text that Markdown shows as it is: a name from a file could otherwise load a picture from anywhere."""
    for sign in "\\`*_{}[]()#+!|<>~$:":
        text = text.replace(sign, f"\\{sign}")
    return text
