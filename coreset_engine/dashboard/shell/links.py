"""Links to other pages, the menu among them: one step of the browser's history each, to an address that says everything."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from coreset_engine import methods, store
from coreset_engine.dashboard.shell import pages

_HERE = Path(__file__).parent
_HTML = '<div class="coreset-links"></div>'
# The menu, which every page has, brings script and styles for all links: these change with every move of a control.
_WAIT = """
export default function start(component) {
  if (window.coresetLinks) return window.coresetLinks(component);
  const later = setTimeout(() => start(component), 20);
  return () => clearTimeout(later);
}
"""
_one = st.components.v2.component("coreset_link", html=_HTML, js=_WAIT, isolate_styles=False)
_component = st.components.v2.component(
    "coreset_links",
    html=_HTML,
    css=(_HERE / "links.css").read_text(encoding="utf-8"),
    js=(_HERE / "links.js").read_text(encoding="utf-8"),
    isolate_styles=False,  # the Tab key of a dialog finds nothing in a shadow root
)
_OPTIONAL = ("all", "retraining")  # kinds of pages that have options of methods and rules
_KIND, _CARRIED = "page_kind", "carried"  # in the session
UNSAVED = "exclusion_changes"  # in the session: what was ticked and is not saved, by what it belongs to
_PAIR = ("early", "late", "length")
# Controls that mean the same on every page that has them, by what a page has of them. Their values stand in its address,
# unless they are the default; what a page has not is remembered for the next one, see `arrive`. The last two, a selection
# kept beside and those compared, pages write into the address themselves.
_SHARES = ("class_budget", "tau", "hard_cutoff", "hard_cutoff_by", "group_budget")
_ALL = ("run", "method", *_PAIR, "start", "width", "rate", "rule", *_SHARES, "exclude", "average", "a", "compare")
KINDS = {
    "all": _ALL,
    "windows": ("run", *_PAIR, "rate"),
    "run": ("run", "exclude"),
    "retraining": ("run", "methods", "rates", *_PAIR, "start", "width", "rule", *_SHARES, "exclude", "average"),
    "recording": ("dataset", "architecture", "epochs"),  # and its other fields: the form is found as it was left
    "none": (),
}
# controls of one kind of page alone that begin as one of other pages stands, and say what that is to be, by what they follow
_FOLLOWS = {"recording": {"recorded": "run"}}
_FORM = ("record_",)  # how the names of those other fields begin
DEFAULT = object()  # value of a control that a link sets back: a default does not stand in the address


def draw(
    path: str,
    text: str,
    controls: Mapping[str, Any] | None = None,
    *,
    icon: str = "",
    key: str = "",
    button: bool = False,
    alone: bool = False,
) -> None:
    """Draw a link to a page under the controls of this one.

    `st.switch_page` first leaves out all that belongs to widgets, and `st.page_link` what belongs to this page alone. Each
    change of the address then is one more step for the browser's Back, on which the view is only half restored.

    Args:
        path: file of the page, as "pages/10_Sample.py".
        text: what the link says.
        controls: what controls there are to hold, where it is something else than here, by their keys; an empty value
            clears its control, and DEFAULT sets it back.
        icon: name of a Material symbol, as "tune".
        key: widget key, where a page has the same link twice.
        button: let it look like the buttons beside it.
        alone: leave out what the controls say here: the page is to hold `controls` and else its defaults.
    """
    _one(
        key=key or f"link_{pages.of_file(path).address or 'Overview'}",
        data=_data([[_link(path, text, icon, controls or {})]]) | {"button": button, "alone": alone},
    )


def menu(current: str) -> None:
    """Draw the bar of all pages; `current` is the file of the page that is open.

    It goes with every page, so it is what asks before a tab is closed or loaded anew that holds ticks nobody saved.
    """
    unsaved = any(changes.count for changes in st.session_state.get(UNSAVED, {}).values())
    drawn = [
        [_link(page.file, page.title, page.icon, {}) | {"current": page.file == current} for page in group]
        for group in pages.menu()
    ]
    _component(key="menu", data=_data(drawn) | {"label": "Pages", "unsaved": unsaved})


def load(address: str, query: Mapping[str, Any]) -> None:
    """Let the browser load a page of the app anew in place of this one; `query` is what its address says."""
    _component(key="load", data={"load": f"{address}?{urlencode(query, doseq=True)}"})


def arrive(path: str) -> None:
    """Note which page is drawn, and what its address says of shared controls; call it first on every page."""
    kind = pages.of_file(path).controls
    said = {name: st.query_params.get_all(name) for name in st.query_params if is_shared(name)}
    for name, of in _FOLLOWS.get(kind, {}).items():  # what is shown here is shown there, too
        said |= {of: [st.query_params[name]]} if st.query_params.get(name) in store.run_names() else {}
    before = {name: values for name, values in st.session_state.get(_CARRIED, {}).items() if not _has(kind, name)}
    st.session_state[_KIND], st.session_state[_CARRIED] = kind, before | said


def carried(name: str) -> str:
    """Return what a shared control says, or said on the page before; "" where it is not known."""
    return st.session_state.get(_CARRIED, {}).get(name, [""])[-1]


def texts(controls: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return controls' values as Streamlit writes them into an address, a list one by one; none for DEFAULT."""
    return {
        key: [_text(one) for one in value] or [""] if isinstance(value, list | tuple) else [_text(value)]
        for key, value in controls.items()
        if value is not DEFAULT
    } | {key: [] for key, value in controls.items() if value is DEFAULT}


def _text(value: Any) -> str:
    """Return one value as Streamlit writes it; nothing clears the control."""
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _link(path: str, text: str, icon: str, controls: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the component is told of one link."""
    page = pages.of_file(path)
    follows = {} if "tab" in controls else _FOLLOWS.get(page.controls, {})  # another tab may not have them
    told = {"page": page.address, "text": text, "icon": icon, "kind": page.controls}
    return told | {"controls": texts(controls), "follows": follows}


def _data(groups: list[list[dict[str, Any]]]) -> dict[str, Any]:
    """Return what the component is told: the links, and what it needs to find their addresses."""
    kind, carried = st.session_state.get(_KIND, "none"), st.session_state.get(_CARRIED, {})
    # what this page has, its address says; told here, it would make the menu a new one with every move of a control
    elsewhere = {name: values for name, values in carried.items() if not _has(kind, name)}
    told = {"kind": kind, "carried": elsewhere, "first": store.run_names()[:1]}
    return told | {"groups": groups, "kinds": KINDS, "begins": {kind: _begins(kind) for kind in KINDS}}


def _has(kind: str, name: str) -> bool:
    """Return whether pages of a kind have a control."""
    return name in KINDS[kind] or name.startswith(_begins(kind))


def _begins(kind: str) -> tuple[str, ...]:
    """Return how the names of further controls begin that pages of a kind have."""
    return _options() if kind in _OPTIONAL else _FORM if kind == "recording" else ()


def is_shared(name: str) -> bool:
    """Return whether a name in the address is that of a control which pages share."""
    return any(_has(kind, name) for kind in KINDS)


@cache
def _options() -> tuple[str, ...]:
    """Return how the names of options of methods and rules begin."""
    return (*(f"{name}_" for name in methods.all_methods()), "rule_")
