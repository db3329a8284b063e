"""Explore: what a method and its windows keep of one run, live."""

from dataclasses import replace

import numpy as np
import streamlit as st

from coreset_engine.analysis.classes import class_counts
from coreset_engine.analysis.coresets import injections
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.controls import paper_windows, run_and_method
from coreset_engine.dashboard.controls.exclusion import choose_exclusion
from coreset_engine.dashboard.coresets import export_panel, pinned
from coreset_engine.dashboard.explore.parts import (
    choose_average,
    classes,
    gallery,
    histogram,
    pin_controls,
    trajectories,
    windows,
)
from coreset_engine.dashboard.sample_dialog.dialog import open_sample
from coreset_engine.dashboard.shell import beside, failing_gracefully, markdown_safe, page_setup, saved_views
from coreset_engine.dashboard.widgets import window_bands

page_setup("Explore")
run_and_method.stop_without_runs()

with beside():
    run = run_and_method.choose_run()
    dynamics, facts = cached.dynamics(run), cached.info(run)
    spec = run_and_method.choose_spec(run, dynamics.epochs)
    pair = len(spec.windows) == 2
    if pair:
        paper_windows.draw(facts.dataset, dynamics.epochs)
    average = choose_average(run)
    exclusion, excluded = choose_exclusion(facts.dataset_sha256)
    spec = replace(spec, average=average, exclusion=exclusion)

names = facts.names
st.caption(f"{run_and_method.run_line(run)}. Everything follows when you let go of a slider.")
with failing_gracefully():
    images = cached.images(run)
    with st.spinner(f"{spec.method} at work …", show_time=True):
        current = cached.coreset(spec)
    a = pin_controls(spec)
    with st.sidebar:
        saved_views.save_here("Explore", export_panel.stated(spec))
    against = pinned.against(current.kept, pinned.members(a, run)) if a else None

kinds = [current.kept] if against is None else [current.kept, against.pinned]
counts = class_counts(dynamics.labels, facts.classes, *kinds)
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
    for one in injections(images.truth, current.kept) if images else []:
        hint = f"Planted on purpose. A random coreset of this size keeps about {one.expected:,.0f}."
        st.metric(f"Planted {one.kind} kept", f"{one.kept:,} of {one.total:,}", help=hint, width="content")

absent = [names[c] for c in range(facts.classes) if counts[c, 0] and not counts[c, 1]]
if absent:
    st.warning(f"Nothing is kept of {len(absent)} class(es): {', '.join(map(markdown_safe, absent))}.")

left, right = st.columns([5, 4], gap="medium")
with right:
    histogram(current, spec)
if pair:
    with left:
        windows(spec)
    left, right = st.columns([7, 3], gap="medium")
else:
    left, right = st.container(), left
with right:
    classes(counts, names)
with left:
    shown, opened = gallery(current, against.pinned if against else None)

st.markdown("## Error-norm trajectories")
trajectories(dynamics, shown, names, spec)

st.markdown("## Take the coreset away")
with failing_gracefully():
    export_panel.draw(spec, images)
if pair:
    window_bands.store(run, cached.trajectories(run))
if opened is not None:
    open_sample(run, opened, shown, [current])
