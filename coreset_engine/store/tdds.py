"""Dynamics as the code of TDDS keeps them: `<epoch>_Output.npy` and `<epoch>_Index.npy`, rows in the order drawn."""

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coreset_engine import memory
from coreset_engine.arrays import read_npy
from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import EngineError, RunError
from coreset_engine.names import counted

LABELS = "labels.npy"
_FILE = re.compile(r"(\d+)_(Output|Index|Loss)\.npy", re.IGNORECASE)


def is_one_of(path: Path) -> bool:
    """Return whether a file is called as the code of TDDS calls one of an epoch's."""
    return _FILE.fullmatch(path.name) is not None


def read(folder: Path) -> Dynamics:
    """Return the dynamics in a folder of that code; its outputs are logits, and the epoch with the lowest number is 1.

    That code keeps no labels: `labels.npy` (N,), classes in the order of the train split, must lie beside its files.

    Raises:
        RunError: a file is missing or can't be read, an epoch is missing, or a row was drawn never or twice.
        DynamicsError: outputs and labels do not fit together.

    Source: Zhang et al. 2024, github.com/zhangxin-xd/Dataset-Pruning-TDDS (`train.py --dynamics`).
    """
    outputs, orders = (dict(_files(folder, kind)) for kind in ("output", "index"))
    if not outputs or set(outputs) != set(orders):
        alone = sorted(set(outputs) ^ set(orders))
        what = f"epoch {alone[0]} has only one of them" if alone else "it has none, nor a dynamics_epoch_0.jsonl"
        raise RunError(f"{folder} must hold <epoch>_Output.npy and <epoch>_Index.npy for every epoch; {what}.")
    epochs = sorted(outputs)
    absent = sorted(set(range(epochs[0], epochs[-1] + 1)) - set(epochs))
    if absent:
        raise RunError(f"{folder} lacks {absent[0]}_Output.npy, between epochs that are there. Copy it too.")
    if not (folder / LABELS).is_file():
        raise RunError(
            f"{folder} has no {LABELS}: the code of TDDS keeps no labels. Write them beside its files with "
            f"numpy.save({LABELS!r}, labels), (N,) classes in the order of the train split."
        )
    sizes = sum(path.stat().st_size for path in outputs.values())
    memory.refuse_beyond(folder, 2 * sizes)  # each epoch in order, and all of them together
    labels = _array(folder / LABELS)
    if not labels.ndim:
        raise RunError(f"{LABELS} in {folder} is a single value; it must be (N,), one class for each sample.")
    ordered = [_in_order(outputs[epoch], orders[epoch], len(labels)) for epoch in epochs]
    widths = [values.shape[1] for values in ordered]
    other = next((at for at, width in enumerate(widths) if width != widths[0]), None)
    if other is not None:
        raise RunError(
            f"{outputs[epochs[other]].name} has {widths[other]:,} classes, {outputs[epochs[0]].name} {widths[0]:,}. Keep "
            "the files of one training alone in the folder."
        )
    rows = np.stack(ordered)
    found = Dynamics.of_outputs(rows, labels, folder.name, are_logits=True)
    said = (
        f"Read as the files of TDDS: logits of epochs {epochs[0]} to {epochs[-1]}, called 1 to {len(epochs)} here; each "
        "epoch's rows were put from the order drawn into that of the train split."
    )
    return Dynamics(
        found.labels, found.signals, found.classes, found.epochs, found.name, read_as=(said, *found.read_as)
    )


def _files(folder: Path, kind: str) -> list[tuple[int, Path]]:
    """Return epoch and path of each file of a kind, "output" or "index"."""
    found = ((_FILE.fullmatch(path.name), path) for path in folder.iterdir())
    return [(int(name[1]), path) for name, path in found if name and name[2].lower() == kind]


def _in_order(output: Path, index: Path, samples: int) -> NDArray:
    """Return an epoch's outputs (N, C) in the order of the train split."""
    values, rows = _array(output), _array(index)
    if values.ndim != 2 or rows.shape != (samples,) or len(values) != samples or rows.dtype.kind not in "iu":
        raise RunError(
            f"{output.name} has shape {values.shape} and {index.name} {rows.shape}; with "
            f"{counted(samples, '{label|labels}')} they must be "
            f"({samples}, C) and ({samples},), whole numbers."
        )
    if not np.array_equal(np.sort(rows), np.arange(samples)):
        raise RunError(
            f"{index.name} does not hold each of the rows 0 to {samples - 1} once. Record every sample once."
        )
    ordered = np.empty_like(values)
    ordered[rows] = values
    return ordered


def _array(path: Path) -> NDArray:
    """Return the array in a .npy file of plain numbers.

    Raises:
        RunError: it can't be read, holds anything else, or declares more than it has.
    """
    try:
        return read_npy(path)
    except EngineError as error:
        raise RunError(f"{path} can't be read as an array: {error}") from None
