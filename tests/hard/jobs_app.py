"""A page that enters one job per title in its address, and draws the list of jobs as the pages of the app do."""

import streamlit as st

from coreset_engine.dashboard.shell import jobs_panel
from coreset_engine.executors import table

title = st.query_params["title"]
if st.session_state.get("entered") != title:  # the list draws the page anew when a job has ended
    st.session_state["entered"] = title
    with table.entering("shared", ["methods"], title):
        pass
jobs_panel("shared")
