"""Sample: everything that is known of one image of a run."""

from dataclasses import replace

import streamlit as st

from coreset_engine.dashboard import cached
from coreset_engine.dashboard.controls import exclusion_panel, exclusions, run_and_method
from coreset_engine.dashboard.controls.exclusion import choose_exclusion
from coreset_engine.dashboard.sample import code, parts
from coreset_engine.dashboard.shell import beside, failing_gracefully, page_setup, saved_views

page_setup("Sample")

run_and_method.stop_without_runs()
with beside():
    run = run_and_method.choose_run()
    dynamics = cached.dynamics(run)
    spec = run_and_method.choose_spec(run, dynamics.epochs)
    facts = cached.info(run)
    exclusion, _ = choose_exclusion(facts.dataset_sha256)
    spec = replace(spec, exclusion=exclusion)
    saved_views.save_here("Sample", {"run": run})
st.caption(run_and_method.run_line(run))

with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    row = parts.choose_row(dynamics.n_samples)
    steps = st.container()
with failing_gracefully(), st.spinner(f"{spec.method} at work …", show_time=True):
    shown = parts.look_up(spec, row)
with steps:
    parts.steps(shown)

left, right = st.columns([5, 4], gap="medium")
with left:
    parts.picture(shown)
with right:
    parts.facts(shown)
    if facts.dataset_sha256:
        with failing_gracefully():
            exclusion_panel.draw_one(exclusions.open_work(run, facts, exclusion), row)
st.markdown("## Over the epochs")
parts.over_epochs(shown)
st.markdown("## Nearest in feature space")
near = parts.near(shown)
st.markdown("## Near-duplicates")
twins = parts.twins(shown)
st.markdown("## Under every method")
slow_too = parts.every_method(shown)
st.markdown("## Take the sample away")
planted = bool(shown.images and shown.images.truth)
code.draw(shown, code.Shows(near, twins, planted, slow_too))
