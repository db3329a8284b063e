"""A surrogate's features and logits of the train split after one epoch.

`snapshot.h5` is that of the last epoch, written at the end of a recording; `snapshot-0010.h5` that of epoch 10, written
when the epoch ends where it was asked for.
"""

import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from coreset_engine.access import require_writable
from coreset_engine.errors import RunError, newer_file
from coreset_engine.faults import unwritable
from coreset_engine.paths import write_atomically
from coreset_engine.store.foreign import checked_dataset, read_dataset
from coreset_engine.store.layout import ATTRIBUTES_SUM, attributes_sum
from coreset_engine.store.layout import FILE_NAME as DYNAMICS
from coreset_engine.store.reader import RunFile
from coreset_engine.store.signals import MAPPED
from coreset_engine.store.structure import UNREADABLE

FILE_NAME = "snapshot.h5"
FORMAT = b"coreset-snapshot"
VERSION = 2  # version 1 has no sums
_NAME = re.compile(r"snapshot-(\d{4,6})\.h5")
_MEMBERS = ("features", "logits", "labels", "head_weight", "head_bias")
_OF_VAL = ("val_features", "val_logits", "val_labels")  # which files of before lack


def write_snapshot(folder: Path, arrays: dict[str, NDArray], epoch: int, *, final: bool = True) -> None:
    """Write eval-mode `features` (N, D), `logits` (N, C), `labels`, `head_weight` (C, D) and `head_bias` (C,).

    Beside them `val_features`, `val_logits` and `val_labels` of the val split, where all three are given.

    The image of the file is built in memory and then written with plain writes, so that a full disk is an error and
    not a crash inside HDF5.

    Args:
        folder: the run's.
        arrays: those above by name.
        epoch: after which they are, from 1.
        final: whether that is the recording's end; the file's name tells.

    Raises:
        RunError: the disk has no room.
    """
    members = (*_MEMBERS, *_OF_VAL) if set(_OF_VAL) <= set(arrays) else _MEMBERS
    with h5py.File("snapshot", "w", driver="core", backing_store=False) as file:
        for name in members:
            file.create_dataset(name, data=arrays[name])
        sums = {f"{name}_crc32": zlib.crc32(np.ascontiguousarray(arrays[name]).data) for name in members}
        attributes = {"format": np.bytes_(FORMAT), "version": VERSION, "epoch": epoch} | sums
        file.attrs.update(attributes | {ATTRIBUTES_SUM: attributes_sum(attributes)})
        file.flush()
        image = file.id.get_file_image()
    try:
        write_atomically(folder / (FILE_NAME if final else f"snapshot-{epoch:04d}.h5"), image)
    except OSError as error:
        raise RunError(unwritable(f"The snapshot ({len(image):,} bytes at {folder})", error)) from None


def read_snapshot(folder: Path, epoch: int | None = None) -> dict[str, NDArray]:
    """Return the arrays of a run's snapshot: the final one, or that after `epoch` (from 1); those of val where it has them.

    Raises:
        RunError: there is none yet, or it is damaged; of an epoch, the message lists those that exist.
    """
    if epoch is None:
        if not (folder / FILE_NAME).is_file():
            _refuse_folds(folder)
            raise RunError(
                f"{folder.name} has no snapshot yet; it is written when a recording ends. Imported dynamics, and those of a "
                "training loop of your own, have none: give features by Snapshot.from_arrays in Python."
            )
        return _read(folder / FILE_NAME)
    found = _files(folder)
    if epoch not in found:
        _refuse_folds(folder)
        known = ", ".join(map(str, sorted(found))) or "none yet"
        raise RunError(
            f"{folder.name} has no snapshot of epoch {epoch}. It has: {known}. `record --snapshots` asks for more."
        )
    return _read(found[epoch])


def _refuse_folds(folder: Path) -> None:
    """Say why a run with folds has no snapshot.

    Raises:
        RunError: it has folds.
    """
    folds = RunFile(folder).info.folds if (folder / DYNAMICS).is_file() else 0
    if folds:
        raise RunError(
            f"{folder.name} has no snapshot, since it was recorded with folds: {folds} networks scored it, of which none is "
            "that of all samples. Record it without --folds for what reads features."
        )


def snapshot_epochs(folder: Path) -> list[int]:
    """Return the epochs, from 1, of which a run has a snapshot, the last one included when the recording has ended.

    Raises:
        RunError: the final snapshot is damaged.
    """
    return sorted(_files(folder))


def snapshot_sums(folder: Path) -> dict[int, int]:
    """Return the checksum of the features of each snapshot of a run by its epoch; 0 of a file of before, which has none.

    Raises:
        RunError: a snapshot is damaged.
    """
    found = {}
    for epoch, path in _files(folder).items():
        with _opened(path) as file:
            found[epoch] = int(file.attrs.get("features_crc32", 0))
    return found


