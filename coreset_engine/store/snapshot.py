"""The final surrogate's features and logits of the train split, `snapshot.h5`, written once at the end of a run."""

import os
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from coreset_engine.errors import RunError
from coreset_engine.paths import write_atomically

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
            limit = os.path.getsize(path)
            for name in _MEMBERS:
                if file.id.links.get_info(name.encode()).type != h5py.h5l.TYPE_HARD or file[name].nbytes > limit:
                    raise RunError(f"{path}: {name} is not stored in the file itself. Record the run again.")
            return {name: np.asarray(file[name][()]) for name in _MEMBERS}
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
        raise RunError(f"{path} can't be read: {error}. Record the run again.") from None
