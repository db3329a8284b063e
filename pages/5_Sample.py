"""Sample: everything that is known of one image of a run."""

from dataclasses import replace

import streamlit as st

from coreset_engine.dashboard import (
    beside,
    controls,
    exclusion_panel,
    failing_gracefully,
    page_setup,
    readers,
    sample,
    sample_takeaway,
    saved_views,
)

page_setup("Sample")

controls.stop_without_runs()
with beside():
    run = controls.choose_run()
    dynamics = readers.dynamics(run)
    spec = controls.choose_spec(run, dynamics.epochs)
    facts = readers.info(run)
    exclusion, _ = controls.choose_exclusion(facts.dataset_sha256)
    spec = replace(spec, exclusion=exclusion)
    saved_views.save_here("Sample", {"run": run})
st.caption(controls.run_line(run))

with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    row = sample.choose_row(dynamics.n_samples)
    steps = st.container()
with failing_gracefully(), st.spinner(f"{spec.method} at work …", show_time=True):
    shown = sample.look_up(spec, row)
with steps:
    sample.steps(shown)

left, right = st.columns([5, 4], gap="medium")
with left:
    sample.picture(shown)
with right:
    sample.facts(shown)
    if facts.dataset_sha256:
        with failing_gracefully():
            exclusion_panel.draw_one(exclusion_panel.open_work(run, facts, exclusion), row)
st.markdown("## Over the epochs")
sample.over_epochs(shown)
st.markdown("## Nearest in feature space")
near = sample.near(shown)
st.markdown("## Near-duplicates")
twins = sample.twins(shown)
st.markdown("## Under every method")
slow_too = sample.every_method(shown)
st.markdown("## Take the sample away")
planted = bool(shown.images and shown.images.truth)
sample_takeaway.draw(shown, sample_takeaway.Shows(near, twins, planted, slow_too))
