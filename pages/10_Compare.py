"""Compare: up to eight selections side by side."""

from dataclasses import replace

import streamlit as st

from coreset_engine.dashboard import (
    beside,
    compare,
    compare_listing,
    compare_parts,
    compare_sets,
    controls,
    explore,
    failing_gracefully,
    page_setup,
    readers,
    saved_views,
    view,
)
from coreset_engine.dashboard.sample import Seen, open_sample

page_setup("Compare", "What several selections share, and what each keeps alone. The link holds the comparison.")
controls.stop_without_runs()
selections = compare_listing.current()

with beside():
    run = controls.choose_run()
    dynamics, facts = readers.dynamics(run), readers.info(run)
    spec = controls.choose_spec(run, dynamics.epochs)
    average = explore.choose_average(run)
    exclusion, _ = controls.choose_exclusion(facts.dataset_sha256)
    now = replace(spec, average=average, exclusion=exclusion)
    compare.add_button(now, link=False)
    saved_views.save_here("Compare", {"run": run})

chosen = bool(selections)
selections = selections or compare_listing.suggest(now)
with failing_gracefully(), st.spinner("Selections at work …", show_time=True):
    found, problems = compare_sets.members(selections)
if chosen:
    compare_listing.listing(selections, problems)
if len(found) < 2:
    st.info("One more selection is needed to compare. Add one from the sidebar, or on the Explore page.")
if not found:
    st.stop()

with failing_gracefully():
    coded, there = compare_sets.sets(found)
    dynamics, facts = readers.dynamics(found[0].spec.run), readers.info(found[0].spec.run)
    images = readers.images(found[0].spec.run)
names = facts.names
masks = compare_sets.masks(found)
counts = view.class_counts(dynamics.labels, facts.classes, *masks)
compare_parts.table(compare_sets.summary(found, counts, coded), "compare_table")

left, right = st.columns(2, gap="medium")
with left:
    compare_parts.overlap(found, masks)
with right:
    compare_parts.agreement(found)
left, right = st.columns([4, 5], gap="medium")
with left:
    place = st.container()
with right:
    group = compare_parts.choose_group(found, there)
    shown, opened = compare_parts.gallery(found, group, coded, dynamics, names, images)
with place:
    compare_parts.bars(found, there)

left, right = st.columns(2, gap="medium")
with left:
    compare_parts.classes(counts, names, found)
    compare_parts.planted(images.truth if images else {}, found)
with right:
    compare_parts.seeds(found)
with failing_gracefully():
    compare_parts.take_away(found, images)
if opened is not None:
    first = found[group[0]]
    there = compare.as_controls(first.spec, readers.dynamics(first.spec.run).epochs)
    others = [(one.spec, one.found.kept, one.found.ranking) for one in found if one is not first]
    seen = Seen(shown, first.spec, first.found.kept, first.found.ranking, there, others)
    open_sample(first.spec.run, opened, seen)
