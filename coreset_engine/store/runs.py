"""The run folders of the cache: names, what was asked (`run.json`), loading, checking."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from coreset_engine import named_json, paths
from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import EngineError, RunError
from coreset_engine.faults import unwritable
from coreset_engine.store.layout import FILE_NAME
from coreset_engine.store.reader import RunFile

_REQUEST = "run.json"
_READ_AS = "read_as"


def run_names() -> list[str]:
    """Return the names of all runs in the cache whose dynamics file exists, sorted."""
    found = (path.parent.name for path in paths.runs_folder().glob(f"*/{FILE_NAME}"))
    return sorted(name for name in found if not name.startswith("."))  # hidden ones are being built


def load_run(run: str) -> Dynamics:
    """Return the dynamics of a run by its name in the cache, as far as it is recorded.

    Raises:
        UnknownNameError: the name can't be a run's.
        RunError: the run is missing or its file damaged.
        DynamicsError: no epoch is whole yet.
    """
    return RunFile(paths.run_folder(run)).dynamics()


def run_summary(run: str) -> dict[str, Any]:
    """Return one run as a flat dict: name, data set, architecture, epochs done and asked, samples, classes, mode, size.

    A run that can't be read has the sentence why in `problem`, which is "" otherwise.
    """
    try:
        folder = paths.run_folder(run)
        file = RunFile(folder)
        done, metrics = file.done(), file.metrics()
    except EngineError as error:
        return {"run": run, "problem": str(error)}
    info = file.info
    state: dict[str, Any] = {
        "run": run,
        "dataset": info.dataset,
        "architecture": info.architecture,
        "origin": info.origin,
    }
    state |= {"epochs_done": done, "epochs": info.epochs, "samples": info.samples, "classes": info.classes}
    state |= {"seed": info.seed, "device": info.device, "created": info.created}
    state["val_accuracy"] = float(metrics["val_accuracy"][-1]) if done else float("nan")
    state |= {"mode": info.mode, "dataset_sha256": info.dataset_sha256}
    state["mebibytes"] = round(_size(folder) / 2**20, 2)
    return state | {"problem": ""}


def run_size(run: str) -> int:
    """Return the bytes of a run's files.

    Raises:
        UnknownNameError: the name can't be a run's.
    """
    return _size(paths.run_folder(run))


def _size(folder: Path) -> int:
    """Return the bytes of a folder's files; what has just been renamed or deleted is not counted."""
    total = 0
    with suppress(FileNotFoundError, NotADirectoryError):
        for path in folder.iterdir():
            with suppress(FileNotFoundError):
                total += path.stat().st_size
    return total


def verify(run: str) -> dict[str, Any]:
    """Return what a full check of a run found: epochs done and asked, and the damaged ones.

    Raises:
        RunError: the file as a whole can't be used.
    """
    file = RunFile(paths.run_folder(run))
    return {"run": run, "epochs_done": file.done(), "epochs": file.info.epochs, "damaged": file.damaged_epochs()}


def write_request(folder: Path, request: dict[str, Any], read_as: Sequence[str] = ()) -> None:
    """Write what was asked of a run, before anything else of it exists, and how its input was read.

    Args:
        folder: the run's.
        request: what was asked.
        read_as: one sentence for each thing that reading left out, turned, scaled or took for something.

    Raises:
        RunError: the folder can't be written to.
    """
    try:
        paths.write_atomically(folder / _REQUEST, named_json.sealed(request | {_READ_AS: list(read_as)}))
    except OSError as error:
        raise RunError(unwritable(f"The run at {folder}", error)) from None


def read_request(folder: Path) -> dict[str, Any]:
    """Return what was asked of a run.

    Raises:
        RunError: there is no such run, or its `run.json` is damaged.
    """
    request = _read(folder)
    request.pop(_READ_AS, None)
    return request


def read_as(folder: Path) -> tuple[str, ...]:
    """Return how a run's input was read, one sentence each; none where its `run.json` says nothing of it.

    Raises:
        RunError: its `run.json` is damaged.
    """
    if not (folder / _REQUEST).exists():
        return ()
    return tuple(str(sentence) for sentence in _read(folder).get(_READ_AS, ()))


def _read(folder: Path) -> dict[str, Any]:
    """Return the fields of a run's `run.json`.

    Raises:
        RunError: there is no such run, or the file is damaged.
    """
    path = folder / _REQUEST
    try:
        return named_json.unsealed(path)[0]
    except FileNotFoundError:
        raise RunError(f"There is no run {folder.name!r} to resume. `runs` lists those that exist.") from None
    except (ValueError, OSError) as error:
        raise RunError(f"{path} can't be read: {error}. Start the recording again under a new name.") from None


def utc_now() -> str:
    """Return the time in UTC, as `created` states it."""
    return datetime.now(UTC).isoformat(timespec="seconds")
