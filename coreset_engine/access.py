"""Viewer mode: whether this process may change anything, asked by every function of the engine that starts or writes."""

import os

from coreset_engine.errors import ViewerError

ENVIRONMENT = "CORESET_VIEWER"  # processes started from here inherit it
FLAG = "--viewer"  # of `streamlit run app.py -- --viewer`
SENTENCE = (
    "This server only shows (viewer mode): nothing can be started, saved, uploaded or deleted here. Ask whoever runs it, or "
    "use the command line on that machine."
)


def is_viewer() -> bool:
    """Return whether this process only shows: `$CORESET_VIEWER` is set, and not to 0."""
    return os.environ.get(ENVIRONMENT, "").strip().lower() not in ("", "0", "false", "no")


def only_view() -> None:
    """Make this process, and those it starts, one that only shows."""
    os.environ[ENVIRONMENT] = "1"


def require_writable(what: str) -> None:
    """Return when this process may change things; the first call of every function that starts, writes or deletes.

    Args:
        what: is about to be done, e.g. "start a job".

    Raises:
        ViewerError: it only shows.
    """
    if is_viewer():
        raise ViewerError(f"Can't {what}. {SENTENCE}")
