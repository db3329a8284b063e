"""The frame of every page: title, menu, and sentences instead of tracebacks."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitPageNotFoundError
from streamlit.runtime.scriptrunner import get_script_run_ctx

from coreset_engine.errors import EngineError

# a file of our own: named icons in a browser tab are fetched from a public server
ICON = Path(__file__).with_name("icon.png")
STYLE = Path(__file__).with_name("components") / "page.css"
# in the order of the work: record, explore, train, look up
MENU = (
    (("app.py", "Overview", ":material/home:"),),
    (
        ("pages/1_Record.py", "Record", ":material/fiber_manual_record:"),
        ("pages/12_Bring_dynamics.py", "Bring in", ":material/upload_file:"),
    ),
    (
        ("pages/2_Explore.py", "Explore", ":material/tune:"),
        ("pages/3_Window_map.py", "Window map", ":material/grid_on:"),
        ("pages/4_Data_map.py", "Data map", ":material/scatter_plot:"),
        ("pages/5_Sample.py", "Sample", ":material/image_search:"),
        ("pages/6_Suspects.py", "Suspects", ":material/flag:"),
        ("pages/10_Compare.py", "Compare", ":material/compare:"),
    ),
    (
        ("pages/7_Retrain.py", "Retrain", ":material/replay:"),
        ("pages/8_Results.py", "Results", ":material/monitoring:"),
        ("pages/11_Papers.py", "Papers", ":material/article:"),
    ),
    (("pages/9_Methods.py", "Methods", ":material/menu_book:"),),
)
PAGES = tuple(page for group in MENU for page in group)
# what means the same on every page that has it; on the pages named below nothing of it is drawn
SHARED = ("run", "method", "early", "late", "length", "start", "width", "rate", "rule", "exclude", "average")
# what belongs to the lists of one page: another page begins with its own, unless its address says otherwise
LOCAL = ("class", "page", "pair", "samples", "group", "sort")
NUMBERS = {"early": int, "late": int, "length": int, "start": int, "width": int, "rate": float}
WITHOUT = ("Overview", "Record", "Bring in", "Results", "Papers", "Methods")


def page_setup(title: str, subtitle: str = "") -> None:
    """Set the page up and draw menu and heading; the first call of every page.

    The menu is a bar at the top, so that the sidebar begins with the controls; on a narrow screen it scrolls sideways.
    """
    st.set_page_config(page_title=f"{title} · Coreset Explorer", page_icon=str(ICON), layout="wide")
    st.html(STYLE)
    carried = _arrive(title)
    with st.container(key="menu", horizontal=True, wrap=False, vertical_alignment="center", gap=None):
        for number, group in enumerate(MENU):
            with st.container(key=f"menu_{number}", horizontal=True, wrap=False, gap=None, width="content"):
                for path, name, symbol in group:
                    page_link(path, name, symbol, carried)
    with st.container(key="heading", horizontal=True, vertical_alignment="bottom", gap="small"):
        st.markdown(f"# {title}", width="content")
        if subtitle:
            st.caption(subtitle, width="content")


def open_page(path: str) -> None:
    """Go to another page, the controls' values with it: a switch without an empty dict would clear them, and refuses to."""
    st.switch_page(path, query_params={})


def _arrive(title: str) -> dict[str, Any] | None:
    """Let a page that was opened from another one begin rightly; return what the menu's links put into the address.

    Lists start anew. From a page with controls Streamlit takes their values along by itself, see `shared`; from one
    without, the links name what the last controls said. Who presses a link before the page is drawn, and so loses the
    values of the address, gets them back.
    """
    arrived = st.session_state.get("page_shown", title) != title
    st.session_state["page_shown"] = title
    here = {name: st.query_params.get_all(name) for name in SHARED if name in st.query_params}
    before = st.session_state.get("carried", {})
    if arrived:
        for name in LOCAL:
            if name not in st.query_params:
                st.session_state.pop(name, None)
        if not here and title not in WITHOUT:
            here = before
            for name, values in before.items():
                st.session_state[name] = values if name == "average" else NUMBERS.get(name, str)(values[-1])
    if here or title not in WITHOUT:
        st.session_state["carried"] = here
    return st.session_state.get("carried") or None if title in WITHOUT else None


def page_link(path: str, label: str, icon: str | None = None, query: dict[str, Any] | None = None) -> None:
    """Draw a link to another page, with values for its URL; a page that runs alone, as in a test, has none to link to."""
    try:
        st.page_link(path, label=label, icon=icon, query_params=query)
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
