"""What the Methods page draws: filters, the table of methods and rules, and all that is told of one."""

from typing import Any

import streamlit as st

from coreset_engine import methods
from coreset_engine.dashboard.coresets import code_tabs
from coreset_engine.dashboard.methods import code, data
from coreset_engine.dashboard.shell import links, markdown_safe


def choose_filters(rows: list[dict[str, Any]]) -> tuple[str | None, str]:
    """Draw the choice of a family and a search; return the family, None for all, and the words."""
    families = list(dict.fromkeys(row["family"] for row in rows))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        family = st.selectbox(
            "Family", families, None, key="family", bind="query-params", placeholder="all families", width=220
        )
        text = st.text_input(
            "Search", key="search", bind="query-params", placeholder="name, formula or author", width=260
        )
    return family, text


def choose_entry(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Draw the table of entries, at least one, and return the chosen one, else the first."""
    event = st.dataframe(
        data.table(rows),
        hide_index=True,
        key="methods_table",
        height=min(560, 40 + 35 * len(rows)),
        column_config={"In words": st.column_config.TextColumn(width="large")},
        on_select="rerun",
        selection_mode="single-row",
    )
    chosen = [number for number in event.selection.rows if number < len(rows)]
    return rows[chosen[0] if chosen else 0]


def draw_entry(row: dict[str, Any], family: str | None, text: str) -> None:
    """Draw all that is told of a method or a rule, and how to come by it.

    Args:
        row: the entry.
        family: by which the list was narrowed, None for all.
        text: by which it was searched.
    """
    st.markdown(
        f"## {markdown_safe(row['label'])}", help="Choose another by the box left of its row in the table above."
    )
    st.caption(f"`{row['name']}`, {row['family']} {row['kind']}.")
    for heading, fact in methods.facts(row):
        st.markdown(f"**{heading}.** {markdown_safe(fact)}")
    if row["kind"] == "training mode":
        links.draw("pages/7_Experiments.py", "Train in it", {}, icon="replay", key="methods_train")
    else:
        control = {"method" if row["kind"] == "method" else "rule": row["name"]}
        links.draw("pages/2_Explore.py", "Explore with it", control, icon="tune", key="methods_explore")
    code_tabs.draw(code.command(row, family, text), code.python(row, family, text))
