"""The table of retrainings: found by a word, sorted, hidden, noted, deleted after a question, exported as CSV."""

import pandas as pd
import streamlit as st

from coreset_engine import results
from coreset_engine.dashboard.results import data
from coreset_engine.dashboard.shell.frame import changing, failing_gracefully
from coreset_engine.dashboard.shell.texts import markdown_safe
from coreset_engine.dashboard.widgets import tables
from coreset_engine.errors import EngineError
from coreset_engine.executors import queue
from coreset_engine.names import counted
from coreset_engine.pipeline import requests
from coreset_engine.results import people
from coreset_engine.tables import as_csv


def unhidden(rows: pd.DataFrame) -> pd.DataFrame:
    """Draw the list of hidden rows and return the others; a row that a link hides and that is gone is left out of it."""
    names = data.titles(rows)
    hidden = st.multiselect(
        "Hidden rows",
        names,
        key="hidden_rows",
        bind="query-params",
        placeholder="none: choose rows in the table below",
        help="Single retrainings that are left out of everything on this page.",
    )
    return rows[[name not in hidden for name in names]]


def draw(rows: pd.DataFrame) -> str:
    """Draw the table with its filter, and what can be done to the rows chosen in it; return the filter's words."""
    text = st.text_input(
        "Filter",
        key="filter",
        bind="query-params",
        placeholder="words: eva, seed, run, note, date …",
        help="Shows the rows in which all words occur. Nothing above changes.",
    )
    found = results.matching(rows, text)
    if found.empty:
        st.info("No row holds all these words. Clear the filter to see every row.")
        return ""
    event = tables.draw(
        people.row_table(found),
        people.ROW_COLUMNS,
        "results_rows",
        on_select="rerun",
        selection_mode="multi-row",
    )
    newest_first = found.iloc[::-1]
    chosen = newest_first.iloc[[number for number in event.selection.rows if number < len(newest_first)]]
    st.caption(
        f"{len(found):,} of {len(rows):,} retrainings.",
        help="A heading sorts; the box left of a row chooses it for a note, to hide it or to delete it.",
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _actions(chosen)
        st.download_button(
            "These rows as CSV",
            data=lambda: as_csv(found),
            file_name="results.csv",
            mime="text/csv",
            key="results_csv",
            on_click="ignore",
            icon=":material/download:",
        )
    return text


def _actions(chosen: pd.DataFrame) -> None:
    """Draw what can be done to the chosen rows."""
    keys = chosen["key"].tolist()
    old = chosen["note"].iloc[0] if len(chosen) else ""
    with st.popover("Note", icon=":material/edit_note:", **changing(disabled=not keys)):
        text = st.text_area("Note", old, max_chars=results.NOTE_LENGTH, key=f"results_note_{'_'.join(keys)[:64]}")
        if st.button(
            f"Write to {counted(len(keys), '{row|rows}')}", key="results_note_write", type="primary", **changing()
        ):
            with failing_gracefully():
                results.annotate(keys, text)
            st.rerun()
    st.button(
        "Learning curves",
        key="results_curves",
        icon=":material/show_chart:",
        disabled=not keys,
        on_click=_add,
        args=("curves_of", data.titles(chosen[[isinstance(curve, dict) for curve in chosen.get("curve", [])]])),
        help="Adds them to the learning curves above.",
    )
    st.button(
        "Hide",
        key="results_hide",
        icon=":material/visibility_off:",
        disabled=not keys,
        on_click=_add,
        args=("hidden_rows", data.titles(chosen)),
    )
    st.button(
        f"{requests.MORE} more seeds",
        key="results_more_seeds",
        icon=":material/replay:",
        on_click=_train_more,
        args=(tuple(keys),),
        **changing(
            disabled=not keys,
            help="Trains these rows' configurations with their next three seeds. Choose Random's rows, too, so that they "
            "pair.",
        ),
    )
    if st.button("Delete", key="results_delete", icon=":material/delete:", **changing(disabled=not keys)):
        _confirm(keys, data.titles(chosen))


def _train_more(keys: tuple[str, ...]) -> None:
    """Start a job per configuration of some rows, with its next seeds."""
    with failing_gracefully():
        planned = requests.more_seeds(keys)
        for one in planned:
            queue.start(requests.words_of(one), one.title)
        count = sum(one.count for one in planned)
        st.toast(
            f"{counted(count, '{retraining is|retrainings are}')} under way. Each becomes a row here when it ends."
        )


def _add(list_name: str, names: list[str]) -> None:
    """Add rows to those chosen in a list."""
    before = st.session_state.get(list_name, [])
    st.session_state[list_name] = list(dict.fromkeys([*before, *names]))


@st.dialog("Delete these results?")
def _confirm(keys: list[str], names: list[str]) -> None:
    """Ask once more, and delete."""
    st.write(
        f"{counted(len(keys), '{retraining|retrainings}')} will be gone for good, notes included. What is started again is "
        "trained anew. Runs and coresets stay."
    )
    st.code("\n".join(names[:12] + ([f"… and {len(names) - 12} more"] if len(names) > 12 else [])), language=None)
    left, right = st.columns(2)
    if left.button(
        f"Delete {counted(len(keys), '{row|rows}')}", key="results_delete_sure", type="primary", **changing()
    ):
        try:
            results.delete(keys)
        except EngineError as error:
            st.error(markdown_safe(str(error)))
            return
        st.rerun()
    if right.button("Keep them", key="results_delete_not"):
        st.rerun()
