"""The list of jobs with live progress, log, cancel, kill and resume."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import streamlit as st

from coreset_engine import store
from coreset_engine.dashboard.shell import links
from coreset_engine.dashboard.shell.frame import changing, failing_gracefully
from coreset_engine.dashboard.shell.texts import markdown_safe
from coreset_engine.errors import EngineError, JobError
from coreset_engine.executors import queue, table, turns
from coreset_engine.executors.table import Job
from coreset_engine.names import counted
from coreset_engine.pipeline import requests
from coreset_engine.pipeline.requests import RecordingRequest, RetrainingRequest, SweepRequest
from coreset_engine.results.people import mean_of
from coreset_engine.sweep import search, search_files
from coreset_engine.sweep.search import SearchState

LONGEST = 6  # jobs in a list, those that wait or run always
LOG_BYTES = 4_000
_ORDER = {"running": 0, "waiting": 1}  # of states; those that have ended come last
_ICONS = {
    "waiting": ":material/hourglass_empty:",
    "paused": ":material/pause_circle:",
    "running": ":material/play_circle:",
    "stopping": ":material/stop_circle:",
    "not answering": ":material/heart_broken:",
    "done": ":material/check_circle:",
    "failed": ":material/error:",
    "cancelled": ":material/cancel:",
    "interrupted": ":material/warning:",
}


def jobs_panel(key: str, kinds: tuple[str, ...] = ()) -> None:
    """Draw the jobs; while one is active the list refreshes itself every second.

    Args:
        key: of the panel on its page.
        kinds: commands to show ("record", "retrain", "demo"), all when empty.
    """
    with failing_gracefully():
        active = any(job.active for job in _chosen(queue.all_jobs(), kinds))
    st.fragment(_panel, run_every=1.0 if active else None, key=f"{key}_panel")(key, kinds)


def in_order(jobs: Sequence[Job]) -> list[Job]:
    """Return jobs as the list shows them: running, then waiting in their order, then ended, the newest first."""
    return sorted(jobs, key=lambda job: (_ORDER.get(job.state, 2), turns.place(job) if job.active else (0, -job.id)))


def state_of(job: Job) -> str:
    """Return a job's state as the list tells it."""
    if job.cancelling:
        return "stopping"
    if job.active and not job.answers:
        return "not answering"
    return "paused" if job.state == "waiting" and job.paused else job.state


def _chosen(jobs: Sequence[Job], kinds: tuple[str, ...]) -> list[Job]:
    """Return the jobs of some kinds in the list's order."""
    return in_order([job for job in jobs if not kinds or job.arguments[0] in kinds])


def _panel(key: str, kinds: tuple[str, ...]) -> None:
    """Draw the list once."""
    with failing_gracefully():
        jobs, damaged = queue.all_jobs(), table.damaged()
    found = _chosen(jobs, kinds)
    active = [job.id for job in found if job.active]
    state = set(active), set(store.run_names())
    before = st.session_state.get(f"{key}_watched", state)
    st.session_state[f"{key}_watched"] = state
    if before[0] - state[0] or before[1] != state[1]:
        st.rerun()  # a job has ended or a run has begun: what the page shows may have changed
    if damaged:
        st.warning(
            f"Left out: {counted(len(damaged), '{job whose row is|jobs whose rows are}')} damaged "
            f"({markdown_safe(', '.join(damaged))}); `python -m coreset_engine verify --all` tells more."
        )
    elif not found:
        st.caption("No job yet.")
    _of_all(key, [job for job in found if job.state == "waiting" and not job.cancelling])
    first = next((job.id for job in in_order(jobs) if job.state == "waiting"), 0)
    length = max(LONGEST, len(active))
    for job in found[:length]:
        _card(key, job, is_first=job.id == first)
    if len(found) > length:
        st.caption(f"{counted(len(found) - length, 'older {job|jobs}')}: `python -m coreset_engine jobs`")


