"""Overview: what this is, what is recorded and reached, and what to do next; and the server, which Streamlit finds here."""

import streamlit as st
from streamlit.starlette import App

from coreset_engine import store
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.overview import parts
from coreset_engine.dashboard.shell import failing_gracefully, jobs_panel, packs, page_setup, serving, tell_unshown
from coreset_engine.dashboard.shell.frame import forward_former_address
from coreset_engine.executors import queue


def draw() -> None:
    """Draw the page."""
    forward_former_address()
    page_setup("Overview", "Which images of a data set does a network really need?")

    with failing_gracefully():
        runs, idle = store.run_names(), not any(job.active for job in queue.all_jobs())
        table = cached.result_table()
    shown = "demo" if "demo" in runs else next(iter(runs), "")

    left, right = st.columns([4, 3], gap="large")
    with left:
        rows = parts.draw_introduction(table, shown, empty=not runs and idle)
        parts.draw_story(runs, table)
    with right:
        pair = parts.draw_first_steps(shown, idle=idle, results=not rows.empty)

    st.markdown("## Jobs")
    jobs_panel("overview")
    parts.draw_runs(runs)
    parts.draw_code(runs, rows, shown, pair)
    tell_unshown()


if serving.is_page():
    draw()
else:  # `streamlit run app.py` imports this file to start the server
    app = App(__file__, routes=packs.routes(), middleware=serving.middleware())
