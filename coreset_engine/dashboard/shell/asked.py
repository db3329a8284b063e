"""What a page's address asks for and the page can't show: said in one sentence, never passed over in silence.

Streamlit takes a value that a control can't have out of the address and shows the default. So what the address said is noted
when the page opens, and compared with the controls when they are drawn.
"""

from typing import Any

import streamlit as st

from coreset_engine import names
from coreset_engine.dashboard.shell import links, pages
from coreset_engine.dashboard.shell.texts import markdown_safe
from coreset_engine.datasets import own_names

_ASKED, _TOLD, _HERE, _NOW = "address_asked", "address_told", "address_page", "address_said"  # in the session
_TOLD_ELSEWHERE = {"run", "recorded", "exclude", "a", "compare", "against", "area", "view", "mark", "row", "sample"}
_LONGEST = 40  # characters of a value in the sentence
# values of former versions, by the control that has them
_FORMER = {"colour": {"planted": "injected"}, "measure": {"Planted": "Injected"}}


def note(page: pages.Page) -> None:
    """Note what the address asks of a page when that opens; values of former versions are turned into those of now."""
    st.session_state[_NOW] = set()
    if st.session_state.get(_HERE) == page.title:
        return
    st.session_state[_HERE] = page.title
    said = {name: st.query_params.get_all(name) for name in st.query_params}
    st.session_state[_ASKED], st.session_state[_TOLD] = said, {}
    renamed = {name: _now(name, values) for name, values in said.items()}
    if renamed != said:
        for name, values in renamed.items():
            if values != said[name]:
                st.query_params[name] = values
        st.session_state[_HERE] = ""
        st.rerun()  # a control takes its value from the address when a run begins


def tell_unshown() -> None:
    """Say what the address asked for and is not shown, and what no control of the page is called; the page's last call."""
    tell()
    asked, told = st.session_state.get(_ASKED, {}), st.session_state.get(_TOLD, {})
    for name in [one for one in asked if not links.is_shared(one) and one not in _TOLD_ELSEWHERE]:
        told[name] = (asked.pop(name), [""])
    tell()


def tell() -> None:
    """Say what the address asked for and is not shown, for the controls drawn so far; each until its control is changed."""
    asked, told = st.session_state.get(_ASKED, {}), st.session_state.get(_TOLD, {})
    for name, values in list(asked.items()):
        if name in _TOLD_ELSEWHERE or (name not in st.session_state and name != "average"):
            continue
        shown = _shown(name)
        if not _same(values, shown):
            told[name] = (values, shown)
        del asked[name]
    new = [name for name, (_, shown) in told.items() if name not in st.session_state[_NOW] and _shown(name) == shown]
    st.session_state[_NOW] |= set(new)
    sentences = [_sentence(name, *told[name]) for name in new]
    if sentences:
        st.warning(markdown_safe(" ".join(sentences)), icon=":material/link_off:")


def _now(name: str, values: list[str]) -> list[str]:
    """Return a control's values in the words of this version."""
    found = [own_names.listed(value) for value in values] if name == "dataset" else values  # once these were paths
    for before, after in _FORMER.get(name, {}).items():
        found = [after + value[len(before) :] if value.startswith(before) else value for value in found]
    return found


def _shown(name: str) -> list[str]:
    """Return what a control shows, as an address would say it."""
    value: Any = st.session_state.get(name)
    return links.texts({name: list(value) if isinstance(value, list | tuple | set) else value})[name]


def _same(asked: list[str], shown: list[str]) -> bool:
    """Return whether two lists of values mean the same, in any order; numbers may be written in several ways."""
    return sorted(map(_plain, asked)) == sorted(map(_plain, shown))


def _plain(text: str) -> str:
    """Return a value in one way of writing."""
    try:
        return repr(float(text))
    except ValueError:
        return text.strip().lower() if text.strip().lower() in ("true", "false") else text.strip()


def _sentence(name: str, asked: list[str], shown: list[str]) -> str:
    """Return what was asked, and what is shown in its place."""
    wanted = ", ".join(names.shown(value, _LONGEST) for value in asked[:5])
    there = ", ".join(names.shown(value, _LONGEST) for value in shown if value)
    return f"The address asks for {name} {wanted}, which is not available here; shown is {there or 'none'}."
