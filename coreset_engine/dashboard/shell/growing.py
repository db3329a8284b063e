"""Runs that are still being recorded: a page that needs one, or more of its epochs, says so and goes on by itself."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from coreset_engine import paths, store
from coreset_engine.dashboard.shell.texts import markdown_safe
from coreset_engine.errors import EngineError, WindowError
from coreset_engine.executors import queue, turns
from coreset_engine.names import counted

ENOUGH = 4  # epochs, for two windows of 2
EVERY_SECONDS = 2.0


def await_first_run() -> bool:
    """Where there is no run, but a job that records one, say so and go on when it is there; return whether it is so."""
    run = _first_run()
    if run:
        st.info(
            f"There is no recorded run yet, but {markdown_safe(run)} is under way. This page goes on by itself as soon as "
            "the first epoch is recorded.",
            icon=":material/hourglass_top:",
        )
        st.fragment(_look_for_runs, run_every=EVERY_SECONDS, key="first_run")()
    return bool(run)


def _first_run() -> str:
    """Return a run that a job under way records, the oldest job's; "" where there is none or their table can't be read."""
    try:
        found = [turns.run_recorded(job.arguments) for job in queue.all_jobs() if job.active]
    except EngineError:
        return ""
    return next(filter(None, reversed(found)), "")


def _look_for_runs() -> None:
    """Run the page again where there is a run now, or where nobody records one any more."""
    if store.run_names() or not _first_run():
        st.rerun()


@contextmanager
def going_on() -> Iterator[None]:
    """Where a page can't begin with the run shown for want of epochs, wait for those that are being recorded."""
    try:
        yield
    except EngineError as error:
        run = st.session_state.get("run") or next(iter(store.run_names()), "")
        done = _done(run)
        wanting = done == 0 or (done < ENOUGH and isinstance(error, WindowError))
        if not wanting or not _is_recorded(run):
            raise
        st.info(
            f"{markdown_safe(run)} is being recorded; it has {counted(done, '{epoch|epochs}')} so far. This page goes on by "
            f"itself as soon as there are enough; two windows need {ENOUGH}.",
            icon=":material/hourglass_top:",
        )
        st.fragment(_look_again, run_every=EVERY_SECONDS, key="growing")(run, done)
        st.stop()


def _look_again(run: str, done: int) -> None:
    """Run the page again where the run has more epochs than before, or where nobody records it any more."""
    if _done(run) > done or not _is_recorded(run):
        st.rerun()


def _is_recorded(run: str) -> bool:
    """Return whether a job, a command line or somebody's own loop records a run; the last two have no job, but its lock."""
    return queue.recorder_of(run) is not None or store.is_being_written(paths.run_folder(run))


def _done(run: str) -> int:
    """Return how many epochs of a run are there; as many as are enough where it can't be read, which is told elsewhere."""
    try:
        return store.RunFile(paths.run_folder(run)).done()
    except EngineError:
        return ENOUGH
