"""Sample: everything that is known of one image of a run."""

import streamlit as st

from coreset_engine.dashboard import cached
from coreset_engine.dashboard.controls import run_and_method
from coreset_engine.dashboard.controls.coreset import choose_coreset
from coreset_engine.dashboard.sample import data, parts
from coreset_engine.dashboard.shell import beside, failing_gracefully, page_setup, saved_views, tell_unshown

page_setup("Sample", "One image: its trajectory, its rank by every method, what is near it.")
run_and_method.stop_without_runs()
with beside():
    spec = choose_coreset(averages=False)
    saved_views.save_here("Sample", {"run": spec.run})
st.caption(run_and_method.run_line(spec.run))

with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    row = parts.choose_row(cached.info(spec.run).samples)
    steps = st.container(width="content")  # below the field where a phone has no room beside it
with failing_gracefully(), st.spinner(f"Computing {spec.method} scores …", show_time=True):
    sample = data.look_up(spec, row)
with steps:
    parts.steps(sample)

left, right = st.columns([5, 4], gap="medium")
with left:
    parts.picture(sample)
with right:
    parts.facts(sample)
    parts.exclusion(sample)
st.markdown("## Over the epochs")
parts.over_epochs(sample)
st.markdown("## Nearest in feature space")
near = parts.near(sample)
st.markdown("## Near-duplicates")
twins = parts.twins(sample)
st.markdown("## Rank by every method")
slow_too = parts.every_method(sample)
st.markdown("## Export sample")
injected = bool(sample.images and sample.images.truth)
parts.export_sample(sample, data.Sections(near, twins, injected, slow_too))
tell_unshown()
