"""What the Papers tab draws: choice of a table, its cells beside ours, one cell with its command, names."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from coreset_engine import paths, store
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.charts.draw import draw_chart
from coreset_engine.dashboard.coresets import code_tabs
from coreset_engine.dashboard.results import charts, papers_commands, papers_data
from coreset_engine.dashboard.shell import links
from coreset_engine.dashboard.shell.texts import markdown_safe
from coreset_engine.dashboard.widgets.tables import draw as draw_columns
from coreset_engine.errors import EngineError
from coreset_engine.papers import tables
from coreset_engine.papers.tables import Cell, Table
from coreset_engine.pipeline import requests
from coreset_engine.results import published
from coreset_engine.results.published import Criteria
from coreset_engine.sweep import paper_cells

KEYS = ("paper", "table_", "cell", "our_epochs", "eva_form")  # beginnings of names in the address
AS_PUBLISHED = "as published"
FORMS = {"sum of the variances (paper)": "sum", "normalised variances (released code)": "normalized"}


def choose_table() -> Table:
    """Draw the choice of a paper and of one of its tables."""
    papers = list(dict.fromkeys(table.paper for table in tables.tables()))
    paper = st.selectbox("Paper", papers, key="paper", bind="query-params")
    found = {f"Table {table.name}: {table.title}": table for table in tables.tables() if table.paper == paper}
    key = f"table_{paths.run_slug(paper.lower())}"
    return found[st.selectbox("Table", list(found), key=key, bind="query-params", on_change=_forget_cell)]


def choose_ours(table: Table, rows: pd.DataFrame) -> Criteria:
    """Draw which of our results may stand beside a table: epochs, and EVA's form where it has one."""
    known = [str(epochs) for epochs in sorted(rows["epochs"].unique())] if len(rows) else []
    epochs = st.selectbox(
        "Epochs of ours",
        [AS_PUBLISHED, *known],
        key="our_epochs",
        bind="query-params",
        help="Trainings of another length than the published ones are another experiment; to look at them all the same, "
        "choose theirs.",
    )
    form = "sum"
    cells = tables.cells(table.paper, table.name)
    if any(cell.method == "EVA" and "combine" not in tables.mapped(cell).options for cell in cells):
        form = FORMS[st.selectbox("EVA adds", list(FORMS), key="eva_form", bind="query-params")]
    return Criteria(None if epochs == AS_PUBLISHED else int(epochs), form)


def runs() -> dict[str, store.RunInfo]:
    """Return every run that can be read, by its name; a damaged one is told on the Overview page."""
    found = {}
    for name in store.run_names():
        try:
            found[name] = cached.info(name)
        except EngineError:
            continue
    return found


def draw(table: Table, criteria: Criteria, rows: pd.DataFrame) -> None:
    """Draw a paper's table beside our results, and one of its cells.

    Args:
        table: the published one.
        criteria: which of ours may stand beside it.
        rows: as `results.frame` gives them.
    """
    known = runs()
    lines = published.side_by_side(table, rows, criteria, {name: info.architecture for name, info in known.items()})
    _draw_head(table, criteria, lines)
    _draw_chart(lines)
    draw_columns(
        papers_data.for_people(lines),
        papers_data.COLUMNS,
        "papers_cells",
        on_select=lambda: _take_cell(table),
        selection_mode="single-row",
    )
    st.caption(
        "Means over seeds ± sample standard deviation; choose a row to see the cell below.",
        help=papers_data.EXPLANATION,
    )
    st.markdown("## One cell")
    titles = [papers_data.cell_title(cell) for cell in tables.cells(table.paper, table.name)]
    place = titles.index(st.selectbox("Cell", titles, key="cell", bind="query-params"))
    _draw_cell(lines.iloc[place].to_dict(), table, criteria, known)
    with st.expander("What the papers' methods are called here"):
        draw_columns(papers_data.names(), {}, "papers_names")
        st.caption("EVA's windows and TDDS's ranges go by data set and rate; a cell's command has them.")


