"""Record: train a surrogate on all images while its dynamics are recorded, or import dynamics recorded elsewhere."""

import streamlit as st

from coreset_engine.dashboard.record import import_panel, parts
from coreset_engine.dashboard.shell import jobs_panel, page_setup, tell_unshown

RECORD, IMPORT = "Record on images", "Import dynamics"

page_setup("Record", "Train a surrogate once on all train images; the error of every sample in every epoch is kept.")

tab = st.segmented_control(
    "Where the dynamics come from",
    (RECORD, IMPORT),
    default=RECORD,
    required=True,
    key="tab",
    bind="query-params",
    label_visibility="collapsed",
)
if tab == IMPORT:
    import_panel.draw()
else:
    parts.recording()
    st.markdown("## Recordings under way and done")
    jobs_panel("record", ("record", "demo"))
    parts.learning_curves()
tell_unshown()
