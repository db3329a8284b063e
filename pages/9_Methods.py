"""Methods: what every method and selection rule computes, needs and costs, and against what it was checked."""

import streamlit as st

from coreset_engine import methods
from coreset_engine.dashboard.coresets import code_tabs
from coreset_engine.dashboard.methods import data
from coreset_engine.dashboard.shell import links, markdown_safe, page_setup

page_setup(
    "Methods", "How samples are ranked or picked, and how a ranking becomes a coreset. Any score goes with any rule."
)

rows = methods.entries()
families = list(dict.fromkeys(row["family"] for row in rows))
with st.container(horizontal=True, vertical_alignment="bottom"):
    family = st.selectbox(
        "Family", families, None, key="family", bind="query-params", placeholder="all families", width=220
    )
    text = st.text_input("Search", key="search", bind="query-params", placeholder="name, formula or author", width=260)
shown = methods.matching(rows, family, text)
st.caption(f"{len(shown)} of {len(rows)} entries.")
if not shown:
    st.info("Nothing fits. Clear the search or choose another family.", icon=":material/info:")
    st.stop()

event = st.dataframe(
    data.table(shown),
    hide_index=True,
    key="methods_table",
    height=min(560, 40 + 35 * len(shown)),
    column_config={"In words": st.column_config.TextColumn(width="large")},
    on_select="rerun",
    selection_mode="single-row",
)
chosen = [number for number in event.selection.rows if number < len(shown)]
row = shown[chosen[0] if chosen else 0]
st.markdown(f"## {markdown_safe(row['label'])}")
st.caption(f"`{row['name']}`, {row['family']} {row['kind']}. Choose another by the box left of its row.")
for heading, fact in methods.facts(row):
    st.markdown(f"**{heading}.** {markdown_safe(fact)}")
where = {"method": row["name"]} if row["kind"] == "method" else {"rule": row["name"]}
links.draw("pages/2_Explore.py", "Explore with it", where, icon="tune", key="methods_explore")
code_tabs.draw(data.command(row, family, text), data.python(row, family, text))
