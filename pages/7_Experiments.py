"""Experiments: train fresh networks on coresets, and on Random and the full data for comparison."""

import streamlit as st

from coreset_engine.dashboard import cached
from coreset_engine.dashboard.controls import retraining, run_and_method
from coreset_engine.dashboard.coresets import code_tabs
from coreset_engine.dashboard.experiments import parts
from coreset_engine.dashboard.shell import beside, changing, failing_gracefully, jobs_panel, page_setup, tell_unshown
from coreset_engine.pipeline import requests

page_setup(
    "Experiments", "Select, train from fresh weights, evaluate on val and test. Each retraining becomes one result row."
)

run_and_method.stop_without_runs()
with beside():
    run = run_and_method.choose_run()
    dynamics, facts = cached.dynamics(run), cached.info(run)
    chosen = parts.choose_coresets(run, dynamics.epochs)
with failing_gracefully():
    parts.refuse_without_images(facts, cached.images(run))
st.caption(
    f"{run_and_method.run_line(run)}.", help="The sidebar says what is selected; the form here, what is trained on it."
)

with st.container(border=True):
    chosen = parts.choose_training(chosen, facts)
    with failing_gracefully():
        planned = parts.plan(chosen, facts)
        st.caption(retraining.sentence(planned, facts))
    go = st.button(
        "Start retraining",
        type="primary",
        key="retrain_start",
        icon=":material/replay:",
        **changing(disabled=not planned),
    )
    if planned:
        with st.expander("As a command and as Python"), failing_gracefully():
            code_tabs.draw(requests.commands(planned), requests.python(planned))
if go:
    with failing_gracefully():
        retraining.start(planned)
    count = sum(one.count for one in planned)
    st.toast(f"{len(planned)} jobs with {count} retrainings are under way.")

st.markdown("## Retrainings under way and done")
jobs_panel("retrain", ("retrain", "demo"))

st.markdown("## Newest results on these images")
with failing_gracefully():
    parts.draw_newest(cached.result_table(), facts)
tell_unshown()
