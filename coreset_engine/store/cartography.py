"""Dynamics as the code of data maps (cartography) keeps them: `dynamics_epoch_<epoch>.jsonl`, one line per sample."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine import memory
from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import RunError

_FILE = re.compile(r"dynamics_epoch_(\d+)\.jsonl", re.IGNORECASE)
_SUB = "training_dynamics"  # the folder inside that code's output


def is_one_of(path: Path) -> bool:
    """Return whether a file is one of an epoch's by its name, or a folder holds such files."""
    return bool(_files(path)) if path.is_dir() else path.is_file() and _FILE.fullmatch(path.name) is not None


def read(folder: Path) -> Dynamics:
    """Return the dynamics in a folder of that code; its outputs are logits, and the epoch with the lowest number is 1.

    Each line has `guid`, which must be the sample's row in the train split, from 0; `logits_epoch_<epoch>`; and `gold`.

    Raises:
        RunError: a file can't be read, an epoch is missing, or a row is missing, comes twice or changes its class.
        DynamicsError: outputs and labels do not fit together.

    Source: Swayamdipta et al. 2020, github.com/allenai/cartography (`log_training_dynamics`).
    """
    files = _files(folder)
    epochs = sorted(files)
    absent = sorted(set(range(epochs[0], epochs[-1] + 1)) - set(epochs))
    if absent:
        raise RunError(f"{folder} lacks dynamics_epoch_{absent[0]}.jsonl, between epochs that are there. Copy it too.")
    memory.refuse_beyond(folder, 2 * sum(path.stat().st_size for path in files.values()))
    parts = [_epoch(files[epoch], epoch) for epoch in epochs]
    (first, labels), start = parts[0], files[epochs[0]].name
    for epoch, (values, known) in zip(epochs, parts, strict=True):
        if values.shape != first.shape:
            raise RunError(
                f"{files[epoch].name} has {values.shape[0]:,} samples of {values.shape[1]} classes, {start} "
                f"{first.shape[0]:,} of {first.shape[1]}. Keep the files of one training alone in the folder."
            )
        changed = np.flatnonzero(known != labels)
        if len(changed):
            raise RunError(
                f"{files[epoch].name}: gold of guid {changed[0]} is {known[changed[0]]}, in {start} {labels[changed[0]]}. "
                "Keep the files of one training alone in the folder."
            )
    found = Dynamics.of_outputs(np.stack([values for values, _ in parts]), labels, folder.name, are_logits=True)
    said = (
        f"Read as the files of cartography: logits of epochs {epochs[0]} to {epochs[-1]}, called 1 to {len(epochs)} here; "
        "guid was taken for the row of the train split."
    )
    return Dynamics(
        found.labels, found.signals, found.classes, found.epochs, found.name, read_as=(said, *found.read_as)
    )


def _files(folder: Path) -> dict[int, Path]:
    """Return the path of each epoch's file in a folder, or in its sub-folder of that code's name."""
    for place in (folder, folder / _SUB):
        found = ((_FILE.fullmatch(path.name), path) for path in (place.iterdir() if place.is_dir() else ()))
        files = {int(name[1]): path for name, path in found if name and path.is_file()}
        if files:
            return files
    return {}


def _epoch(path: Path, epoch: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return the logits (N, C) and the labels (N,) of a file, in the order of the train split."""
    key = f"logits_epoch_{epoch}"
    lines = _lines(path)
    rows = [_row(line.get("guid"), path) for line in lines]
    if sorted(rows) != list(range(len(rows))):
        raise RunError(
            f"{path.name}: guid must be each of the rows 0 to {len(rows) - 1} of the train split once. Write row numbers as "
            "guid, each sample in every epoch."
        )
    try:
        with np.errstate(over="ignore"):
            values = np.array([line[key] for line in lines], np.float64).astype(np.float32)
    except (KeyError, TypeError, ValueError):
        values = np.empty(0, np.float32)
    labels = np.array([line.get("gold") for line in lines])
    if values.ndim != 2 or labels.dtype.kind not in "iu" or labels.ndim != 1:
        raise RunError(
            f"{path.name}: each line needs `guid`, `{key}`, one number per class, and `gold`, a class from 0."
        )
    order = np.argsort(rows)
    return values[order], labels[order].astype(np.int64)


def _lines(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a file, one in each line.

    Raises:
        RunError: there is none, or a line is no object.
    """
    found: list[dict[str, Any]] = []
    try:
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                made = json.loads(line) if line.strip() else None
                if made is not None and not isinstance(made, dict):
                    raise ValueError(f"line {number}")
                found += [made] if made is not None else []
    except (OSError, ValueError, RecursionError) as error:
        raise RunError(f"{path} can't be read as one JSON object per line ({error}). Write it again.") from None
    if not found:
        raise RunError(f"{path} is empty. Write it again.")
    return found


def _row(guid: Any, path: Path) -> int:
    """Return a guid as a row of the train split.

    Raises:
        RunError: it is none.
    """
    text = str(guid)
    if isinstance(guid, bool) or not (text.isascii() and text.isdigit() and len(text) < 16):
        raise RunError(
            f"{path.name}: guid {text[:40]!r} is no row of the train split. Write row numbers, from 0, as guid."
        )
    return int(text)
