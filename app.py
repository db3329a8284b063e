"""Overview: what this is, what is there, and what to do next."""

import streamlit as st

from coreset_engine import store
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.overview import code, parts
from coreset_engine.dashboard.shell import failing_gracefully, jobs_panel, links, page_setup, saved_views, shortcuts
from coreset_engine.dashboard.shell.frame import forward_former_address
from coreset_engine.executors import queue

forward_former_address()
page_setup("Overview", "Which images of a data set does a network really need?")

with failing_gracefully():
    runs, idle = store.run_names(), not any(job.active for job in queue.all_jobs())
    head, rows = parts.at_a_glance(cached.result_table())

if not runs and idle:
    st.info("Nothing is recorded yet. The demo records a small network on synthetic CT phantoms and needs no download.")
left, right = st.columns([4, 3], gap="large")
with left:
    st.markdown(
        "Much of a medical image set is redundant, some of it misleading. **Record** one training on all images and the "
        "error of every image in every epoch is kept. **Explore** what each method would keep of it: EVA takes the images "
        "whose error moves most in an early and a late window of epochs. **Retrain** on that *coreset*, compare it with a "
        "random one of the same size, and **take it away**."
    )
    if head:
        st.markdown(f"## What coresets reach: {head}")
        parts.draw_results(rows)
        st.caption(
            "Lines: means over seeds. Points: single retrainings. The best epoch is chosen on val. Research use only: not "
            "a medical device."
        )
shown, pair = "demo" if "demo" in runs else next(iter(runs), ""), None
with right:
    with st.container(border=True):
        if shown:
            links.draw("pages/2_Explore.py", f"Explore {shown}", {"run": shown}, icon="tune")
            st.caption("Move the two windows and the selection rate: scores, classes and kept images follow.")
            pair = parts.extremes(shown)
        elif idle:
            if st.button("Make the demo (about two minutes)", type="primary", key="overview_demo"):
                with failing_gracefully():
                    queue.start_demo()
                st.rerun()
        else:
            st.markdown("The demo can be explored as soon as its first epochs are recorded: see below.")
    with st.container(border=True):
        record = {"dataset": "organsmnist"}
        links.draw(
            "pages/1_Record.py", "Record on a MedMNIST set", record, icon="fiber_manual_record", key="record_medmnist"
        )
        st.caption("Twelve sets at 28 to 224 px, or CIFAR. On two cores take LeNet-5 or ResNet-8: minutes, not days.")
    with st.container(border=True):
        links.draw("pages/1_Record.py", "Bring your own images", icon="folder_open", key="record_images")
        st.caption("A MedMNIST-format .npz, or a folder of pictures with one sub-folder a class.")
        links.draw("pages/12_Bring_dynamics.py", "Bring your own dynamics", icon="upload_file")
        st.caption("What your training loop recorded: a file, or three lines of Python.")

st.markdown("## Jobs")
jobs_panel("overview")

st.markdown("## Runs")
if runs:
    summaries = [cached.summary(name) for name in runs]
    table = parts.run_table(summaries)
    st.dataframe(table, hide_index=True, key="overview_runs", placeholder="–", column_config=parts.run_columns())
    for problem in parts.problems(summaries):
        st.warning(problem)
    st.markdown("## Saved views")
    saved_views.shelf()
else:
    st.caption("None yet.")

code.draw(bool(runs), rows if head else rows.iloc[:0], shown, pair)
with st.expander("Keyboard shortcuts", icon=":material/keyboard:"):
    st.markdown(shortcuts.text())
