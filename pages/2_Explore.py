"""Explore: what a method and its windows keep of one run, live."""

from dataclasses import replace

import numpy as np
import streamlit as st

from coreset_engine.dashboard import (
    beside,
    controls,
    explore,
    failing_gracefully,
    markdown_safe,
    page_setup,
    pinned,
    readers,
    sample,
    saved_views,
    scrub,
    snap,
    takeaway,
    view,
)

page_setup("Explore")
controls.stop_without_runs()

with beside():
    run = controls.choose_run()
    dynamics, facts = readers.dynamics(run), readers.info(run)
    spec = controls.choose_spec(run, dynamics.epochs)
    pair = len(spec.windows) == 2
    if pair:
        snap.draw(facts.dataset, dynamics.epochs)
    average = explore.choose_average(run)
    exclusion, excluded = controls.choose_exclusion(facts.dataset_sha256)
    spec = replace(spec, average=average, exclusion=exclusion)

names = facts.names
st.caption(f"{controls.run_line(run)}. Everything follows when you let go of a slider.")
with failing_gracefully():
    images = readers.images(run)
    with st.spinner(f"{spec.method} at work …", show_time=True):
        current = readers.coreset(spec)
    a = explore.pin_controls(spec)
    with st.sidebar:
        saved_views.save_here("Explore", takeaway.stated(spec))
    against = pinned.against(current.kept, pinned.members(a, run)) if a else None

kinds = [current.kept] if against is None else [current.kept, against.pinned]
counts = view.class_counts(dynamics.labels, facts.classes, *kinds)
with st.container(horizontal=True, gap="medium"):
    st.metric("Kept", f"{current.size:,} of {len(current.kept):,}", width="content")
    if len(excluded):
        hint = f"Never kept: the set {exclusion} of the sidebar."
        st.metric("Excluded", f"{len(excluded):,}", help=markdown_safe(hint), width="content")
    st.metric("Score at the cut", f"{current.threshold:.4g}" if spec.rule == "top" else "–", width="content")
    st.metric("Classes kept", f"{np.count_nonzero(counts[:, 1])} of {facts.classes}", width="content")
    if against:
        hint = "Jaccard: samples in both, as a share of those in either."
        st.metric("Overlap with A", f"{against.jaccard:.1%}", help=hint, width="content")
        st.metric("Enter / leave", f"{len(against.entering):,} / {len(against.leaving):,}", width="content")
    for one in view.planted(images.truth, current.kept) if images else []:
        hint = f"Planted on purpose. A random coreset of this size keeps about {one.expected:,.0f}."
        st.metric(f"Planted {one.kind} kept", f"{one.kept:,} of {one.total:,}", help=hint, width="content")

absent = [names[c] for c in range(facts.classes) if counts[c, 0] and not counts[c, 1]]
if absent:
    st.warning(f"Nothing is kept of {len(absent)} class(es): {', '.join(map(markdown_safe, absent))}.")

left, right = st.columns([5, 4], gap="medium")
with right:
    explore.histogram(current, spec)
if pair:
    with left:
        explore.windows(spec)
    left, right = st.columns([7, 3], gap="medium")
else:
    left, right = st.container(), left
with right:
    explore.classes(counts, names)
with left:
    shown, opened = explore.gallery(images, dynamics, current, names, against.pinned if against else None, spec)

st.markdown("## Error-norm trajectories")
explore.trajectories(dynamics, shown, names, spec)

st.markdown("## Take the coreset away")
with failing_gracefully():
    takeaway.draw(spec, images)
if pair:
    scrub.store(run, readers.trajectories(run))
if opened is not None:
    sample.open_sample(run, opened, sample.Seen(shown, spec, current.kept, current.ranking))
