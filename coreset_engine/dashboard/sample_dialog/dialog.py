"""A look at one sample in a dialog over the page it was chosen on, which stays as it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from coreset_engine import methods
from coreset_engine.analysis.samples import planted, timeline
from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.charts.draw import draw_chart
from coreset_engine.dashboard.coresets import view
from coreset_engine.dashboard.sample_dialog import texts, trajectory
from coreset_engine.dashboard.shell import links
from coreset_engine.dashboard.shell.frame import failing_gracefully, markdown_safe

PAGE, KEY = "pages/10_Sample.py", "sample"  # the page of one sample, and what names it in the URL
SIGNALS = ("error_norm", "margin")  # whose course is drawn; the Sample page has all
_ROW = "peek_row"


@dataclass(frozen=True)
class Seen:
    """What the page knows on which a sample was chosen; what it does not know is left out.

    Attributes:
        rows: of the gallery, in its order: what comes before and after the sample.
        asked: the selection that is shown there.
        kept: (N,) whether a sample is in its coreset.
        ranking: (N,) rows from the first kept end to the other.
        controls: what controls are to hold on the Sample page, where it is something else than here, by their keys.
        others: further selections with their kept and ranking, where several are shown side by side.
    """

    rows: Sequence[int] = ()
    asked: CoresetSpec | None = None
    kept: NDArray[np.bool_] | None = None
    ranking: NDArray[np.int64] | None = None
    controls: Mapping[str, Any] = field(default_factory=dict)
    others: Sequence[tuple[CoresetSpec, NDArray[np.bool_], NDArray[np.int64]]] = ()


def open_sample(run: str, row: int, seen: Seen | None = None) -> None:
    """Open a look at one sample of a run over the page, with the way to the page of the sample.

    To be called once in a run of a page, with the row that `tiles.draw` has just returned, and as one of its last lines:
    what follows is drawn after the dialog. Closing it does not run the page again, and the next run does not open it.

    Args:
        run: its name.
        row: of the train split.
        seen: what the page knows of it.
    """
    st.session_state[_ROW] = row
    _dialog(run, seen or Seen())


@st.dialog("One sample", width="large", icon=":material/image_search:")
def _dialog(run: str, seen: Seen) -> None:
    """Draw the sample last stepped to; only this runs again when a button in it is pressed."""
    row = st.session_state[_ROW]
    with failing_gracefully():
        dynamics, info, images = cached.dynamics(run), cached.info(run), cached.images(run)
        told = timeline(dynamics, row)
    names = info.names
    _steps(run, row, seen)
    left, right = st.columns([5, 4], gap="medium")
    with left:
        if images is None:
            st.info("This run has no images here (imported, or the image cache was removed). All else works.")
        else:
            image = images.thumbnail(row)
            st.html(texts.pictures(image, f"Row {row} of the train split", texts.ends(image)))
            st.caption(texts.grey_range(image, False))
    with right:
        st.markdown(f"Label: **{markdown_safe(view.captions(dynamics, [row], names)[0])}**")
        for name, text in _standing(row, seen):
            st.markdown(f"{name}: {text}")
        for name, text in texts.learnt(told, names, dynamics.multi_label):
            st.markdown(f"{name}: {markdown_safe(text)}")
        for sentence in planted(images.truth, row, names) if images else []:
            st.markdown(f":material/science: {markdown_safe(sentence)}")
    shaded = seen.asked.windows if seen.asked else ()
    spec, height = trajectory.chart(told, names, dynamics.multi_label, shaded, SIGNALS)
    alt = f"Class predicted, error norm and margin of row {row} over {len(told.epochs)} epochs"
    draw_chart(spec, height=height, key="peek_course", alt=alt)
    st.caption(
        f"Class predicted by epoch, blue: as labelled, orange: another class.{' Windows are shaded.' if shaded else ''}"
    )


def _steps(run: str, row: int, seen: Seen) -> None:
    """Draw which sample this is, the way to its neighbours in the gallery, and to its page."""
    place = list(seen.rows).index(row) if row in seen.rows else None
    with st.container(key="peek_steps", horizontal=True, vertical_alignment="center", gap="small"):
        if place is not None and len(seen.rows) > 1:
            before = seen.rows[place - 1] if place else None
            after = seen.rows[place + 1] if place + 1 < len(seen.rows) else None
            for name, key, target in (("Previous", "Left", before), ("Next", "Right", after)):
                st.button(
                    name, key=f"peek_{name.lower()}", shortcut=key, disabled=target is None,
                    on_click=_step, args=(target,),
                )  # fmt: skip
        where = "" if place is None else f" · {place + 1} of {len(seen.rows)} shown"
        st.markdown(f"**Row {row}**{where}", width="content")
        with st.container(width="content"):
            links.draw(PAGE, "All about it", {"run": run} | dict(seen.controls) | {KEY: row}, key="peek_all")


def _step(row: int) -> None:
    """Show another sample in the dialog; a callback."""
    st.session_state[_ROW] = row


def _standing(row: int, seen: Seen) -> list[tuple[str, str]]:
    """Return whether the page's selection keeps a sample, and where it ranks it, as names and Markdown."""
    found = []
    if seen.asked and seen.kept is not None:
        state = "**:blue[kept]**" if seen.kept[row] else "**dropped**"
        found.append(("Coreset", f"{state} by {markdown_safe(seen.asked.label)}"))
    if seen.asked and seen.ranking is not None:
        found.append(("Rank", _rank(row, seen.asked, seen.kept is None or seen.kept[row], seen.ranking)))
    for asked, kept, ranking in seen.others:
        state = "**:blue[kept]**" if kept[row] else "**dropped**"
        found.append((markdown_safe(asked.label), f"{state}, rank {_rank(row, asked, kept[row], ranking)}"))
    return found


def _rank(row: int, asked: CoresetSpec, may_rank: bool, ranking: NDArray[np.int64]) -> str:
    """Return where a selection ranks a sample in words; methods that pick a set do not rank what they leave."""
    if not may_rank and methods.is_greedy(asked.method):
        return "not picked"
    return f"{texts.place(ranking, row).rank:,} of {len(ranking):,}"