def _of_all(key: str, waiting: Sequence[Job]) -> None:
    """Draw what can be done with the queue as a whole: pause it while jobs wait, let it go on, cancel all that wait."""
    with failing_gracefully():
        paused = turns.is_paused()
    if paused:
        st.caption(
            ":material/pause_circle: **The queue is paused.**", help="No job begins. A running one goes on to its end."
        )
    with st.container(horizontal=True):
        if paused or waiting:
            st.button(
                "Resume the queue" if paused else "Pause the queue",
                key=f"{key}_pause_queue",
                on_click=_pause_queue,
                args=(not paused,),
                **changing(help=None if paused else "No further job begins; a running one goes on to its end."),
            )
        if len(waiting) > 1:
            st.button(
                f"Cancel all {len(waiting)} waiting",
                key=f"{key}_cancel_waiting",
                on_click=_cancel_all,
                args=([job.id for job in waiting],),
                **changing(),
            )


def _card(key: str, job: Job, *, is_first: bool = False) -> None:
    """Draw one job; the first of those that wait has no button to move it there."""
    state = state_of(job)
    with st.container(border=True):
        text, act = st.columns([5, 1], vertical_alignment="center")
        text.markdown(f"{_ICONS[state]} **{state}** · {markdown_safe(job.title)} · job {job.id}")
        if job.active:
            text.progress(min(1.0, job.progress), markdown_safe(job.message))
        elif told := job.message or found_by(job):
            text.caption(markdown_safe(told))
        if job.active and not job.answers:
            text.caption(
                f"Not answering since {job.silence:.0f} s.", help="Wait, or kill it and resume it where it stopped."
            )
        if job.active and job.waits_for:
            numbers = ", ".join(map(str, job.waits_for))
            text.caption(f"After job {numbers}.", help="It begins when that is done, and ends if that fails.")
        if job.resumed_by:
            text.caption(f"Job {job.resumed_by} goes on with it.")
        if run := recorded_by(job):
            link_key = f"{key}_explore_{job.id}"
            with act:
                links.draw("pages/2_Explore.py", "Explore it", {"run": run}, icon="tune", key=link_key, alone=True)
        with act, st.container(horizontal=True, gap="small"):
            if job.state == "waiting" and job.answers and not job.cancelling:
                _place_buttons(key, job, is_first)
            _buttons(key, job)
        if job.state not in ("waiting", "done"):
            with st.expander("Log"), failing_gracefully():
                st.code(queue.log_tail(job.id, LOG_BYTES) or "(empty)", language=None)


def recorded_by(job: Job) -> str:
    """Return the run that a recording made and that is still there, "" for other jobs."""
    with suppress(EngineError):  # a command of an earlier version
        if job.state == "done" and job.arguments[:1] == (RecordingRequest.COMMAND,):
            run = RecordingRequest.from_argv(job.arguments[1:]).run
            return run if run in store.run_names() else ""
    return ""


def _buttons(key: str, job: Job) -> None:
    """Draw what can be done with one job."""
    if job.active and job.answers:
        st.button(
            "Stopping …" if job.cancelling else "Cancel",
            key=f"{key}_cancel_{job.id}",
            on_click=_cancel,
            args=(job.id,),
            **changing(
                disabled=job.cancelling,
                help=f"Stops at the end of this epoch, or after {queue.GRACE_SECONDS} s; what is recorded stays.",
            ),
        )
    elif job.active:
        told = "Ends it at once; what is recorded stays, and it can be resumed."
        st.button("Kill", key=f"{key}_kill_{job.id}", on_click=_kill, args=(job.id,), **changing(help=told))
    if job.state == "done" and (more := with_more_seeds(job)):
        told = "; ".join(title for _, title in more)
        st.button("More seeds", key=f"{key}_more_{job.id}", on_click=_start, args=(more,), **changing(help=told))
    if job.resumable:
        st.button("Resume", key=f"{key}_resume_{job.id}", on_click=_resume, args=(job.id,), **changing())


def _place_buttons(key: str, job: Job, is_first: bool) -> None:
    """Draw what changes when a waiting job begins."""
    if not is_first:
        st.button("Move first", key=f"{key}_first_{job.id}", on_click=_move_first, args=(job.id,), **changing())
    st.button(
        "Unpause" if job.paused else "Pause",
        key=f"{key}_pause_{job.id}",
        on_click=_pause,
        args=(job.id, not job.paused),
        **changing(help=None if job.paused else "Others pass it until it is let go on."),
    )


