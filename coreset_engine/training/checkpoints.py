"""Checkpoints: the state of an unfinished training in one file, whole or not at all.

A line with the CRC-32 of what torch saved stands before it, since torch does not look at the sums within. Files of before
have no such line.
"""

import io
import os
import zlib
from contextlib import suppress
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch

from coreset_engine.access import require_writable
from coreset_engine.errors import RunError
from coreset_engine.faults import unwritable

# what a file that is no checkpoint, or half of one, makes torch and those who use its content raise
UNREADABLE: tuple[type[Exception], ...] = (OSError, RuntimeError, LookupError, ValueError, TypeError, EOFError)
UNREADABLE += (ArithmeticError, MemoryError, AssertionError, UnpicklingError, AttributeError)
_MARK = b"coreset-checkpoint 2 "
_LINE = len(_MARK) + 9  # eight digits and the line's end


def write(path: Path, state: dict[str, Any]) -> None:
    """Write `state` under a name of this process's own and rename it to `path`.

    Raises:
        RunError: the disk refuses.
        ViewerError: this process only shows.
    """
    require_writable("write a checkpoint")
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        saved = io.BytesIO()
        torch.save(state, saved)
        with part.open("wb") as file:
            file.write(_MARK + b"%08x\n" % zlib.crc32(saved.getbuffer()))
            file.write(saved.getbuffer())
        part.replace(path)
    except (OSError, RuntimeError) as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise RunError(unwritable(f"The checkpoint {path}", error)) from None


def read(path: Path, device: torch.device) -> dict[str, Any]:
    """Return the state in `path` on a device; nothing in the file is run.

    Raises:
        RunError: it can't be read.
    """
    try:
        content = path.read_bytes()
        if content.startswith(_MARK):
            if content[len(_MARK) : _LINE] != b"%08x\n" % zlib.crc32(memoryview(content)[_LINE:]):
                raise ValueError("it does not match its checksum")
            content = content[_LINE:]
        return dict(torch.load(io.BytesIO(content), map_location=device, weights_only=True))
    except UNREADABLE as error:
        raise unreadable(path, error) from None


def is_checked(path: Path) -> bool:
    """Return whether a checkpoint holds a sum."""
    with path.open("rb") as file:
        return file.read(len(_MARK)) == _MARK


def remove(path: Path) -> None:
    """Remove the checkpoint of a training that has ended, with what kills have left of writing it."""
    for found in [path, *path.parent.glob(f"{path.stem}.*.part")]:
        found.unlink(missing_ok=True)


def unreadable(path: Path, error: Exception) -> RunError:
    """Return the error that says what to do with a damaged checkpoint."""
    return RunError(f"{path} can't be read: {error}. Delete it to start from epoch 1.")
