"""The frame of every page: title, menu, and sentences instead of tracebacks."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from coreset_engine.dashboard.shell import links
from coreset_engine.errors import EngineError

# a file of our own: named icons in a browser tab are fetched from a public server
ICON = Path(__file__).with_name("icon.png")
STYLE = Path(__file__).with_name("page.css")
# in the order of the work: record, explore, train, look up
MENU = (
    (("app.py", "Overview", "home"),),
    (("pages/1_Record.py", "Record", "fiber_manual_record"),),
    (
        ("pages/2_Explore.py", "Explore", "tune"),
        ("pages/3_Windows.py", "Window map", "grid_on"),
        ("pages/4_Data_map.py", "Data map", "scatter_plot"),
        ("pages/10_Sample.py", "Sample", "image_search"),
        ("pages/5_Label_issues.py", "Suspects", "flag"),
        ("pages/6_Compare.py", "Compare", "compare"),
    ),
    (
        ("pages/7_Experiments.py", "Retrain", "replay"),
        ("pages/8_Results.py", "Results", "monitoring"),
        ("pages/11_Papers.py", "Papers", "article"),
    ),
    (("pages/9_Methods.py", "Methods", "menu_book"),),
)
PAGES = tuple(page for group in MENU for page in group)
# what belongs to the lists of one page: another page begins with its own, unless its address says otherwise
LOCAL = ("class", "page", "pair", "samples", "group", "sort")


def page_setup(title: str, subtitle: str = "") -> None:
    """Set the page up and draw menu and heading; the first call of every page.

    The menu is a bar at the top, so that the sidebar begins with the controls; on a narrow screen it scrolls sideways.
    """
    st.set_page_config(page_title=f"{title} · Coreset Explorer", page_icon=str(ICON), layout="wide")
    st.html(STYLE)
    path = next(path for path, name, _ in PAGES if name == title)
    _arrive(title, path)
    with shared():  # belonging to no single page, it is not taken away and drawn anew when another opens
        links.menu(MENU, path)
    with st.container(key="heading", horizontal=True, vertical_alignment="bottom", gap="small"):
        st.markdown(f"# {title}", width="content")
        if subtitle:
            st.caption(subtitle, width="content")


def _arrive(title: str, path: str) -> None:
    """Let a page that was opened from another one begin with lists of its own."""
    arrived = st.session_state.get("page_shown", title) != title
    st.session_state["page_shown"] = title
    links.arrive(path)
    for name in LOCAL if arrived else ():
        if name not in st.query_params:
            st.session_state.pop(name, None)


@contextmanager
def failing_gracefully() -> Iterator[None]:
    """Show an error that the user can mend as a sentence and stop the page there."""
    try:
        yield
    except EngineError as error:
        st.error(markdown_safe(str(error)), icon=":material/error:")
        st.stop()


@contextmanager
def beside() -> Iterator[None]:
    """Draw controls into the sidebar, shared by all pages.

    An error that the user can mend is told on the page, since a phone hides the sidebar.
    """
    with failing_gracefully(), st.sidebar, shared():
        yield


@contextmanager
def shared() -> Iterator[None]:
    """Let the widgets drawn inside belong to no single page: their values go along in the address to every page.

    Streamlit forgets a widget of a page, and takes its value out of the address, when another page opens; it keeps those
    that the entry script draws. So these say that they are the entry script's.
    """
    context = get_script_run_ctx()
    if context is None:
        yield
        return
    with context.run_with_active_hash(context.pages_manager.main_script_hash):
        yield


def markdown_safe(text: str) -> str:
    """Return text that Markdown shows as it is: a name from a file could otherwise load a picture from anywhere."""
    for sign in "\\`*_{}[]()#+!|<>~$:":
        text = text.replace(sign, f"\\{sign}")
    return text
