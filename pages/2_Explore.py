"""Explore: what a method and its windows keep of one run, live."""

import numpy as np
import streamlit as st

from coreset_engine import api
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
    setting = controls.choose_setting(dynamics.epochs)
    pair = setting.spans[0] if setting.spans and setting.spans[0].late > setting.spans[0].early else None
    if pair:
        snap.draw(facts.dataset, dynamics.epochs)
    average = explore.choose_average(run)
    exclusion, excluded = controls.choose_exclusion(facts.dataset_sha256)

names = tuple(facts.class_names) or tuple(f"class {c}" for c in range(facts.classes))
given = setting.options | setting.rule_options
st.caption(f"{controls.run_line(run)}. Everything follows when you let go of a slider.")
with failing_gracefully():
    images = readers.images(run)
    with st.spinner(f"{setting.method} at work …", show_time=True):
        sources = readers.sources(run, average)
        choice = api.choose(sources, setting.method, rate=setting.rate, rule=setting.rule, exclude=excluded, **given)
    current = view.view(choice)
    now = pinned.Pinned(run, setting.method, given, setting.rule, setting.rate, average, exclusion)
    a = explore.pin_controls(now)
    with st.sidebar:
        saved_views.save_here("Explore", takeaway.stated(now))
    against = pinned.against(current.kept, pinned.members(a, run)) if a else None

kinds = [current.kept] if against is None else [current.kept, against.pinned]
counts = view.class_counts(dynamics.labels, facts.classes, *kinds)
with st.container(horizontal=True, gap="medium"):
    st.metric("Kept", f"{current.size:,} of {len(current.kept):,}", width="content")
    if len(excluded):
        hint = f"Never kept: the set {exclusion} of the sidebar."
        st.metric("Excluded", f"{len(excluded):,}", help=markdown_safe(hint), width="content")
    st.metric("Score at the cut", f"{current.threshold:.4g}" if setting.rule == "top" else "–", width="content")
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
    explore.histogram(current, setting)
if pair:
    with left:
        explore.windows(run, setting)
    left, right = st.columns([7, 3], gap="medium")
else:
    left, right = st.container(), left
with right:
    explore.classes(counts, names)
with left:
    shown, opened = explore.gallery(images, dynamics, current, names, against.pinned if against else None, sources)

st.markdown("## Error-norm trajectories")
explore.trajectories(dynamics, shown, names, setting)

st.markdown("## Take the coreset away")
with failing_gracefully():
    takeaway.draw(now, images)
if pair:
    scrub.store(run, readers.trajectories(run))
if opened is not None:
    sample.open_sample(run, opened, sample.Seen(shown, now, current.kept, current.ranking))
