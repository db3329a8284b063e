"""Explore: what a method and its windows keep of one run, live."""

import streamlit as st

from coreset_engine.dashboard import cached
from coreset_engine.dashboard.controls import run_and_method
from coreset_engine.dashboard.controls.coreset import choose_coreset
from coreset_engine.dashboard.coresets import export_panel
from coreset_engine.dashboard.explore import data, parts
from coreset_engine.dashboard.sample_dialog.dialog import open_sample
from coreset_engine.dashboard.shell import beside, failing_gracefully, page_setup, saved_views, tell_unshown

page_setup(
    "Explore", "What a method keeps of a run: scores, classes, images. Move a window or the rate and all follows."
)
run_and_method.stop_without_runs()
with beside():
    spec = choose_coreset(published=True)
st.caption(run_and_method.run_line(spec.run))
with failing_gracefully():
    with st.spinner(f"Computing {spec.method} scores …", show_time=True):
        coreset = cached.coreset(spec)
    a = parts.actions(spec)
    with st.sidebar:
        saved_views.save_here("Explore", export_panel.stated(spec))
counts = data.counts(coreset, a)
parts.numbers(coreset, counts, a)

left, right = st.columns([5, 4], gap="medium")
with right:
    parts.scores(coreset)
with left:
    parts.windows(coreset, a)
left, right = st.columns([7, 3], gap="medium")
with right:
    parts.classes(spec, counts, cached.info(spec.run).names)
with left:
    shown, opened = parts.images(coreset, a)

st.markdown("## Error-norm trajectories")
parts.trajectories(spec, shown)
st.markdown("## Export coreset")
with failing_gracefully():
    export_panel.draw(spec, cached.images(spec.run))
    st.markdown("## Share the exploring")
    parts.one_file(spec)
parts.send(spec)
if opened is not None:
    open_sample(spec.run, opened, shown, [coreset])
tell_unshown()
