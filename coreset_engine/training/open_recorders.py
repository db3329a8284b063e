"""Recorders of this process that write: one per run, and what one gives up when it is closed or nobody holds it."""

import gc
import os
from collections.abc import MutableMapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from coreset_engine.errors import RunError
from coreset_engine.store import RunClaim, RunWriter

_recorders: MutableMapping[Path, Any] = WeakValueDictionary()  # of this process, by the run's folder


def note_open(folder: Path, recorder: Any) -> None:
    """Remember that a recorder of this process writes the run of a folder."""
    _recorders[folder] = recorder


def refuse_open(run: str, folder: Path) -> None:
    """Refuse a run that a recorder of this very process has not closed yet, as a notebook's cell that failed leaves one.

    Raises:
        RunError: there is such a recorder.
    """
    if folder in _recorders:
        gc.collect()  # one that only a callback or an error of its own still holds is nobody's
    if _is_open(folder):  # no name here holds it: a notebook keeps the frames of the last error
        raise RunError(
            f"The run {run!r} is being written by another Recorder of this process. Call close() of that one first, or run "
            "this again where only the error before still held it; `with` closes recorders after an error, too."
        )


def _is_open(folder: Path) -> bool:
    """Return whether a recorder of this process writes the run of a folder."""
    known = _recorders.get(folder)
    return known is not None and not known.is_closed


def give_up(thread: ThreadPoolExecutor, writer: RunWriter, claim: RunClaim | None, process: int) -> None:
    """Give up what a recorder holds: when it is closed, or when nobody holds it any more; what is handed over is written.

    Args:
        thread: that writes; whatever it still had to write would have held the recorder.
        writer: of its file.
        claim: of the run's folder, where it is the recorder's own.
        process: that made the recorder; a fork of it ends without touching the files.
    """
    if os.getpid() != process:
        return
    thread.shutdown(wait=False)  # this may be that very thread
    try:
        writer.close()
    finally:
        if claim is not None:
            claim.close()
