"""Compare: up to eight selections side by side."""

from dataclasses import replace

import streamlit as st

from coreset_engine.analysis.classes import class_counts
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.compare import data, listing
from coreset_engine.dashboard.compare.parts import (
    agreement,
    bars,
    choose_group,
    classes,
    gallery,
    overlap,
    planted,
    seeds,
    table,
    take_away,
)
from coreset_engine.dashboard.controls import run_and_method
from coreset_engine.dashboard.controls.exclusion import choose_exclusion
from coreset_engine.dashboard.coresets import compared
from coreset_engine.dashboard.explore.parts import choose_average
from coreset_engine.dashboard.sample_dialog.dialog import open_sample
from coreset_engine.dashboard.shell import beside, failing_gracefully, page_setup, saved_views

page_setup("Compare", "What several selections share, and what each keeps alone. The link holds the comparison.")
run_and_method.stop_without_runs()
selections = listing.current()

with beside():
    run = run_and_method.choose_run()
    dynamics, facts = cached.dynamics(run), cached.info(run)
    spec = run_and_method.choose_spec(run, dynamics.epochs)
    average = choose_average(run)
    exclusion, _ = choose_exclusion(facts.dataset_sha256)
    now = replace(spec, average=average, exclusion=exclusion)
    compared.add_button(now, link=False)
    saved_views.save_here("Compare", {"run": run})

chosen = bool(selections)
selections = selections or listing.suggest(now)
with failing_gracefully(), st.spinner("Selections at work …", show_time=True):
    found, problems = data.members(selections)
if chosen:
    listing.listing(selections, problems)
if len(found) < 2:
    st.info("One more selection is needed to compare. Add one from the sidebar, or on the Explore page.")
if not found:
    st.stop()

with failing_gracefully():
    coded, there = data.sets(found)
    dynamics, facts = cached.dynamics(found[0].spec.run), cached.info(found[0].spec.run)
    images = cached.images(found[0].spec.run)
names = facts.names
masks = data.masks(found)
counts = class_counts(dynamics.labels, facts.classes, *masks)
table(data.summary(found, counts, coded), "compare_table")

left, right = st.columns(2, gap="medium")
with left:
    overlap(found, masks)
with right:
    agreement(found)
left, right = st.columns([4, 5], gap="medium")
with left:
    place = st.container()
with right:
    group = choose_group(found, there)
    shown, opened = gallery(found, group, coded)
with place:
    bars(found, there)

left, right = st.columns(2, gap="medium")
with left:
    classes(counts, names, found)
    planted(images.truth if images else {}, found)
with right:
    seeds(found)
with failing_gracefully():
    take_away(found, images)
if opened is not None:
    first = found[group[0]]
    there = compared.as_controls(first.spec, cached.dynamics(first.spec.run).epochs)
    coresets = [first.found, *(one.found for one in found if one is not first)]
    open_sample(first.spec.run, opened, shown, coresets, there)
