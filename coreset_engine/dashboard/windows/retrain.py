"""Retrainings that start from the window map: of one pair of windows, of a row of them, or of the published pair."""

from dataclasses import replace

import streamlit as st

from coreset_engine import architectures, papers, store, window_map
from coreset_engine.dashboard.controls import retraining
from coreset_engine.dashboard.coresets import code_tabs
from coreset_engine.dashboard.shell import changing, failing_gracefully
from coreset_engine.dashboard.windows.outcomes import Pair
from coreset_engine.datasets import ImageSet
from coreset_engine.papers import PaperWindow
from coreset_engine.pipeline import requests
from coreset_engine.pipeline.requests import RetrainingRequest
from coreset_engine.windows import Windows

ASKED = "window_map_asked"  # session state: which button asks for confirmation
LISTED = 8  # pairs written out


TITLES = {"cell": "This cell", "row": "This row", "paper": "The paper's optimum"}
METHOD = "eva"  # whose windows the map shows


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


def batches(
    run: str, current: Windows, rate: float, facts: store.RunInfo, paper: PaperWindow | None
) -> dict[str, tuple[RetrainingRequest | None, str]]:
    """Return what each button would train, one request for all its pairs of windows, with its help; None where it can't.

    Args:
        run: its name.
        current: windows of the controls.
        rate: α.
        facts: of the run.
        paper: the published windows that this run can have at this rate.

    Raises:
        WindowError: two windows do not fit the run.
    """
    cell = RetrainingRequest(
        run,
        (METHOD,),
        (rate,),
        architectures=(facts.architecture,) if facts.architecture else (),
        options={"length": current.length},
        windows=((current.early, current.late),),
        epochs=facts.epochs,
    )
    along = row(facts.epochs, current)
    published = replace(cell, windows=((paper.early, paper.late),)) if paper else None
    return {
        "cell": (cell, "Retrain with the current windows."),
        "row": (
            replace(cell, windows=tuple(along)) if along else None,
            f"Retrain with t_e {current.early} and each of {len(along)} late windows of the 10-epoch grid.",
        ),
        "paper": (published, _of_papers(paper, facts.dataset)),
    }


def _of_papers(paper: PaperWindow | None, dataset: str) -> str:
    """Return what is published of windows at this rate, or of which rates windows are."""
    if paper:
        return f"t_e {paper.early}, t_l {paper.late}: the best at this α as published ({paper.source})."
    known = ", ".join(f"{100 * one.rate:g} %" for one in papers.windows_for(dataset))
    if known:
        return f"Published are windows for α = {known} at K = 10, of recordings of 200 epochs."
    return f"No windows are published for {dataset or 'imported dynamics'}."


def hindrance(facts: store.RunInfo, images: ImageSet | None) -> str:
    """Return why nothing can be retrained from here, "" where it can."""
    if images is None:
        return "The images of this run are not in the cache."
    if facts.architecture not in architectures.all_architectures():
        return "This run does not say which architecture recorded it. Choose one on the Experiments page."
    return ""


def buttons(offered: dict[str, tuple[RetrainingRequest | None, str]], hindered: str) -> None:
    """Draw one button per request; those without one, or all where something hinders, can't be clicked and say why.

    Args:
        offered: as `batches` returns them.
        hindered: as `hindrance` says.
    """
    with st.container(horizontal=True):
        for key, (request, text) in offered.items():
            st.button(
                f"Run {TITLES[key][0].lower()}{TITLES[key][1:]}",
                key=f"window_map_{key}",
                on_click=_ask,
                args=(key,),
                icon=":material/replay:",
                **changing(disabled=bool(hindered) or request is None, help=hindered or text),
            )


def confirm(title: str, request: RetrainingRequest, facts: store.RunInfo) -> None:
    """Draw what would be trained, and start it when that is confirmed.

    Args:
        title: of the button that asked for it.
        request: what it asked for.
        facts: of the run.
    """
    with st.container(border=True):
        names = ", ".join(f"{early}/{late}" for early, late in request.windows[:LISTED])
        more = f" and {len(request.windows) - LISTED} more" if len(request.windows) > LISTED else ""
        st.markdown(
            f"**{title}:** EVA with t_e/t_l {names}{more}, K = {request.options['length']}, "
            f"α = {100 * request.rates[0]:g} %, on {facts.architecture} with the recording's recipe."
        )
        first, second = st.columns(2)
        seeds = first.number_input("Seeds", 1, 20, 2, key="window_map_seeds", help="Trainings per pair: 0, 1, …")
        epochs = second.number_input("Epochs", 1, 1000, facts.epochs, key=f"window_map_epochs_{facts.epochs}")
        with failing_gracefully():
            planned = replace(request, seeds=tuple(range(int(seeds))), epochs=int(epochs))
            st.caption(retraining.sentence([planned], facts))
        code = requests.commands([planned]), requests.python([planned])
        code_tabs.draw(*code, None if len(request.windows) < 24 else 180)
        with st.container(horizontal=True):
            label = f"Start {planned.count} {'retraining' if planned.count == 1 else 'retrainings'}"
            st.button(label, type="primary", key="window_map_start", on_click=_start, args=(planned,), **changing())
            st.button("Not now", key="window_map_not_now", on_click=_ask, args=("",))


def _ask(key: str) -> None:
    """Remember which button asks for confirmation; "" for none."""
    st.session_state[ASKED] = key


def _start(planned: RetrainingRequest) -> None:
    """Start what was confirmed."""
    with failing_gracefully():
        retraining.start([planned])
    _ask("")
    noun = "retraining is" if planned.count == 1 else "retrainings are"
    st.toast(f"{planned.count} {noun} under way.")
