"""The final surrogate's features and logits of the train split, `snapshot.h5`, written once at the end of a run."""

from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from coreset_engine.errors import RunError
from coreset_engine.paths import write_atomically
from coreset_engine.store.foreign import read_dataset

FILE_NAME = "snapshot.h5"
_MEMBERS = ("features", "logits", "labels", "head_weight", "head_bias")


def write_snapshot(folder: Path, arrays: dict[str, NDArray], epoch: int) -> None:
    """Write eval-mode `features` (N, D), `logits` (N, C), `labels`, `head_weight` (C, D) and `head_bias` (C,).

    The image of the file is built in memory and then written with plain writes, so that a full disk is an error and
    not a crash inside HDF5.

    Raises:
        RunError: the disk has no room.
    """
    with h5py.File("snapshot", "w", driver="core", backing_store=False) as file:
        for name in _MEMBERS:
            file.create_dataset(name, data=arrays[name])
        file.attrs.update({"format": np.bytes_(b"coreset-snapshot"), "version": 1, "epoch": epoch})
        file.flush()
        image = file.id.get_file_image()
    try:
        write_atomically(folder / FILE_NAME, image)
    except OSError as error:
        raise RunError(
            f"No room for the snapshot ({len(image):,} bytes at {folder}): {error}. Free some space."
        ) from None


def read_snapshot(folder: Path) -> dict[str, NDArray]:
    """Return the arrays of a run's snapshot.

    Raises:
        RunError: there is none yet, or it is damaged.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        raise RunError(f"{folder.name} has no snapshot yet; it is written when the recording ends.")
    try:
        with h5py.File(path, "r", locking=False) as file:
            arrays = {name: read_dataset(file, name, path) for name in _MEMBERS}
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
        raise RunError(f"{path} can't be read: {error}. Record the run again.") from None
    samples, width = (*arrays["features"].shape, 0, 0)[:2]
    outputs = (*arrays["head_weight"].shape, 0)[0]
    wanted = {"features": (samples, width), "logits": (samples, outputs), "head_weight": (outputs, width)}
    wanted["head_bias"] = (outputs,)
    if any(arrays[name].shape != shape for name, shape in wanted.items()) or arrays["labels"].shape[:1] != (samples,):
        shapes = ", ".join(f"{name} {values.shape}" for name, values in arrays.items())
        raise RunError(f"{path} is damaged: its arrays do not fit together ({shapes}). Record the run again.")
    return arrays
