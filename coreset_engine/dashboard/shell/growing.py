"""Runs of few epochs that a job is still recording: a page that needs more of them says so and goes on by itself."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from coreset_engine import paths, store
from coreset_engine.dashboard.shell.texts import markdown_safe
from coreset_engine.errors import EngineError, WindowError
from coreset_engine.executors import queue
from coreset_engine.names import counted

ENOUGH = 4  # epochs, for two windows of 2
EVERY_SECONDS = 2.0


@contextmanager
def going_on() -> Iterator[None]:
    """Where a page can't begin with the run shown for want of epochs, wait for those that a job is recording."""
    try:
        yield
    except EngineError as error:
        run = st.session_state.get("run") or next(iter(store.run_names()), "")
        done = _done(run)
        wanting = done == 0 or (done < ENOUGH and isinstance(error, WindowError))
        if not wanting or queue.recorder_of(run) is None:
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
    if _done(run) > done or queue.recorder_of(run) is None:
        st.rerun()


def _done(run: str) -> int:
    """Return how many epochs of a run are there; as many as are enough where it can't be read, which is told elsewhere."""
    try:
        return store.RunFile(paths.run_folder(run)).done()
    except EngineError:
        return ENOUGH