def _draw_head(table: Table, criteria: Criteria, lines: pd.DataFrame) -> None:
    """Draw what is to know about a table, and how much of it was run here."""
    run, all_cells = published.covered(lines)
    st.markdown(f"## {table.paper}, Table {table.name}: {table.title}")
    st.caption(papers_data.settings(table))
    if criteria.epochs is not None:
        st.warning(
            f"Ours were trained for {criteria.epochs} epochs. Unless that is what was published, the differences say "
            "little.",
            icon=":material/warning:",
        )
    with st.container(horizontal=True, gap="medium"):
        st.metric("Cells run here", f"{run} of {all_cells}", width="content")
        st.metric("Seeds of ours in all", f"{int(lines['n'].sum())}", width="content")
        st.metric("Can't be run as published", f"{int((lines['problem'] != '').sum())}", width="content")
    if not run:
        st.info(
            "None of these cells has been run here yet. Choose one below for the commands that run it as published."
        )
    caveats = papers_data.common_caveats(table)
    for text in caveats[:1]:
        st.markdown(f":material/info: {text}")
    if caveats[1:]:
        with st.expander(f"{len(caveats) - 1} more to know before comparing"):
            for text in caveats[1:]:
                st.markdown(f":material/info: {text}")


def _draw_chart(lines: pd.DataFrame) -> None:
    """Draw a table's chart where it has enough rates; of a table with several parts the one chosen."""
    found = papers_data.groups(lines)
    if not found:
        return
    name = next(iter(found))
    if len(found) > 1:
        name = st.selectbox("Chart of", list(found), key="papers_chart_of", width=320)
    part = found[name]
    same = np.logical_and.reduce([lines[column] == part[column].iloc[0] for column in papers_data.GROUP])
    full = lines[same & (lines["rate"] == 1)]["published"]
    draw_chart(
        charts.paper(part, float(full.iloc[0]) if len(full) else np.nan, papers_data.counterparts(part)),
        height=340,
        key="papers_chart",
        alt=f"Published accuracy against the selection rate, one line per method, {name}; the table below has all numbers",
    )
    st.caption(f"{markdown_safe(name) if name != 'all' else 'All rates'}: dotted as published, solid as measured here.")


def _take_cell(table: Table) -> None:
    """Let the row that was chosen in the table be the cell below."""
    chosen = st.session_state["papers_cells"]["selection"]["rows"]
    if chosen:
        st.session_state["cell"] = papers_data.cell_title(tables.cells(table.paper, table.name)[chosen[0]])


def _forget_cell() -> None:
    """Let the cell start anew: another table has others."""
    st.session_state.pop("cell", None)


def _draw_cell(line: dict[str, Any], table: Table, criteria: Criteria, known: dict[str, store.RunInfo]) -> None:
    """Draw one cell: both accuracies, what is to know about it more than about its whole table, and how to run it.

    Args:
        line: its line of `published.side_by_side`.
        table: where it stands.
        criteria: which of ours stand beside it.
        known: facts of every run.
    """
    with st.container(horizontal=True, gap="medium"):
        seeds = f", n = {line['published_n']}" if line["published_n"] else ""
        st.metric(f"Published{seeds}", papers_data.share_text(line["published"], line["sd"]), width="content")
        st.metric(f"Ours, n = {line['n']}", papers_data.share_text(line["ours"], line["sd_ours"]), width="content")
        st.metric(
            "Difference (points)",
            papers_data.gap_text(line),
            width="content",
            help="Ours minus published; 95 % interval (Welch).",
        )
    st.caption(f"Reproduction: {line['status']}.")
    common = papers_data.common_caveats(table)
    for text in (text for text in line["caveats"] if text not in common):
        st.markdown(f"- {markdown_safe(text)}")
    _draw_command(line["cell"], table, criteria, known)


def _draw_command(cell: Cell, table: Table, criteria: Criteria, known: dict[str, store.RunInfo]) -> None:
    """Draw how to run a cell: a link where the page of retrainings can hold it all, and the commands."""
    st.markdown("**Run this cell**")
    against = paper_cells.problem(cell, table)
    if against:
        st.info(against)
        return
    run = paper_cells.recording_of(cell, table, known.values(), known)
    query = papers_commands.link(cell, table, run, criteria.combine)
    if query:
        links.draw("pages/7_Experiments.py", "Set this cell up as an experiment", query, icon="replay", alone=True)
        if cell.batch:
            st.caption(f"There, under Advanced, set the batch size to {cell.batch}.")
    words = (
        f"With the run {markdown_safe(run)}, whose images, architecture, epochs and recipe are the published ones:"
        if run
        else "No run has the published images, architecture, epochs and recipe yet, so this records one first. On two CPU "
        "cores such a recording takes days; a GPU is meant for it."
    )
    st.caption(words)
    wanted = paper_cells.requests_for(cell, table, run, known, criteria.combine)
    code_tabs.draw(requests.commands(wanted), requests.python(wanted))
