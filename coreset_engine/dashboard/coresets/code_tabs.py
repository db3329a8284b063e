"""What is shown, as a command, as Python and, for a sweep, as YAML to copy."""

import streamlit as st

from coreset_engine import paths
from coreset_engine.dashboard.shell.texts import markdown_safe


def draw(command: str, python: str, height: int | None = None, *, yaml: str = "") -> None:
    """Draw the command and the Python that give what is shown, each on a tab.

    Args:
        command: for a shell.
        python: lines of Python that reproduce it on the same cache.
        height: of both in pixels, where they are long.
        yaml: the same as a file for `sweep --file`; "" for none.
    """
    names = ["Copy as command", "Copy as Python", *(["Copy as YAML"] if yaml else [])]
    as_command, as_python, *others = st.tabs(names)
    as_command.code(command, language="bash", wrap_lines=True, height=height)
    as_python.code(python, language="python", wrap_lines=True, height=height)
    for tab in others:
        tab.code(yaml, language="yaml", wrap_lines=True, height=height)
    cache = paths.cache_root()
    elsewhere = ""  # a command looks there by itself
    if cache.resolve() != paths.DEFAULT_CACHE:
        elsewhere = f"; set CORESET\\_CACHE to {markdown_safe(str(cache))}, which this app reads"
    st.caption(f"With the Python environment that runs this app{elsewhere}.")
