"""Deleting runs, with a way back until the app is started again."""

import os
import shutil
from pathlib import Path

from coreset_engine import paths
from coreset_engine.access import require_writable
from coreset_engine.errors import RunError
from coreset_engine.faults import unwritable
from coreset_engine.store.claims import RunClaim, clear, is_taken
from coreset_engine.store.layout import FILE_NAME
from coreset_engine.store.writer import lock_folder


def delete_run(run: str, *, now: bool = False) -> None:
    """Delete a run; the one function that does. Result rows and jobs stay.

    Args:
        run: its name.
        now: for good; otherwise it lies in the trash, over one of its name there, until `empty_trash`.

    Raises:
        UnknownNameError: the name can't be a run's.
        RunError: there is no such run, or it is being written.
        ViewerError: this process only shows.
    """
    require_writable("delete a run")
    folder = paths.run_folder(run)
    if not folder.is_dir():
        raise RunError(f"There is no run {run!r}. `runs` lists those that exist.")
    lock = lock_folder(folder)
    try:
        target = _trash() / run
        shutil.rmtree(target, ignore_errors=True)
        target.parent.mkdir(exist_ok=True)
        folder.rename(target)  # at once, so that nobody sees half a run
        if now:
            shutil.rmtree(target)
    except OSError as error:
        raise RunError(unwritable(f"The folder of the run {run!r}", error)) from None
    finally:
        os.close(lock)


def restore_run(run: str) -> None:
    """Take a deleted run back from the trash.

    Raises:
        UnknownNameError: the name can't be a run's.
        RunError: it is not in the trash, or its name is taken by now.
        ViewerError: this process only shows.
    """
    require_writable("restore a run")
    folder = paths.run_folder(run)
    if run not in deleted_runs():
        raise RunError(f"There is no deleted run {run!r}; the trash is emptied when the app starts.")
    with RunClaim(folder):
        if is_taken(folder):
            raise RunError(f"The run {run!r} can't be restored: another has its name by now. Delete that one first.")
        clear(folder)
        try:
            (_trash() / run).rename(folder)
        except OSError as error:
            raise RunError(unwritable(f"The folder of the run {run!r}", error)) from None


def deleted_runs() -> list[str]:
    """Return the names of the runs in the trash, sorted."""
    return sorted(path.parent.name for path in _trash().glob(f"*/{FILE_NAME}"))


def empty_trash() -> None:
    """Delete the runs in the trash for good."""
    shutil.rmtree(_trash(), ignore_errors=True)


def _trash() -> Path:
    """Return the folder of deleted runs: on the disk of the others, under a name that no run has."""
    return paths.runs_folder() / ".trash"
