"""The frame of every page: title, menu, and sentences instead of tracebacks."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from coreset_engine import access, paths, store
from coreset_engine.dashboard.shell import asked, growing, links, login, pages, queue_line, view_files
from coreset_engine.dashboard.shell.texts import markdown_safe
from coreset_engine.errors import EngineError
from coreset_engine.faults import sentence_of

# a file of our own: named icons in a browser tab are fetched from a public server
ICON = Path(__file__).with_name("icon.png")
STYLE = Path(__file__).with_name("page.css")


def page_setup(title: str, subtitle: str = "") -> None:
    """Set the page up and draw menu and heading; the first call of every page, whose title stands in `pages.PAGES`.

    The menu is a bar at the top, so that the sidebar begins with the controls; on a narrow screen it scrolls sideways.
    """
    st.set_page_config(page_title=f"{title} · Coreset Explorer", page_icon=str(ICON), layout="wide")
    st.html(STYLE)
    login.require_login()
    with failing_gracefully():
        _begin(paths.cache_root())
    page = pages.titled(title)
    with failing_gracefully():
        _forward_short_address(page)
    asked.note(page)
    _arrive(page)
    with shared():  # belonging to no single page, it is not taken away and drawn anew when another opens
        links.menu(page.file)
    with st.container(key="heading", horizontal=True, vertical_alignment="bottom", gap="small"):
        st.markdown(f"# {title}", width="content")
        if subtitle:
            st.caption(subtitle, width="content")
        queue_line.draw()
    login.draw_account()


@cache
def _begin(cache_root: Path) -> None:
    """Tidy a cache once per start of the app: what killed imports left goes, deleted runs too if no other app is on."""
    if not access.is_viewer():
        store.sweep()
        store.open_for_server()


def _arrive(page: pages.Page) -> None:
    """Let a page that was opened from another one begin with lists of its own."""
    arrived = st.session_state.get("page_shown", page.title) != page.title
    st.session_state["page_shown"] = page.title
    links.arrive(page.file)
    for name in pages.LOCAL if arrived else ():
        if name not in st.query_params:
            st.session_state.pop(name, None)


def _forward_short_address(page: pages.Page) -> None:
    """Go on to the saved view of a short address; the Data map has a "view" of its own, where none is called so."""
    name = st.query_params.get(view_files.SHORT, "")
    if not name or (page.address == "Data_map" and not view_files.exists(name)):
        return
    view = view_files.load(name)
    values = view.values
    if view.page != "Data_map" or view_files.exists(values.get(view_files.SHORT, [""])[-1]):
        values.pop(view_files.SHORT, None)  # a short address that was saved would lead back here
    links.load(view.page or ".", values)
    st.stop()


def forward_former_address() -> None:
    """Go on to the page that has taken over a former address; the Overview's first call.

    Streamlit runs the Overview for an address that no page has, under a dialog that says so and that `st.switch_page` leaves
    open: so the browser loads the other page anew. What the address says is kept.
    """
    now = pages.moved(urlsplit(st.context.url or "").path.rpartition("/")[2])
    if now is not None:
        query = {name: st.query_params.get_all(name) for name in st.query_params} | dict(now.query)
        links.load(now.address, query)
        st.stop()


@contextmanager
def failing_gracefully() -> Iterator[None]:
    """Show an error that the user can mend as a sentence and stop the page there."""
    try:
        yield
    except EngineError as error:
        _stop(str(error))
    except Exception as error:
        sentence = sentence_of(error)  # of the machine: a disk that refuses, memory that ran out
        if not sentence:
            raise
        _stop(sentence)


def _stop(sentence: str) -> None:
    """Show why a page can't go on, and end it."""
    st.error(markdown_safe(sentence), icon=":material/error:")
    st.stop()


def changing(*, disabled: bool = False, help: str | None = None) -> dict[str, Any]:
    """Return the state of a control that starts, writes or deletes: a viewer's is off and says why.

    It is a courtesy: what refuses is the engine, see `access.require_writable`.

    Args:
        disabled: whether it is off for everybody.
        help: what it says where it can be used.
    """
    if access.is_viewer():
        return {"disabled": True, "help": access.SENTENCE}
    return {"disabled": disabled, "help": help}


@contextmanager
def beside() -> Iterator[None]:
    """Draw controls into the sidebar, shared by all pages.

    An error that the user can mend is told on the page, since a phone hides the sidebar. What has too few epochs while it is
    recorded is no error, see `growing`.
    """
    with failing_gracefully(), growing.going_on(), st.sidebar, shared():
        yield
    asked.tell()


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
