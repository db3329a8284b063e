"""Saved views on the page: what saves one, the list of them, and the short address that opens one."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import streamlit as st

from coreset_engine.dashboard.shell import pages
from coreset_engine.dashboard.shell.frame import changing, failing_gracefully
from coreset_engine.dashboard.shell.texts import markdown_safe
from coreset_engine.dashboard.shell.view_files import SavedView, delete, load, names, of_link, save
from coreset_engine.errors import EngineError

__all__ = ["SavedView", "delete", "load", "names", "of_link", "save", "save_here", "shelf"]

LINK_HELP = "The address of any page of this app, copied from the browser's address bar."


def save_here(page: str, values: Mapping[str, Any]) -> None:
    """Draw a popover that saves the page as it is shown now; it opens from the Overview.

    Args:
        page: as in its address.
        values: what must stand in the link beside what does, e.g. the run, which a link leaves out where it is the first.
    """
    with st.popover("Save this view", icon=":material/bookmark_add:", **changing()):
        name = st.text_input(
            "Name of the view", key="view_name", max_chars=64, placeholder="e.g. early windows"
        ).strip()
        if st.button("Save", key="view_save", type="primary"):
            query = {key: st.query_params.get_all(key) for key in st.query_params} | dict(values)
            try:
                view = SavedView(name, page, urlencode(query, doseq=True))
                save(view)
                st.success(f"{markdown_safe(name)} is saved. Open it from the Overview, or by its short address:")
                st.code(_whole(view.short), language=None, wrap_lines=True)
            except EngineError as error:  # the page goes on below
                st.error(markdown_safe(str(error)), icon=":material/error:")


def _whole(address: str) -> str:
    """Return an address within the app, without a slash before it, with the host and the folder at which this app is."""
    here = urlsplit(st.context.url or "")
    host = f"{here.scheme}://{here.netloc}" if here.netloc else ""
    return f"{host}{here.path.rpartition('/')[0]}/{address}"


def _delete(name: str) -> None:
    """Delete a view, or say what prevents it."""
    with failing_gracefully():
        delete(name)


def shelf() -> None:
    """Draw all saved views with a link and a delete button each, and a form that saves a page by its address."""
    for name in names():
        with st.container(horizontal=True, vertical_alignment="center"):
            try:
                view = load(name)
                # a link within the session would leave every control that the view has at its default as it stands now
                about = f"Opens in a new tab. Its short address: {_whole(view.short)}"
                link = _whole(view.link.removeprefix("/"))
                st.link_button(markdown_safe(name), link, icon=":material/bookmark:", help=markdown_safe(about))
                run = ", ".join(view.values.get("run", []))
                st.caption(pages.at(view.page).title + (f" of {markdown_safe(run)}" if run else ""), width="content")
            except EngineError as error:
                st.caption(markdown_safe(str(error)), width="content")
            st.button(
                "Delete",
                key=f"view_delete_{name}",
                icon=":material/delete:",
                on_click=_delete,
                args=(name,),
                **changing(),
            )
    if not names():
        st.caption("None yet.", help="Pages with controls have *Save this view*; any page is saved by its address.")
    with st.expander("Save a page by its address"), st.form("view_form", border=False):
        name = st.text_input("Name of the view", key="overview_view_name", max_chars=64).strip()
        link = st.text_input("Address", key="overview_view_link", placeholder="http://…/Explore?run=…", help=LINK_HELP)
        if st.form_submit_button("Save", **changing()):
            with failing_gracefully():
                save(of_link(name, link))
            st.rerun()