def feature_width(folder: Path) -> int | None:
    """Return D, the width of the features in a run's final snapshot; None where there is none. No array is read.

    Raises:
        RunError: the snapshot can't be read.
    """
    if not (folder / FILE_NAME).is_file():
        return None
    with _opened(folder / FILE_NAME) as file:
        return int(file["features"].shape[1])


def clear_snapshots(folder: Path) -> None:
    """Remove every snapshot of a run, since its recording begins anew.

    Raises:
        ViewerError: this process only shows.
    """
    require_writable("delete snapshots")
    for path in [folder / FILE_NAME, *folder.glob("snapshot-*.h5")]:
        path.unlink(missing_ok=True)


def _files(folder: Path) -> dict[int, Path]:
    """Return the snapshot files by their epoch."""
    found = {}
    for path in folder.glob("snapshot-*.h5"):
        if name := _NAME.fullmatch(path.name):
            found[int(name[1])] = path
    final = folder / FILE_NAME
    if final.is_file():
        with _opened(final) as file:
            found[int(file.attrs["epoch"])] = final
    return found


@contextmanager
def _opened(path: Path) -> Iterator[h5py.File]:
    """Yield a snapshot's file.

    Raises:
        RunError: it can't be read.
    """
    try:
        with h5py.File(path, "r", locking=False) as file:
            _check_attributes(path, dict(file.attrs))
            yield file
    except UNREADABLE as error:
        raise RunError(f"{path} can't be read: {error}. Record the run again.") from None


def _check_attributes(path: Path, attributes: dict[str, Any]) -> None:
    """Raise unless a file's attributes are those of a snapshot and match their sum.

    Raises:
        RunError: it is newer than the program.
        ValueError: it is no snapshot, or an attribute has changed.
    """
    version = int(attributes["version"])
    if attributes["format"] == FORMAT and version > VERSION:
        raise RunError(newer_file(path, version, VERSION))
    if attributes["format"] != FORMAT or version < 1:
        raise ValueError(f"format {attributes['format']!r} version {version}")
    if version > 1 and attributes.get(ATTRIBUTES_SUM) != attributes_sum(attributes):
        raise ValueError("its description does not match its checksum")


def check(path: Path) -> bool:
    """Return whether a snapshot's file holds sums, all of which match.

    Raises:
        RunError: it is damaged.
    """
    _read(path)
    with _opened(path) as file:
        return int(file.attrs["version"]) > 1


def _read(path: Path) -> dict[str, NDArray]:
    """Return the arrays of one file.

    Raises:
        RunError: it is damaged, or an array does not match its checksum.
    """
    with _opened(path) as file:
        of_val = _OF_VAL if any(f"{name}_crc32" in file.attrs for name in _OF_VAL) else ()
        # in this machine's byte order, as they were summed: else a file that says another order would match its sums
        arrays = {name: _native(_array_of(file, name, path)) for name in (*_MEMBERS, *of_val)}
        sums = {name: int(file.attrs[f"{name}_crc32"]) for name in arrays} if int(file.attrs["version"]) > 1 else {}
    if damaged := [name for name, crc in sums.items() if crc != zlib.crc32(np.ascontiguousarray(arrays[name]).data)]:
        raise RunError(f"{path} is damaged: {', '.join(damaged)} do not match their checksum. Record the run again.")
    if not _fit_together(arrays):
        shapes = ", ".join(f"{name} {values.shape}" for name, values in arrays.items())
        raise RunError(f"{path} is damaged: its arrays do not fit together ({shapes}). Record the run again.")
    return arrays


def _array_of(file: h5py.File, name: str, path: Path) -> NDArray:
    """Return one array; from `MAPPED` bytes on a map of the file, of which selections read class after class."""
    dataset = checked_dataset(file, name, path)
    offset = dataset.id.get_offset()
    if dataset.nbytes < MAPPED or offset is None or dataset.chunks is not None:
        return read_dataset(file, name, path)
    return np.asarray(np.memmap(path, dataset.dtype, "r", offset, dataset.shape))


def _native(values: NDArray) -> NDArray:
    """Return values in this machine's byte order."""
    return values.astype(values.dtype.newbyteorder("="), copy=False)


def _fit_together(arrays: dict[str, NDArray]) -> bool:
    """Return whether all arrays have the shapes that those of the features and of the head ask for."""
    width = (*arrays["features"].shape, 0, 0)[1]
    outputs = (*arrays["head_weight"].shape, 0)[0]
    wanted: dict[str, tuple[int, ...]] = {"head_weight": (outputs, width), "head_bias": (outputs,)}
    for prefix in ("", "val_") if _OF_VAL[0] in arrays else ("",):
        samples = (*arrays[f"{prefix}features"].shape, 0)[0]
        wanted |= {f"{prefix}features": (samples, width), f"{prefix}logits": (samples, outputs)}
        wanted[f"{prefix}labels"] = (samples, *arrays["labels"].shape[1:])
    return all(arrays[name].shape == shape for name, shape in wanted.items())
