"""Methods: what every method and selection rule computes, needs and costs, and against what it was checked."""

import streamlit as st

from coreset_engine import methods
from coreset_engine.dashboard.methods import parts
from coreset_engine.dashboard.shell import page_setup, tell_unshown

page_setup(
    "Methods", "How samples are ranked or picked, and how a ranking becomes a coreset. Any score goes with any rule."
)

rows = methods.entries()
family, text = parts.choose_filters(rows)
found = methods.matching(rows, family, text)
st.caption(f"{len(found)} of {len(rows)} entries.")
if not found:
    st.info("Nothing fits. Clear the search or choose another family.", icon=":material/info:")
    st.stop()
parts.draw_entry(parts.choose_entry(found), family, text)
tell_unshown()
