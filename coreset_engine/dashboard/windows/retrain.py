"""Retrainings that start from the window map: of one pair of windows, of a row of them, or of the published pair."""

from dataclasses import dataclass

import streamlit as st

from coreset_engine import architectures, papers, store, window_map
from coreset_engine.dashboard.coresets import code_tabs
from coreset_engine.dashboard.experiments import parts
from coreset_engine.dashboard.shell import failing_gracefully
from coreset_engine.dashboard.windows.outcomes import Pair
from coreset_engine.datasets import ImageSet
from coreset_engine.papers import PaperWindow
from coreset_engine.pipeline import requests
from coreset_engine.pipeline.requests import RetrainingRequest
from coreset_engine.windows import Windows

ASKED = "window_map_asked"  # session state: which button asks for confirmation
LISTED = 8  # pairs written out


@dataclass(frozen=True)
class Batch:
    """What one button would train on: its name, the pairs of windows, and K."""

    name: str
    pairs: tuple[Pair, ...]
    length: int


def grid(epochs: int, length: int) -> list[Pair]:
    """Return the pairs whose windows start 10 epochs apart, and those of the paper, row by row.

    Raises:
        WindowError: two windows do not fit the run.
    """
    starts = window_map.starts(epochs, length, 10).tolist()
    return [(early, late) for early in starts for late in starts if late >= early + length]


def row(epochs: int, current: Windows) -> list[Pair]:
    """Return the pairs of the current early window with every legal late one of the 10-epoch grid.

    Raises:
        WindowError: two windows do not fit the run.
    """
    starts = window_map.starts(epochs, current.length, 10).tolist()
    return [(current.early, late) for late in starts if late >= current.early + current.length]


def batches(current: Windows, epochs: int, paper: PaperWindow | None, dataset: str) -> dict[str, tuple[Batch, str]]:
    """Return what each button would train on, with its help; no pairs where it can't.

    Args:
        current: windows of the controls.
        epochs: T.
        paper: the published windows that this run can have at this rate.
        dataset: its name.

    Raises:
        WindowError: two windows do not fit the run.
    """
    along = row(epochs, current)
    published = ((paper.early, paper.late),) if paper else ()
    known = ", ".join(f"{100 * one.rate:g} %" for one in papers.windows_for(dataset))
    says = (
        f"t_e {paper.early}, t_l {paper.late}: the best at this α as published ({paper.source})."
        if paper
        else (
            f"Published are windows for α = {known} at K = 10, of recordings of 200 epochs."
            if known
            else f"No windows are published for {dataset or 'imported dynamics'}."
        )
    )
    here = ((current.early, current.late),)
    return {
        "cell": (Batch("This cell", here, current.length), "Retrain with the current windows."),
        "row": (
            Batch("This row", tuple(along), current.length),
            f"Retrain with t_e {current.early} and each of {len(along)} late windows of the 10-epoch grid.",
        ),
        "paper": (Batch("The paper's optimum", published, current.length), says),
    }


def plan(run: str, batch: Batch, rate: float, seeds: int, epochs: int, facts: store.RunInfo) -> RetrainingRequest:
    """Return what to start: one request for all pairs of windows.

    Args:
        run: its name.
        batch: pairs of windows and K.
        rate: α.
        seeds: how many.
        epochs: of each retraining.
        facts: of the run.
    """
    return RetrainingRequest(
        run,
        ("eva",),
        (rate,),
        architectures=(facts.architecture,),
        seeds=tuple(range(seeds)),
        options={"length": batch.length},
        windows=batch.pairs,
        epochs=epochs,
    )


def hindrance(facts: store.RunInfo, images: ImageSet | None) -> str:
    """Return why nothing can be retrained from here, "" where it can."""
    if images is None:
        return "The images of this run are not in the cache."
    if facts.architecture not in architectures.all_architectures():
        return "This run does not say which network recorded it. Choose one on the Retrain page."
    return ""


def buttons(offered: dict[str, tuple[Batch, str]], hindered: str) -> None:
    """Draw one button a batch; those without pairs, or all where something hinders, can't be pressed and say why.

    Args:
        offered: as `batches` returns them.
        hindered: as `hindrance` says.
    """
    titles = {"cell": "Run this cell", "row": "Run this row", "paper": "Run the paper's optimum"}
    with st.container(horizontal=True):
        for key, (batch, text) in offered.items():
            st.button(
                titles[key],
                key=f"window_map_{key}",
                on_click=_ask,
                args=(key,),
                disabled=bool(hindered) or not batch.pairs,
                help=hindered or text,
                icon=":material/replay:",
            )


def confirm(run: str, batch: Batch, rate: float, facts: store.RunInfo) -> None:
    """Draw what would be trained, and start it when that is confirmed.

    Args:
        run: its name.
        batch: what was asked for.
        rate: α.
        facts: of the run.
    """
    with st.container(border=True):
        names = ", ".join(f"{early}/{late}" for early, late in batch.pairs[:LISTED])
        more = f" and {len(batch.pairs) - LISTED} more" if len(batch.pairs) > LISTED else ""
        st.markdown(
            f"**{batch.name}:** EVA with t_e/t_l {names}{more}, K = {batch.length}, α = {100 * rate:g} %, on "
            f"{facts.architecture} with the recording's recipe."
        )
        first, second = st.columns(2)
        seeds = first.number_input("Seeds", 1, 20, 2, key="window_map_seeds", help="Fresh networks a pair: 0, 1, …")
        epochs = second.number_input("Epochs", 1, 1000, facts.epochs, key=f"window_map_epochs_{facts.epochs}")
        with failing_gracefully():
            planned = plan(run, batch, rate, int(seeds), int(epochs), facts)
            st.caption(parts.sentence([planned], facts))
        code = requests.commands([planned]), requests.python([planned])
        code_tabs.draw(*code, None if len(batch.pairs) < 24 else 180)
        with st.container(horizontal=True):
            label = f"Start {planned.count} {'retraining' if planned.count == 1 else 'retrainings'}"
            st.button(label, type="primary", key="window_map_start", on_click=_start, args=(planned,))
            st.button("Not now", key="window_map_not_now", on_click=_ask, args=("",))


def _ask(key: str) -> None:
    """Remember which button asks for confirmation; "" for none."""
    st.session_state[ASKED] = key


def _start(planned: RetrainingRequest) -> None:
    """Start what was confirmed."""
    with failing_gracefully():
        parts.start([planned])
    _ask("")
    noun = "retraining is" if planned.count == 1 else "retrainings are"
    st.toast(f"{planned.count} {noun} under way.")
