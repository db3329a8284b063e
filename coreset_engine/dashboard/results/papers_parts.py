"""The parts of the Papers page: choice of a table, its cells beside ours, one cell with its command, names."""

from typing import Any

import pandas as pd
import streamlit as st

from coreset_engine import store
from coreset_engine.dashboard import cached
from coreset_engine.dashboard.coresets import code_tabs
from coreset_engine.dashboard.results import comparison, papers_commands
from coreset_engine.dashboard.shell import links
from coreset_engine.dashboard.shell.frame import markdown_safe
from coreset_engine.errors import EngineError
from coreset_engine.papers import tables
from coreset_engine.papers.tables import Cell, Table
from coreset_engine.pipeline import requests
from coreset_engine.results import published
from coreset_engine.results.published import Asked

AS_PUBLISHED = "as published"
FORMS = {"sum of the variances (paper)": "sum", "normalised variances (released code)": "normalized"}


def choose_table() -> Table:
    """Draw the choice of a paper and of one of its tables."""
    papers = list(dict.fromkeys(table.paper for table in tables.tables()))
    paper = st.selectbox("Paper", papers, key="paper", bind="query-params")
    found = {f"Table {table.name}: {table.title}": table for table in tables.tables() if table.paper == paper}
    key = f"table_{paper.lower()}"
    return found[st.selectbox("Table", list(found), key=key, bind="query-params", on_change=_forget_cell)]


def choose_ours(table: Table, rows: pd.DataFrame) -> Asked:
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
    if any(cell.method == "EVA" for cell in tables.cells(table.paper, table.name)):
        form = FORMS[st.selectbox("EVA adds", list(FORMS), key="eva_form", bind="query-params")]
    return Asked(None if epochs == AS_PUBLISHED else int(epochs), form)


def runs() -> dict[str, store.RunInfo]:
    """Return every run that can be read, by its name; a damaged one is told on the Overview page."""
    found = {}
    for name in store.run_names():
        try:
            found[name] = cached.info(name)
        except EngineError:
            continue
    return found


def common_caveats(table: Table) -> list[str]:
    """Return what is to be known about every cell of a table."""
    each = [[one.text for one in tables.caveats(cell)] for cell in tables.cells(table.paper, table.name)]
    return [text for text in each[0] if all(text in others for others in each)]


def settings(table: Table) -> str:
    """Return in words how a table was made, and what ours beside it is."""
    seeds = f"{table.seeds} seed{'s' * (table.seeds != 1)}" if table.seeds else "an unknown number of seeds"
    epochs = "200 / α" if table.epochs == "steps" else table.epochs
    return (
        f"Published: {seeds}, surrogate trained for {table.surrogate_epochs} epochs, coresets for {epochs}; "
        f"{table.source}. Ours: {comparison.FIGURES[table.figure]}."
    )


def for_people(lines: pd.DataFrame) -> pd.DataFrame:
    """Return a table's cells as shown, in percent and points; columns that say the same of all, or nothing, are left out."""
    percent = {name: 100 * lines[name] for name in ("published", "sd", "ours", "sd_ours", "difference", "low", "high")}
    shown = pd.DataFrame({"method": lines["method"], "α": 100 * lines["rate"]} | percent | {"n": lines["n"]})
    shown.insert(6, "n", shown.pop("n"))
    shown = shown.drop(columns=[name for name in percent if shown[name].isna().all()] + ["n"] * (not lines["n"].any()))
    shown["to know"] = lines["own"]
    for place, name in enumerate(("dataset", "architecture", "detail")):
        if lines[name].nunique() > 1:
            shown.insert(min(place, 2), name, lines[name])
    return shown


def columns() -> dict[str, Any]:
    """Return how the columns of `for_people` are drawn."""
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    titles = {"published": "published (%)", "sd": "± sd", "ours": "ours (%)", "sd_ours": "± sd ours"}
    found = {name: number(title, format="%.2f") for name, title in titles.items()}
    found |= {name: number(format="%+.2f") for name in ("low", "high")}
    found["difference"] = number(
        "difference (points)", format="%+.2f", help="Ours minus published, with its 95 % interval."
    )
    found |= {"α": number("α (%)", format="%.3g"), "architecture": text("network"), "dataset": text("data set")}
    return found | {"detail": text(""), "n": number(help="Seeds of ours.")}


