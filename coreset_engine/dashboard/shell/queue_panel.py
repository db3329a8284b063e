"""The list of jobs with live progress, log, cancel, kill and resume."""

from collections.abc import Sequence

import streamlit as st

from coreset_engine import store
from coreset_engine.dashboard.shell.frame import changing, failing_gracefully
from coreset_engine.dashboard.shell.texts import markdown_safe
from coreset_engine.executors import queue, table
from coreset_engine.executors.table import Job

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
            f"Left out since their rows are damaged: job(s) {markdown_safe(', '.join(damaged))}; "
            "`python -m coreset_engine verify --all` tells more."
        )
    elif not found:
        st.caption("No job yet.")
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
    if job.resumable:
        st.button("Resume", key=f"{key}_resume_{job.id}", on_click=_resume, args=(job.id,), **changing())


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
