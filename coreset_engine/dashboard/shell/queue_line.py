"""One line in the heading of every page: how many jobs run and wait, and when those that run are done."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from coreset_engine.errors import EngineError
from coreset_engine.executors import queue, turns
from coreset_engine.executors.table import Job

EVERY_SECONDS = 5.0
LEAST = 0.02  # of a job's progress, below which nothing is said of its end


def draw() -> None:
    """Draw the line; it renews itself while a job is under way, and is nothing while none is."""
    busy = any(job.active for job in _jobs())
    st.fragment(_line, run_every=EVERY_SECONDS if busy else None, key="queue_line")()


def _line() -> None:
    """Draw the line once."""
    text = in_words(_jobs(), datetime.now(UTC), st.context.timezone or "UTC", paused=_is_paused())
    if text:
        st.caption(text, width="content")


def _jobs() -> list[Job]:
    """Return all jobs; none where their table can't be read, which the list of jobs tells."""
    try:
        return queue.all_jobs()
    except EngineError:
        return []


def _is_paused() -> bool:
    """Return whether the queue is paused; not where its table can't be read."""
    try:
        return turns.is_paused()
    except EngineError:
        return False


def in_words(jobs: Sequence[Job], now: datetime, zone: str, *, paused: bool = False) -> str:
    """Return "1 running · 2 waiting · done about 14:20"; "" while no job is under way.

    Args:
        jobs: all of them.
        now: the time, with its zone.
        zone: in which the end is told, as "Europe/Berlin".
        paused: whether the queue is, which is told while a job waits.
    """
    running = [job for job in jobs if job.state == "running"]
    waiting = sum(job.state == "waiting" for job in jobs)
    words = [f"{len(running)} running"] if running else []
    words += [f"{waiting} waiting"] if waiting else []
    words += ["queue paused"] if waiting and paused else []
    ends = [end for job in running if (end := ends_at(job, now)) is not None]
    if ends:
        whose = "the running one" if waiting and len(running) == 1 else "those running" if waiting else ""
        words.append(f"{whose} done about {max(ends).astimezone(_zone(zone)):%H:%M}".strip())
    return " · ".join(words)


def ends_at(job: Job, now: datetime) -> datetime | None:
    """Return when a running job ends if it goes on as it did, None while too little is known."""
    if not job.started or job.progress < LEAST:
        return None
    spent = (now - datetime.fromisoformat(job.started)).total_seconds()
    return now + timedelta(seconds=spent / job.progress * (1 - min(1.0, job.progress)))


def _zone(name: str) -> ZoneInfo:
    """Return a time zone by its name, UTC where it is not known here."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
