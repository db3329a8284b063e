"""What is compared: the selections chosen, or a suggestion where none is, and what can be done with them."""

from collections.abc import Sequence

import streamlit as st

from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.compare import charts
from coreset_engine.dashboard.coresets import compared
from coreset_engine.dashboard.shell import links
from coreset_engine.dashboard.shell.frame import failing_gracefully
from coreset_engine.dashboard.shell.texts import markdown_safe
from coreset_engine.errors import EngineError


def current() -> tuple[CoresetSpec, ...]:
    """Return the selections that are compared; none, and a sentence, where a link can't be read."""
    try:
        return compared.current()
    except EngineError as error:
        st.error(markdown_safe(str(error)), icon=":material/error:")
        return ()


def suggest(now: CoresetSpec) -> tuple[CoresetSpec, ...]:
    """Return common methods at the rate of the controls, with a button that keeps them as the comparison."""
    with failing_gracefully():
        offered = compared.usual(now, cached.dynamics(now.run).epochs)
    with st.container(border=True):
        words, button = st.columns([5, 1], vertical_alignment="center")
        words.markdown(
            "**Nothing is chosen yet, so common methods are compared** at the rate of the sidebar. Keep them, or add "
            "selections of your own from the sidebar or on Explore; up to eight stand side by side."
        )
        button.button(
            "Keep these", key="compare_usual", icon=":material/playlist_add_check:", on_click=compared.add, args=offered,
            type="primary", help="Makes them the comparison: the link holds them, and each can be removed or shown.",
        )  # fmt: skip
        st.markdown("  \n".join(_line(*each) for each in zip(compared.LETTERS, offered, strict=False)))
    return tuple(offered)


def _line(letter: str, one: CoresetSpec) -> str:
    """Return a selection in words after its letter on its colour, as Markdown."""
    return f"{charts.badge(letter, one.method)} {markdown_safe(one.label)} · {markdown_safe(one.run)}"


def listing(selections: Sequence[CoresetSpec], problems: dict[int, str]) -> None:
    """Draw every selection with a link that shows it, and buttons that remove it and move it up."""
    for place, one in enumerate(selections):
        words, buttons = st.columns([3, 2], gap="small", vertical_alignment="center")  # below each other on a phone
        words.markdown(_line(compared.LETTERS[place], one))
        with buttons.container(horizontal=True, horizontal_alignment="right", gap="small"):
            if place not in problems:
                epochs = cached.dynamics(one.run).epochs
                held = compared.in_a_link(one, epochs)
                links.draw("pages/2_Explore.py", "Explore", held, icon="tune", key=f"compare_show_{place}")
            st.button(
                "Up", key=f"compare_up_{place}", type="tertiary", icon=":material/arrow_upward:",
                on_click=compared.move_up, args=(place,), disabled=place == 0, help="Exchange it with the one before it.",
            )  # fmt: skip
            st.button(
                "Remove", key=f"compare_remove_{place}", type="tertiary", icon=":material/close:",
                on_click=compared.remove, args=(place,),
            )  # fmt: skip
        if place in problems:
            st.warning(f"{compared.LETTERS[place]} is left out: {markdown_safe(problems[place])}")
