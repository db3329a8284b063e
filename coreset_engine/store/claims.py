"""Names of runs: who may write under one, whether one is taken, and what a killed process left."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from coreset_engine import paths
from coreset_engine.access import require_writable
from coreset_engine.config import USUAL
from coreset_engine.errors import EngineError, RunError
from coreset_engine.store.layout import FILE_NAME, RunInfo
from coreset_engine.store.reader import RunFile
from coreset_engine.store.writer import lock_folder

_ASIDE = ".import-"  # begins the names of folders in which an import is built; no run's name begins with a dot
_FILES = ("run.json", "dynamics.*", "snapshot*.h5", "model.safetensors", "checkpoint.pt", "fold-*", ".*.part")
_COMPARED = ("seed", "architecture", "dataset_sha256", "folds", "mode", "probabilities")


class RunClaim:
    """The right to write a run under its name: its folder's lock, taken before anything is written.

    At its end a name under which no epoch and no fold was recorded is free again: its files and its folder are removed.
    """

    def __init__(self, folder: Path) -> None:
        """Claim a run's folder, made when missing.

        Raises:
            RunError: another process is writing this run, or the folder can't be made.
            ViewerError: this process only shows.
        """
        require_writable("write a run")
        self.folder = folder
        self.descriptor = lock_folder(folder, make=True)

    def close(self) -> None:
        """Give the claim up; harmless when called twice."""
        if self.descriptor < 0:
            return
        try:
            if not is_taken(self.folder):
                clear(self.folder)
                with suppress(OSError):  # it holds files of somebody else, or is gone
                    self.folder.rmdir()
        finally:
            os.close(self.descriptor)
            self.descriptor = -1

    def __enter__(self) -> Self:
        """Return the claim itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the claim up."""
        self.close()


def is_taken(folder: Path) -> bool:
    """Return whether a run's folder holds what is to be kept: an epoch, a whole fold, or a file that can't be read."""
    if not (folder / FILE_NAME).exists():
        return False
    if any(folder.glob("fold-*.json")):
        return True
    try:
        return bool(
            RunFile(folder).read("epochs/done").any()
        )  # any: of a run gone on with, the first may be half redone
    except EngineError:
        return True


def clear(folder: Path) -> None:
    """Remove the files that a run's folder may hold; others stay."""
    for pattern in _FILES:
        for path in folder.glob(pattern):
            path.unlink(missing_ok=True)


def refuse_other(run: str, info: RunInfo, asked: dict[str, Any]) -> None:
    """Refuse to go on with a run that was begun otherwise.

    Args:
        run: its name.
        info: what its file says.
        asked: fields of `RunInfo` that are asked for now; of a recipe the fields that the file states are compared.

    Raises:
        RunError: a field differs.
    """
    was: dict[str, Any] = {name: getattr(info, name) for name in _COMPARED}
    was |= USUAL | info.recipe if info.recipe else {}
    now = {name: asked[name] for name in _COMPARED if name in asked}
    now |= USUAL | dict(asked["recipe"]) if asked.get("recipe") else {}
    for name in was:
        if name in now and was[name] != now[name]:
            raise RunError(
                f"The run {run!r} was begun {_with(name, was[name])}, so it can't go on {_with(name, now[name])}. Record "
                "it under a new name."
            )


def _with(name: str, value: object) -> str:
    """Return how a sentence states one field."""
    return f"in {value} mode" if name == "mode" else f"with {name} {'none' if value == '' else value}"


@contextmanager
def built_aside(folder: Path) -> Iterator[RunClaim]:
    """Yield a claim of a hidden folder that takes the name of `folder`, claimed and empty, at the end; none on an error.

    Raises:
        RunError: the folder can't be made or renamed.
    """
    aside = RunClaim(folder.with_name(f"{_ASIDE}{folder.name}-{os.getpid()}"))
    try:
        yield aside
        aside.folder.rename(folder)
        _sync(folder.parent)
    except OSError as error:
        raise RunError(
            f"The run can't be made at {folder}: {error}. Free some space, or choose another name."
        ) from None
    finally:
        shutil.rmtree(aside.folder, ignore_errors=True)
        aside.close()


def sweep() -> None:
    """Remove what killed imports have left: half-built folders and empty ones that nobody holds."""
    for folder in paths.runs_folder().glob("*"):
        with suppress(OSError, RunError):  # it is being written, or may not be
            _sweep_one(folder)


def _sweep_one(folder: Path) -> None:
    """Remove one folder where a killed import has left it.

    Raises:
        OSError: it can't be read or removed.
        RunError: it is being written.
    """
    half_built = folder.name.startswith(_ASIDE)
    if not folder.is_dir() or not (half_built or not any(folder.iterdir())):
        return
    lock = lock_folder(folder)
    try:
        if half_built:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            folder.rmdir()
    finally:
        os.close(lock)


def _sync(folder: Path) -> None:
    """Return when the names in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
