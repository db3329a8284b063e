"""The list of images that are almost the same."""

from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from coreset_engine.analysis.classes import captions
from coreset_engine.analysis.duplicates import Duplicates
from coreset_engine.dashboard import cached_duplicates
from coreset_engine.dashboard.label_issues import code, data, parts
from coreset_engine.dashboard.label_issues.data import IssueView
from coreset_engine.dashboard.label_issues.parts import ListView
from coreset_engine.dashboard.shell.frame import failing_gracefully
from coreset_engine.datasets import ImageSet
from coreset_engine.errors import DatasetError
from coreset_engine.export.label_issues import duplicate_quality_table, duplicate_table
from coreset_engine.names import counted

GROUPS = 12  # of a page


def draw(view: IssueView, top: DeltaGenerator, left: DeltaGenerator, right: DeltaGenerator) -> ListView:
    """Draw the list and return it.

    Args:
        view: what the page works on.
        top: where the selectors go.
        left: where the cards go.
        right: where charts and tables go.
    """
    names, labels = view.names, view.dynamics.labels
    with top:
        threshold, differ = choose_likeness()
        label = parts.choose_class(names)
    with left, failing_gracefully():
        alike = duplicates(view.run, view.images, threshold)
    sets = data.duplicate_rows(alike, labels, label, differ)
    with left:
        told = counted(len(sets), "{group|groups} of images that are almost the same")
        st.caption(f"{told}{', the most alike first' * (len(sets) > 1)}.")
        page = sets[parts.page_of(len(sets), GROUPS)]
        shown = [row for rows in page for row in rows.tolist()]
        texts = dict(zip(shown, captions(view.dynamics, shown, names), strict=True))
        groups = data.duplicate_groups(alike, page, texts)
        extra = [row for rows in page for row in rows[1:].tolist()]
        opened = parts.gallery(view, groups, data.duplicate_reasons(alike, page), extra)
    known = "duplicate_of" in view.truth
    with right:
        parts.margins(view, shown)
        if known:
            table = duplicate_quality_table(alike, view.truth["duplicate_of"])
            parts.quality(table, "the injected near-duplicates")
    spec = code.near_duplicates(view.run, names, threshold, label, differ).with_tables(quality=known)
    make = partial(duplicate_table, alike, sets, labels, names)
    return ListView(spec, sum(map(len, sets)), make, shown, opened)


def choose_likeness() -> tuple[float, bool]:
    """Draw how alike images must be, and whether only those with different labels are shown; return both."""
    threshold = st.slider(
        "Correlation of the pixels, at least",
        0.9,
        0.999,
        0.97,
        0.001,
        format="%.3f",
        key="alike",
        bind="query-params",
        on_change=parts.first_page,
        width=300,
        help="Brighter, darker or stronger copies are the same picture; moved, turned or mirrored ones are not. Real "
        "images of one organ can be alike without being copies: begin high and go down.",
    )
    differ = st.checkbox("Only where labels differ", key="differ", bind="query-params", on_change=parts.first_page)
    return threshold, differ


def duplicates(run: str, images: ImageSet | None, threshold: float) -> Duplicates:
    """Return which train images are almost the same, with a spinner while they are compared.

    Raises:
        DatasetError: there are no images.
        EngineError: too many pairs are alike.
    """
    if images is None:
        raise DatasetError(
            "This run has no images here (imported, or the image cache was removed), so none can be compared. Choose "
            "another run, or look for wrong labels."
        )
    if not cached_duplicates.is_wanted(len(images.images["train"]), "issues_compare"):
        st.stop()
    with st.spinner("Images are being compared …", show_time=True):
        return cached_duplicates.near_duplicates(run, threshold)
