"""Deleting runs, with a way back until the app is started again while no other app of the cache runs."""

import fcntl
import os
import shutil
from contextlib import suppress
from pathlib import Path

from coreset_engine import named_json, paths
from coreset_engine.access import require_writable
from coreset_engine.errors import RunError
from coreset_engine.faults import unwritable
from coreset_engine.store.claims import RunClaim, clear, is_taken
from coreset_engine.store.layout import FILE_NAME
from coreset_engine.store.writer import lock_folder

_SEARCHES = "searches"  # folder of what searches found, and of a deleted run's own in its folder
_servers: list[int] = []  # locks held until this process ends, one per cache that it serves


def delete_run(run: str, *, now: bool = False) -> None:
    """Delete a run; the one function that does. Its searches go with it, result rows and jobs stay.

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
        _move(_searches(run), target / _SEARCHES)
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
        raise RunError(f"There is no deleted run {run!r}; the trash is emptied when the first app starts.")
    with RunClaim(folder):
        if is_taken(folder):
            raise RunError(f"The run {run!r} can't be restored: another has its name by now. Delete that one first.")
        clear(folder)
        try:
            own = _trash() / run / _SEARCHES
            _move(
                sorted(own.glob("*")), paths.cache_root() / _SEARCHES
            )  # first, so that a killed restoring can be repeated
            with suppress(OSError):  # there were none
                own.rmdir()
            own.parent.rename(folder)
        except OSError as error:
            raise RunError(unwritable(f"The folder of the run {run!r}", error)) from None


def deleted_runs() -> list[str]:
    """Return the names of the runs in the trash, sorted."""
    return sorted(path.parent.name for path in _trash().glob(f"*/{FILE_NAME}"))


def empty_trash() -> None:
    """Delete the runs in the trash for good, with searches that a killed deleting did not move there."""
    for folder in _trash().glob("*"):
        if not is_taken(paths.runs_folder() / folder.name):  # else they are those of the run that has its name by now
            for path in _searches(folder.name):
                with suppress(OSError):
                    path.unlink()
    shutil.rmtree(_trash(), ignore_errors=True)


def open_for_server() -> None:
    """Empty the trash unless another server of this cache lives, and hold a lock that says that this one does.

    The kernel frees the lock when this process ends, however that comes. Where none can be made, nothing is emptied.
    """
    root = paths.cache_root()
    try:
        root.mkdir(parents=True, exist_ok=True)
        lock = os.open(root / "servers.lock", os.O_RDONLY | os.O_CREAT, 0o644)
    except OSError:
        return
    _servers.append(lock)
    with suppress(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        empty_trash()
    fcntl.flock(lock, fcntl.LOCK_SH)


def _searches(run: str) -> list[Path]:
    """Return the files of the searches over a run, their journals among them; of one that can't be read none."""
    found: list[Path] = []
    for path in sorted((paths.cache_root() / _SEARCHES).glob("*.json")):
        with suppress(OSError, ValueError):
            if run in named_json.unsealed(path)[0].get("argv", ())[:1]:
                found += sorted(path.parent.glob(f"{path.stem}.*"))
    return found


def _move(files: list[Path], target: Path) -> None:
    """Move files into a folder, which is made for the first one."""
    for path in files:
        target.mkdir(exist_ok=True)
        path.rename(target / path.name)


def _trash() -> Path:
    """Return the folder of deleted runs: on the disk of the others, under a name that no run has."""
    return paths.runs_folder() / ".trash"
