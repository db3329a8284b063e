"""A look at one sample in a dialog over the page it was chosen on, which stays as it is."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from coreset_engine import methods
from coreset_engine.analysis.classes import captions
from coreset_engine.analysis.samples import injected, timeline
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.cached import SharedCoreset
from coreset_engine.dashboard.coresets import compared, reasoned
from coreset_engine.dashboard.coresets.gallery import NO_IMAGES
from coreset_engine.dashboard.sample_dialog import slices, texts
from coreset_engine.dashboard.shell import links
from coreset_engine.dashboard.shell.frame import failing_gracefully
from coreset_engine.dashboard.shell.texts import markdown_safe
from coreset_engine.dashboard.widgets import replay
from coreset_engine.explorer.course import course

PAGE, KEY = "pages/10_Sample.py", "sample"  # the page of one sample, and what names it in the URL
SIGNALS = ("error_norm", "margin")  # that are drawn; the Sample page has all
_ROW = "peek_row"


def open_sample(
    run: str,
    row: int,
    rows: Sequence[int] = (),
    coresets: Sequence[SharedCoreset] = (),
    controls: Mapping[str, Any] | None = None,
) -> None:
    """Open a look at one sample of a run over the page, with the way to the page of the sample.

    To be called once in a run of a page, with the row that a gallery has just returned, and as one of its last lines:
    what follows is drawn after the dialog. Closing it does not run the page again, and the next run does not open it.

    Args:
        run: its name.
        row: of the train split.
        rows: of the gallery, in its order: what comes before and after the sample.
        coresets: of the cache, shown beside the images; the first one's windows are shaded.
        controls: what controls are to hold on the Sample page, where it is something else than here, by their keys.
    """
    st.session_state[_ROW] = row
    _dialog(run, rows, coresets, controls or {})


@st.dialog("One sample", width="large", icon=":material/image_search:")
def _dialog(run: str, rows: Sequence[int], coresets: Sequence[SharedCoreset], controls: Mapping[str, Any]) -> None:
    """Draw the sample last stepped to; only this runs again when a button in it is pressed."""
    row = st.session_state[_ROW]
    with failing_gracefully():
        dynamics, info, images = cached.dynamics(run), cached.info(run), cached.images(run)
        told = timeline(dynamics, row)
    names = info.names
    _steps(run, row, rows, controls)
    left, right = st.columns([5, 4], gap="medium")
    with left:
        if images is None:
            st.info(NO_IMAGES)
        else:
            image = slices.chosen(images.images["train"], row, "peek")
            st.html(texts.pictures(image, f"Row {row} of the train split", texts.ends(image)))
            st.caption(texts.grey_range(image, False))
    with right:
        st.markdown(f"Label: **{markdown_safe(captions(dynamics, [row], names)[0])}**")
        for coreset in coresets:
            st.markdown(_standing(row, coreset))
        for name, text in texts.learnt(told, names, dynamics.multi_label):
            st.markdown(f"{name}: {markdown_safe(text)}")
        for sentence in injected(images.truth, row, names) if images else []:
            st.markdown(f":material/science: {markdown_safe(sentence)}")
    with failing_gracefully():
        reasoned.draw(row, list(zip(compared.names([one.spec for one in coresets]), coresets, strict=True)), "peek_why")
    shaded = coresets[0].spec.windows if coresets else ()
    replay.draw_course(course(told, names, dynamics.multi_label, shaded, SIGNALS), "peek_course")
    st.caption(
        f"Class predicted by epoch, blue: as labelled, orange: another class.{' Windows are shaded.' if shaded else ''}"
    )


def _steps(run: str, row: int, rows: Sequence[int], controls: Mapping[str, Any]) -> None:
    """Draw which sample this is, the way to its neighbours in the gallery, and to its page."""
    place = list(rows).index(row) if row in rows else None
    with st.container(key="peek_steps", horizontal=True, vertical_alignment="center", gap="small"):
        if place is not None and len(rows) > 1:
            before = rows[place - 1] if place else None
            after = rows[place + 1] if place + 1 < len(rows) else None
            for name, key, target in (("Previous", "Left", before), ("Next", "Right", after)):
                st.button(
                    name, key=f"peek_{name.lower()}", shortcut=key, disabled=target is None,
                    on_click=_step, args=(target,),
                )  # fmt: skip
        where = "" if place is None else f" · {place + 1} of {len(rows)} shown"
        st.markdown(f"**Row {row}**{where}", width="content")
        with st.container(width="content"):
            links.draw(PAGE, "Open sample page", {"run": run} | dict(controls) | {KEY: row}, key="peek_all")


def _step(row: int) -> None:
    """Show another sample in the dialog; a callback."""
    st.session_state[_ROW] = row


def _standing(row: int, coreset: SharedCoreset) -> str:
    """Return whether a coreset keeps a sample, and where it ranks it, as Markdown."""
    state, rank = "**:blue[kept]**" if coreset.kept[row] else "**dropped**", f"{coreset.places[row]:,}"
    if not coreset.kept[row] and methods.is_greedy(coreset.spec.method):  # which rank nothing that they leave
        return f"{markdown_safe(coreset.spec.label)}: {state}, not picked"
    return f"{markdown_safe(coreset.spec.label)}: {state}, rank {rank} of {len(coreset.places):,}"
