"""Experiments: train fresh networks on coresets, and on Random and the full data for comparison."""

import streamlit as st

from coreset_engine.dashboard import cached
from coreset_engine.dashboard.controls import run_and_method
from coreset_engine.dashboard.coresets import place_form
from coreset_engine.dashboard.experiments import data, parts, sweep_form
from coreset_engine.dashboard.shell import beside, failing_gracefully, jobs_panel, page_setup, tell_unshown

page_setup(
    "Experiments", "Select, train from fresh weights, evaluate on val and test. Each retraining becomes one result row."
)

run_and_method.stop_without_runs()
with beside():
    run = run_and_method.choose_run()
    facts = cached.info(run)
    chosen = parts.choose_coresets(run, run_and_method.epochs_to_train_on(run))
with failing_gracefully():
    parts.refuse_hindered(run, facts, cached.images(run))
st.caption(
    f"{run_and_method.run_line(run)}.", help="The sidebar says what is selected; the form here, what is trained on it."
)

with st.container(border=True):
    chosen = parts.choose_training(chosen, facts)
    more = sweep_form.choose_more()
    place = place_form.choose_place()
    with failing_gracefully():
        asked = sweep_form.choose_yaml() or data.sweep_of(parts.plan(chosen, facts), more, place)
    sweep_form.offer(asked)

st.markdown("## Retrainings under way and done")
jobs_panel("retrain", ("retrain", "sweep", "demo"))

st.markdown("## Newest results on these images")
with failing_gracefully():
    parts.draw_newest(cached.result_table(modes=True), facts)
tell_unshown()