def with_more_seeds(job: Job) -> list[tuple[list[str], str]]:
    """Return the commands, with their titles, that add as many training seeds again to a job's cells; none for other jobs.

    Of a search they are the winners and Random, with the seeds after those that confirmed them.
    """
    with suppress(EngineError):  # a command of an earlier version
        if job.arguments[:1] == (SweepRequest.COMMAND,):
            sweep = SweepRequest.from_argv(job.arguments[1:])
            if sweep.search:
                return _further_confirmations(sweep)
            added, seeds = next_seeds(sweep.training_seeds)
            return [(requests.words_of(replace(sweep, training_seeds=added)), f"{sweep.title}, {seeds}")]
        if job.arguments[:1] == (RetrainingRequest.COMMAND,):
            asked = RetrainingRequest.from_argv(job.arguments[1:])
            added, seeds = next_seeds(asked.seeds)
            return [(requests.words_of(replace(asked, seeds=added)), f"{asked.title}, {seeds}")]
    return []


def found_by(job: Job) -> str:
    """Return what a search that is done found, "" for other jobs."""
    found = []
    with suppress(EngineError):  # a command of an earlier version
        if job.state == "done" and job.arguments[:1] == (SweepRequest.COMMAND,) and "--search" in job.arguments:
            for one in _winners(SweepRequest.from_argv(job.arguments[1:])):
                test = f", {mean_of(one.test, one.chosen_by)} on test" if one.test and one.test.n else ""
                found.append(f"Best: {one.best.label}: {mean_of(one.val, one.chosen_by)} on val{test}.")
    return " ".join(found)


def _winners(request: SweepRequest) -> list[SearchState]:
    """Return what a search found and confirmed, one per rate and architecture."""
    return [one for file in search_files.kept() if file.request == request for one in file.founds if one.test]


def _further_confirmations(request: SweepRequest) -> list[tuple[list[str], str]]:
    """Return the commands that confirm a search's winners with further fresh seeds; none before it has some."""
    added, seeds = next_seeds(search.fresh_seeds(request))
    asked = [search.confirmation(request, one, added) for one in _winners(request)]
    return [(requests.words_of(one), f"{one.title} and Random, {seeds}") for one in asked]


def next_seeds(seeds: Sequence[int]) -> tuple[tuple[int, ...], str]:
    """Return seeds with as many again that follow them, and the new ones in words."""
    first = max(seeds) + 1
    added = tuple(range(first, first + len(seeds)))
    return (*seeds, *added), f"seed{'s' if len(added) > 1 else ''} {', '.join(map(str, added))}"


def _start(commands: Sequence[tuple[Sequence[str], str]]) -> None:
    """Start commands as jobs."""
    with failing_gracefully():
        for words, title in commands:
            queue.start(words, title)


def _pause_queue(paused: bool) -> None:
    """Let no further job begin, or let them begin again."""
    with failing_gracefully():
        turns.pause_all(paused)


def _move_first(number: int) -> None:
    """Let a waiting job begin before the others."""
    with failing_gracefully():
        queue.move_first(number)


def _pause(number: int, paused: bool) -> None:
    """Keep a waiting job from beginning, or let it go on."""
    with failing_gracefully():
        queue.pause(number, paused=paused)


def _cancel_all(numbers: Sequence[int]) -> None:
    """Ask jobs to stop, the last first, so that none begins meanwhile; one that has ended is passed over."""
    for number in sorted(numbers, reverse=True):
        with suppress(JobError):
            queue.cancel_in_background(number)


def _cancel(number: int) -> None:
    """Ask a job to stop; who asks does not wait for its end."""
    with failing_gracefully():
        queue.cancel_in_background(number)


def _kill(number: int) -> None:
    """End a job that does not answer."""
    with failing_gracefully():
        queue.cancel(number, grace=0)


def _resume(number: int) -> None:
    """Start a job again where it stopped."""
    with failing_gracefully():
        queue.resume(number)
