"""Overview: what this is, what is there, and what to do next."""

import streamlit as st

from coreset_engine import launch, store
from coreset_engine.dashboard import failing_gracefully, jobs_panel, overview, page_setup, readers, saved_views
from coreset_engine.dashboard.frame import page_link

STEPS = (
    ("pages/1_Record.py", "Record", ":material/fiber_manual_record:",
     "Train a surrogate once on all images, MedMNIST's or your own, while the error of every sample is recorded."),
    ("pages/2_Explore.py", "Explore", ":material/tune:",
     "Move the two windows and the selection rate: scores, class balance, trajectories and kept images follow."),
    ("pages/7_Retrain.py", "Retrain", ":material/replay:",
     "Train fresh networks on coresets of several methods, rates and seeds, beside Random and the full data."),
    ("pages/8_Results.py", "Results", ":material/monitoring:",
     "Compare accuracy against the selection rate, with its spread over seeds; take the table away."),
)  # fmt: skip

page_setup("Overview", "Which images does a network really need? Record a training once, then explore what to keep.")

with failing_gracefully():
    runs, idle = store.run_names(), not any(job.active for job in launch.all_jobs())
if not runs and idle:
    st.info("Nothing is recorded yet. The demo records a small network on synthetic CT phantoms and needs no download.")
    if st.button("Make the demo (about two minutes)", type="primary", key="overview_demo"):
        with failing_gracefully():
            launch.start_demo()
        st.rerun()

for column, (path, name, icon, text) in zip(st.columns(len(STEPS)), STEPS, strict=True):
    with column.container(border=True, height="stretch"):
        page_link(path, name, icon)
        st.caption(text)

st.markdown("#### Jobs")
jobs_panel("overview")

st.markdown("#### Runs")
if runs:
    summaries = [readers.summary(name) for name in runs]
    table = overview.run_table(summaries)
    st.dataframe(table, hide_index=True, key="overview_runs", column_config=overview.run_columns())
    for problem in overview.problems(summaries):
        st.warning(problem)
else:
    st.caption("None yet.")

if runs:
    st.markdown("#### Saved views")
    saved_views.shelf()

with failing_gracefully():
    head, figures = overview.at_a_glance(readers.result_table())
if figures:
    st.markdown("#### Results at a glance")
    st.caption(head)
    with st.container(horizontal=True):
        for figure in figures[:6]:
            st.metric(
                figure.name, figure.value, figure.spread, delta_color="off", delta_arrow="off", border=True, width=190
            )
