"""Sample: everything that is known of one image of a run."""

import streamlit as st

from coreset_engine.dashboard import controls, failing_gracefully, page_setup, readers

page_setup("Sample")

controls.stop_without_runs()
with st.sidebar, failing_gracefully():
    run = controls.choose_run()
    dynamics = readers.dynamics(run)
    setting = controls.choose_setting(dynamics.epochs)

row = st.number_input("Row of the train split", value=0, step=1, key="sample", bind="query-params")
st.caption(f"{row} of {dynamics.n_samples:,}")