def draw_table(lines: pd.DataFrame, table: Table) -> None:
    """Draw a table's cells; a row that is chosen becomes the cell below."""
    st.dataframe(
        for_people(lines),
        hide_index=True,
        key="papers_cells",
        placeholder="–",
        column_config=columns(),
        on_select=lambda: _take_cell(table),
        selection_mode="single-row",
    )


def _take_cell(table: Table) -> None:
    """Let the row that was chosen in the table be the cell below."""
    chosen = st.session_state["papers_cells"]["selection"]["rows"]
    if chosen:
        st.session_state["cell"] = cell_title(tables.cells(table.paper, table.name)[chosen[0]])


def _forget_cell() -> None:
    """Let the cell start anew: another table has others."""
    st.session_state.pop("cell", None)


def choose_cell(table: Table) -> int:
    """Draw the choice of one cell of a table and return its place there, from 0."""
    titles = [cell_title(cell) for cell in tables.cells(table.paper, table.name)]
    return titles.index(st.selectbox("Cell", titles, key="cell", bind="query-params"))


def cell_title(cell: Cell) -> str:
    """Return a cell in words."""
    more = f", {published.detail(cell)}" if published.detail(cell) else ""
    return f"{cell.method} at {100 * cell.rate:.3g} % · {cell.dataset} · {cell.architecture}{more}"


def draw_cell(line: dict[str, Any], table: Table, asked: Asked, known: dict[str, store.RunInfo]) -> None:
    """Draw one cell: both figures, what is to know about it more than about its whole table, and how to run it.

    Args:
        line: its line of `published.beside`.
        table: where it stands.
        asked: which of ours stand beside it.
        known: facts of every run.
    """
    with st.container(horizontal=True, gap="medium"):
        seeds = f", n = {table.seeds}" if table.seeds else ""
        st.metric(f"Published{seeds}", _share(line["published"], line["sd"]), width="content")
        st.metric(f"Ours, n = {line['n']}", _share(line["ours"], line["sd_ours"]), width="content")
        st.metric(
            "Difference (points)", _gap(line), width="content", help="Ours minus published; 95 % interval (Welch)."
        )
    common = common_caveats(table)
    for text in (text for text in line["caveats"] if text not in common):
        st.markdown(f"- {markdown_safe(text)}")
    _draw_command(line["cell"], table, asked, known)


def _share(mean: float, sd: float) -> str:
    """Return a mean with its spread in percent, "–" without one."""
    if mean != mean:
        return "–"
    return f"{100 * mean:.2f}" + (f" ± {100 * sd:.2f}" if sd == sd else "") + " %"


def _gap(line: dict[str, Any]) -> str:
    """Return a difference with its interval, "–" without one."""
    if line["difference"] != line["difference"]:
        return "–"
    interval = f" ({100 * line['low']:+.2f} … {100 * line['high']:+.2f})" if line["low"] == line["low"] else ""
    return f"{100 * line['difference']:+.2f}{interval}"


def _draw_command(cell: Cell, table: Table, asked: Asked, known: dict[str, store.RunInfo]) -> None:
    """Draw how to run a cell: a link where the Retrain page can hold it all, and the commands."""
    st.markdown("**Run this cell**")
    against = papers_commands.problem(cell, table)
    if against:
        st.info(against)
        return
    run = papers_commands.recording_of(cell, table, known.values(), known)
    query = papers_commands.link(cell, table, run, asked.combine)
    if query:
        links.draw("pages/7_Experiments.py", "Run this cell on the Retrain page", query, icon="replay", alone=True)
        if cell.batch:
            st.caption(f"There, under Advanced, set the batch size to {cell.batch}.")
    told = (
        f"With the run {markdown_safe(run)}, whose images, network, epochs and recipe are the published ones:"
        if run
        else "No run has the published images, network, epochs and recipe yet, so this records one first. On two CPU cores "
        "such a recording takes days; a GPU is meant for it."
    )
    st.caption(told)
    wanted = papers_commands.requests_for(cell, table, run, known, asked.combine)
    code_tabs.draw(requests.commands(wanted), requests.python(wanted))


def draw_names() -> None:
    """Draw what every method of the papers is called here."""
    lines = pd.DataFrame(
        {
            "paper": one.paper,
            "its method": one.method,
            "here": one.name or "no counterpart",
            "rule": one.rule,
            "options": ", ".join(f"{key}={value}" for key, value in one.options.items()),
            "weights in the loss": one.weighting,
        }
        for one in tables.mapping()
    )
    st.dataframe(lines, hide_index=True, key="papers_names")
    st.caption("EVA's windows and TDDS's ranges go by data set and rate; a cell's command has them.")
