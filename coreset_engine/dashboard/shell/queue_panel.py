"""The list of jobs with live progress, log, cancel, kill and resume."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import streamlit as st

from coreset_engine import store
from coreset_engine.dashboard.shell.frame import changing, failing_gracefully
from coreset_engine.dashboard.shell.texts import markdown_safe
from coreset_engine.errors import EngineError, JobError
from coreset_engine.executors import queue, table
from coreset_engine.executors.table import Job
from coreset_engine.names import counted
from coreset_engine.pipeline import requests
from coreset_engine.pipeline.requests import RetrainingRequest, SweepRequest

LONGEST = 6  # jobs in a list, those that wait or run always
LOG_BYTES = 4_000
_ORDER = {"running": 0, "waiting": 1}  # of states; those that have ended come last
_ICONS = {
    "waiting": ":material/hourglass_empty:",
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
        active = any(job.active for job in _chosen(kinds))
    st.fragment(_panel, run_every=1.0 if active else None, key=f"{key}_panel")(key, kinds)


def in_order(jobs: Sequence[Job]) -> list[Job]:
    """Return jobs as the list shows them: running, then waiting in their order, then ended, the newest first."""
    return sorted(jobs, key=lambda job: (_ORDER.get(job.state, 2), job.id if job.active else -job.id))


def state_of(job: Job) -> str:
    """Return a job's state as the list tells it."""
    if job.cancelling:
        return "stopping"
    return "not answering" if job.active and not job.answers else job.state


def _chosen(kinds: tuple[str, ...]) -> list[Job]:
    """Return the jobs of some kinds in the list's order."""
    return in_order([job for job in queue.all_jobs() if not kinds or job.arguments[0] in kinds])


def _panel(key: str, kinds: tuple[str, ...]) -> None:
    """Draw the list once."""
    with failing_gracefully():
        found, damaged = _chosen(kinds), table.damaged()
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
    waiting = [job.id for job in found if job.state == "waiting" and not job.cancelling]
    if len(waiting) > 1:
        st.button(
            f"Cancel all {len(waiting)} waiting",
            key=f"{key}_cancel_waiting",
            on_click=_cancel_all,
            args=(waiting,),
            **changing(),
        )
    length = max(LONGEST, len(active))
    for job in found[:length]:
        _card(key, job)
    if len(found) > length:
        st.caption(f"{len(found) - length} older jobs: `python -m coreset_engine jobs`")


def _card(key: str, job: Job) -> None:
    """Draw one job."""
    state = state_of(job)
    with st.container(border=True):
        text, act = st.columns([5, 1], vertical_alignment="center")
        text.markdown(f"{_ICONS[state]} **{state}** · {markdown_safe(job.title)} · job {job.id}")
        if job.active:
            text.progress(min(1.0, job.progress), markdown_safe(job.message))
        elif job.message:
            text.caption(markdown_safe(job.message))
        if job.active and not job.answers:
            text.caption(
                f"Not answering since {job.silence:.0f} s.", help="Wait, or kill it and resume it where it stopped."
            )
        if job.resumed_by:
            text.caption(f"Job {job.resumed_by} goes on with it.")
        with act:
            _buttons(key, job)
        if job.state not in ("waiting", "done"):
            with st.expander("Log"), failing_gracefully():
                st.code(queue.log_tail(job.id, LOG_BYTES) or "(empty)", language=None)


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
    if job.state == "done" and (more := with_more_seeds(job)) is not None:
        st.button("More seeds", key=f"{key}_more_{job.id}", on_click=_start, args=more, **changing(help=more[1]))
    if job.resumable:
        st.button("Resume", key=f"{key}_resume_{job.id}", on_click=_resume, args=(job.id,), **changing())


def with_more_seeds(job: Job) -> tuple[list[str], str] | None:
    """Return the command and title that add as many training seeds again to a job's cells; None for other jobs.

    A search asks for its own trainings: it is none of them.
    """
    with suppress(EngineError):  # a command of an earlier version
        if job.arguments[:1] == (SweepRequest.COMMAND,):
            sweep = SweepRequest.from_argv(job.arguments[1:])
            if sweep.search:
                return None
            added, seeds = next_seeds(sweep.training_seeds)
            return requests.words_of(replace(sweep, training_seeds=added)), f"{sweep.title}, {seeds}"
        if job.arguments[:1] == (RetrainingRequest.COMMAND,):
            asked = RetrainingRequest.from_argv(job.arguments[1:])
            added, seeds = next_seeds(asked.seeds)
            return requests.words_of(replace(asked, seeds=added)), f"{asked.title}, {seeds}"
    return None


def next_seeds(seeds: Sequence[int]) -> tuple[tuple[int, ...], str]:
    """Return seeds with as many again that follow them, and the new ones in words."""
    first = max(seeds) + 1
    added = tuple(range(first, first + len(seeds)))
    return (*seeds, *added), f"seed{'s' if len(added) > 1 else ''} {', '.join(map(str, added))}"


def _start(words: Sequence[str], title: str) -> None:
    """Start a command as a job."""
    with failing_gracefully():
        queue.start(words, title)


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
