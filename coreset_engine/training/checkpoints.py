"""Checkpoints: the state of an unfinished training in one file, whole or not at all."""

import os
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch

from coreset_engine.access import require_writable
from coreset_engine.errors import RunError

# what a file that is no checkpoint, or half of one, makes torch and those who use its content raise
UNREADABLE = (OSError, RuntimeError, KeyError, ValueError, TypeError, EOFError, UnpicklingError)


def write(path: Path, state: dict[str, Any]) -> None:
    """Write `state` under a name of this process's own and rename it to `path`.

    Raises:
        RunError: the disk refuses.
        ViewerError: this process only shows.
    """
    require_writable("write a checkpoint")
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        torch.save(state, part)
        part.replace(path)
    except (OSError, RuntimeError) as error:  # torch wraps a full disk in a RuntimeError
        part.unlink(missing_ok=True)
        raise RunError(f"The checkpoint {path} can't be written: {error}. Free space and resume.") from None


def read(path: Path, device: torch.device) -> dict[str, Any]:
    """Return the state in `path` on a device; nothing in the file is run.

    Raises:
        RunError: it can't be read.
    """
    try:
        return dict(torch.load(path, map_location=device, weights_only=True))
    except UNREADABLE as error:
        raise unreadable(path, error) from None


def remove(path: Path) -> None:
    """Remove the checkpoint of a training that has ended, with what kills have left of writing it."""
    for found in [path, *path.parent.glob(f"{path.stem}.*.part")]:
        found.unlink(missing_ok=True)


def unreadable(path: Path, error: Exception) -> RunError:
    """Return the error that says what to do with a damaged checkpoint."""
    return RunError(f"{path} can't be read: {error}. Delete it to start from epoch 1.")
