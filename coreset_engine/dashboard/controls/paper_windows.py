"""Windows that papers published for the data set of a run, one click away."""

import streamlit as st

from coreset_engine import papers
from coreset_engine.papers import PaperWindow
from coreset_engine.windows import Windows, is_legal


def fitting(dataset: str, epochs: int) -> list[PaperWindow]:
    """Return the published windows of a data set that a run of `epochs` epochs can hold, by ascending rate."""
    return [
        found
        for found in papers.windows_for(dataset)
        if is_legal(Windows(found.early, found.late, found.length), epochs)
    ]


def draw(dataset: str, epochs: int) -> None:
    """Draw one button per published window pair; nothing where there is none."""
    found = fitting(dataset, epochs)
    if not found:
        return
    labels = {f"{100 * one.rate:g} %: {one.early}/{one.late}": one for one in found}
    st.pills(
        "Published windows (EVA)",
        list(labels),
        key="snap",
        on_change=_take,
        args=(labels,),
        help=f"t_e/t_l that the paper chose for each selection rate, with recordings of {found[0].epochs} epochs.",
    )


def _take(labels: dict[str, PaperWindow]) -> None:
    """Move windows and rate to the published ones."""
    chosen = labels.get(st.session_state["snap"])
    if chosen is not None:
        for name in ("early", "late", "length", "rate"):
            st.session_state[name] = getattr(chosen, name)
