"""The list of jobs with live progress, log, cancel and resume."""

import streamlit as st

from coreset_engine import store
from coreset_engine.dashboard.shell.frame import failing_gracefully, markdown_safe
from coreset_engine.executors import queue, table

SHOWN = 6
_ICONS = {
    "waiting": ":material/hourglass_empty:",
    "running": ":material/play_circle:",
    "done": ":material/check_circle:",
    "failed": ":material/error:",
    "cancelled": ":material/cancel:",
    "interrupted": ":material/warning:",
}


def jobs_panel(key: str, kinds: tuple[str, ...] = ()) -> None:
    """Draw the newest jobs; while one is active the list refreshes itself every second.

    Args:
        key: of the panel on its page.
        kinds: commands to show ("record", "retrain", "demo"), all when empty.
    """
    with failing_gracefully():
        active = bool(_chosen(kinds, active=True))
    st.fragment(_panel, run_every=1.0 if active else None, key=f"{key}_panel")(key, kinds)


def _chosen(kinds: tuple[str, ...], active: bool = False) -> list[table.Job]:
    """Return the jobs of some kinds, the newest first; only those that wait or run when `active`."""
    found = [job for job in queue.all_jobs() if not kinds or job.arguments[0] in kinds]
    return [job for job in found if job.active or not active]


def _panel(key: str, kinds: tuple[str, ...]) -> None:
    """Draw the list once."""
    with failing_gracefully():
        found = _chosen(kinds)
    shown = {job.id for job in found if job.active}, set(store.run_names())
    before = st.session_state.get(f"{key}_watched", shown)
    st.session_state[f"{key}_watched"] = shown
    if before[0] - shown[0] or before[1] != shown[1]:
        st.rerun()  # a job has ended or a run has begun: what the page shows may have changed
    if not found:
        st.caption("No job yet.")
    for job in found[:SHOWN]:
        _row(key, job)
    if len(found) > SHOWN:
        st.caption(f"{len(found) - SHOWN} older jobs: `python -m coreset_engine jobs`")


def _row(key: str, job: table.Job) -> None:
    """Draw one job."""
    with st.container(border=True):
        text, act = st.columns([5, 1], vertical_alignment="center")
        text.markdown(f"{_ICONS[job.state]} **{job.state}** · {markdown_safe(job.title)} · job {job.id}")
        if job.active:
            text.progress(min(1.0, job.progress), markdown_safe(job.message))
            label = "Stopping …" if job.cancelling else "Cancel"
            act.button(
                label,
                key=f"{key}_cancel_{job.id}",
                on_click=_cancel,
                args=(job.id,),
                disabled=job.cancelling,
                help="Stops at the end of this epoch, or after 20 s; what is recorded stays.",
            )
        elif job.message:
            text.caption(markdown_safe(job.message))
        if job.resumed_by:
            text.caption(f"Job {job.resumed_by} goes on with it.")
        if job.resumable:
            act.button("Resume", key=f"{key}_resume_{job.id}", on_click=_resume, args=(job.id,))
        if job.state in ("failed", "interrupted"):
            with st.expander("Log"):
                st.code(queue.log_tail(job.id, 4_000) or "(empty)", language=None)


def _cancel(number: int) -> None:
    """Ask a job to stop; who asks does not wait for its end."""
    with failing_gracefully():
        queue.cancel_in_background(number)


def _resume(number: int) -> None:
    """Start a job again where it stopped."""
    with failing_gracefully():
        queue.resume(number)
