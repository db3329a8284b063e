"""Papers: the result tables of EVA, TDDS and DeepCore beside our own results for the same cells."""

import streamlit as st

from coreset_engine.dashboard import cached
from coreset_engine.dashboard.results import papers_chart, papers_parts
from coreset_engine.dashboard.shell import beside, failing_gracefully, page_setup
from coreset_engine.results import published

page_setup("Papers", "What papers published, beside what was measured here for the very same cell.")

with failing_gracefully():
    rows, known = cached.result_table(), papers_parts.runs()

with beside():
    table = papers_parts.choose_table()
    asked = papers_parts.choose_ours(table, rows)

with failing_gracefully():
    lines = published.beside(table, rows, asked, {name: facts.architecture for name, facts in known.items()})
run, all_cells = published.covered(lines)

st.markdown(f"## {table.paper}, Table {table.name}: {table.title}")
st.caption(papers_parts.settings(table))
if asked.epochs is not None:
    st.warning(
        f"Ours were trained for {asked.epochs} epochs. Unless that is what was published, the differences say little.",
        icon=":material/warning:",
    )
with st.container(horizontal=True, gap="medium"):
    st.metric("Cells run here", f"{run} of {all_cells}", width="content")
    st.metric("Seeds of ours in all", f"{int(lines['n'].sum())}", width="content")
if not run:
    st.info("None of these cells has been run here yet. Choose one below for the commands that run it as published.")
caveats = papers_parts.common_caveats(table)
for text in caveats[:1]:
    st.markdown(f":material/info: {text}")
if caveats[1:]:
    with st.expander(f"{len(caveats) - 1} more to know before comparing"):
        for text in caveats[1:]:
            st.markdown(f":material/info: {text}")

papers_chart.draw(lines)
papers_parts.draw_table(lines, table)
st.caption(
    "Means over seeds ± sample standard deviation, none where n = 1 or none is published. Difference: ours minus "
    "published, with the 95 % interval of Welch's t; where the published spread or its n is not known, the published "
    "number counts as exact. Ours count only while their recording is in the "
    "cache, which says what selected and was trained for as many epochs as published. Choose a row to see the cell below."
)

st.markdown("## One cell")
place = papers_parts.choose_cell(table)
papers_parts.draw_cell(lines.iloc[place].to_dict(), table, asked, known)

with st.expander("What the papers' methods are called here"):
    papers_parts.draw_names()
