"""What a search found so far, what it tries next, and at its end what the winner reaches on test."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from coreset_engine import paths
from coreset_engine.dashboard import cached, cached_sweeps
from coreset_engine.dashboard.coresets import sweep_panel
from coreset_engine.dashboard.shell import changing, failing_gracefully, markdown_safe
from coreset_engine.dashboard.windows import found, outcomes
from coreset_engine.dashboard.windows.choices import Place
from coreset_engine.dashboard.windows.outcomes import Pair, PairAccuracy
from coreset_engine.executors import queue
from coreset_engine.executors.table import Job
from coreset_engine.pipeline.requests import SweepRequest
from coreset_engine.results.people import mean_of
from coreset_engine.results.statistics import PairedDifference
from coreset_engine.sweep import search, search_files
from coreset_engine.sweep.search import SearchState

EVERY_SECONDS = 2.0  # between two looks for new rows while something is trained
_SEEN = "window_map_seen"  # session state: what the map shows


def watch(run: str) -> None:
    """Draw the page anew when a row or a finding has come, while a sweep over the run is under way."""
    with failing_gracefully():
        busy = bool(found.active(queue.all_jobs(), run))
    st.session_state[_SEEN] = _state(run)
    st.fragment(_look, run_every=EVERY_SECONDS if busy else None, key="window_map_watch")(run)


def _look(run: str) -> None:
    """Draw the page anew when something has changed."""
    with failing_gracefully():
        if _state(run) != st.session_state.get(_SEEN):
            st.rerun()


def _state(run: str) -> tuple[Any, ...]:
    """Return what changes when a row, a finding or a sweep has come or gone."""
    searches = tuple(sorted((path.name, cached.mark(path)) for path in search_files.folder().glob("*.json")))
    active = tuple(job.id for job, _ in found.active(queue.all_jobs(), run))
    return cached.result_state(), searches, active


def under_way(place: Place, jobs: Sequence[Job]) -> tuple[list[Pair], list[Pair]]:
    """Return the pairs of windows that sweeps have yet to train, and those that are being trained.

    Raises:
        EngineError: a sweep can't be planned.
    """
    begun = {path.stem for path in paths.retrainings_folder().glob("*.pt")}
    sweeps = found.active(jobs, place.run)
    searches = search_files.kept() if any(asked.search for _, asked in sweeps) else ()
    return found.under_way(sweeps, place.current, place.rate, cached_sweeps.planned, begun, searches)


def draw(place: Place, jobs: Sequence[Job], reached: Sequence[PairAccuracy]) -> None:
    """Draw the searches under way and what the newest one found.

    Args:
        place: where on the map.
        jobs: all of them.
        reached: what the map shows of retrainings.

    Raises:
        EngineError: the run is damaged.
    """
    searching = [job for job, asked in found.active(jobs, place.run) if asked.search]
    known = found.of_place(search_files.kept(), place.run, place.rate)
    for sentence in search_files.problems():
        st.warning(markdown_safe(sentence), icon=":material/broken_image:")
    if not searching and known is None:
        return
    with st.container(border=True):
        for job in searching:
            st.progress(min(1.0, job.progress), markdown_safe(f"Searching: {job.message or 'waiting'}"))
        if known is None:
            st.caption("No round has ended yet.", help="The best so far is told from the first one on.")
            return
        _draw_found(place, *known, jobs, reached)


def _draw_found(
    place: Place, request: SweepRequest, best: SearchState, jobs: Sequence[Job], reached: Sequence[PairAccuracy]
) -> None:
    """Draw what a search found, and whether the map shows something higher."""
    early, late, length = found.pair(best)
    over = "Best windows" if best.test else "Best so far"
    st.markdown(f"**{over}: t_e {early}, t_l {late}, K {length}**".replace("_", "\\_"))
    st.markdown(f"{found.chosen_by(best)}: **{mean_of(best.val, best.chosen_by)}**")
    st.caption(
        f"{round(best.spent, 1):g} of the grid's {best.grid} trainings, {best.candidates} pairs.",
        help="The interval takes the spread over seeds as the same for all pairs.",
    )
    higher = found.above(reached, best) if length == place.current.length else None
    if higher:
        st.caption(
            f"Higher on the map: {higher.early}/{higher.late}, {higher.text}.",
            help="The search chose among the pairs that it trained. The map shows what all retrainings reached, those of "
            "other experiments too, by the accuracy chosen above it.",
        )
    if best.why:
        st.caption(
            f"Next: {markdown_safe(best.why)}.",
            help="The map marks the pairs of this round. Neighbours on it keep almost the same images, so each training "
            "tells of them, too.",
        )
    if best.test is not None and best.against_random is not None:
        gain = mean_of(best.against_random, best.chosen_by, gain=True)
        st.markdown(
            f"Confirmed on test: **{mean_of(best.test, best.chosen_by)}**  \n"
            f"Against Random: **{gain}**, {found.verdict(best.against_random)}",
            help="With fresh seeds, none of which chose; differences are paired by seed.",
        )
        _draw_proof(place, request, best, jobs)
    st.button(
        "Use these windows",
        key="window_map_use",
        on_click=_use,
        args=(early, late, length),
        disabled=(early, late, length) == (place.current.early, place.current.late, place.current.length),
    )


def _draw_proof(place: Place, request: SweepRequest, best: SearchState, jobs: Sequence[Job]) -> None:
    """Draw how much better the winner is than the default windows, or the button that has it measured."""
    early, late, length = found.pair(best)
    default = (1, place.facts.epochs - length + 1)
    if (early, late) == default:
        st.caption("These are the default windows.")
        return
    difference = _difference(place, request, best, default)
    name = f"the default, {default[0]}/{default[1]}"
    if difference is not None:
        gain = mean_of(difference.difference, best.chosen_by, gain=True)
        st.markdown(
            f"Against {name}: **{gain}**, {found.verdict(difference.difference)}",
            help="On test, with the same fresh seeds, paired by seed.",
        )
        return
    asked = found.proof(request, best, default)
    running = found.is_under_way(asked, jobs)
    st.button(
        "Under way …" if running else f"Test against {name}",
        key="window_map_default",
        on_click=sweep_panel.start,
        args=(asked,),
        **changing(
            disabled=running, help="Trains the default windows with the winner's fresh seeds and compares both on test."
        ),
    )


def _difference(place: Place, request: SweepRequest, best: SearchState, default: Pair) -> PairedDifference | None:
    """Return the winner's difference from the default windows on test, None before both are trained."""
    early, late, length = found.pair(best)
    rows = outcomes.accuracies(cached.result_table(), place.run, length, best.best.rate, outcomes.state_of(place.run))
    epochs = request.epochs or place.facts.epochs
    own = outcomes.trainings(rows).get(outcomes.group_of(best.architecture, epochs, request.loss or place.facts.loss))
    if own is None:
        return None
    figure = search.TEST[best.chosen_by]
    return found.against(own, (early, late), default, search.fresh_seeds(request), figure)


def _use(early: int, late: int, length: int) -> None:
    """Move the sliders to the windows that were found."""
    st.session_state["length"], st.session_state["early"], st.session_state["late"] = length, early, late
