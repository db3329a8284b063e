"""Links to other pages that are one step of the browser's history, with an address that says everything."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from coreset_engine.dashboard.frame import SHARED

_HERE = Path(__file__).with_name("components")
_component = st.components.v2.component(
    "coreset_link",
    html='<a class="coreset-link"></a>',
    css=(_HERE / "link.css").read_text(encoding="utf-8"),
    js=(_HERE / "link.js").read_text(encoding="utf-8"),
    isolate_styles=False,  # the Tab key of a dialog finds nothing in a shadow root
)


def draw(page: str, text: str, controls: Mapping[str, Any], key: str) -> None:
    """Draw a link to a page under the controls of this one.

    `st.switch_page` first leaves out all that belongs to widgets, and `st.page_link` what belongs to this page alone. Each
    change of the address then is one more step for the browser's Back, on which the view is only half restored.

    Args:
        page: as the address names it, e.g. "Sample".
        text: what the link says.
        controls: what controls there are to hold, where it is something else than here, by their keys.
        key: widget key.
    """
    _component(key=key, data={"text": text, "address": address(page, _here() | dict(controls))})


def address(page: str, controls: Mapping[str, Any]) -> str:
    """Return the address of a page whose controls hold these values; an empty one clears its control."""
    return f"{page}?{urlencode({key: _text(value) for key, value in controls.items()}, doseq=True)}"


def _text(value: Any) -> str | list[str]:
    """Return a control's value as Streamlit writes it into an address; a list is written one by one."""
    if isinstance(value, list | tuple):
        return [str(one) for one in value] or [""]
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _here() -> dict[str, list[str]]:
    """Return what this page's address says of the controls that pages share, options of method and rule included."""
    begins = (f"{st.session_state.get('method', 'eva')}_", "rule_")
    return {key: st.query_params.get_all(key) for key in st.query_params if key in SHARED or key.startswith(begins)}
