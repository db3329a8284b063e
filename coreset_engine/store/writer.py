"""Writing `dynamics.h5`: made once at full size, then filled epoch by epoch with plain `pwrite`.

HDF5's own write path is never used after the file exists: it loses or locks files on a crash, and the process segfaults
when a disk fills under it.
"""

import fcntl
import os
import time
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from coreset_engine.access import require_writable
from coreset_engine.errors import RunError
from coreset_engine.faults import unwritable
from coreset_engine.store.layout import FILE_NAME, RunInfo, array_types, metric_types, row_types, sealed
from coreset_engine.store.structure import open_checked

_HEADER_ROOM = 1 << 20  # attributes and object headers, generously
_PATIENCE = 0.3  # seconds: `is_being_written` holds the lock for an instant, which is no reason to refuse a writer


class RunWriter:
    """The only writer of one run's `dynamics.h5`; holds the run folder's lock until closed."""

    def __init__(
        self, folder: Path, info: RunInfo | None = None, labels: NDArray | None = None, *, lock: int = -1
    ) -> None:
        """Open the file in `folder`; make it first when `info` and `labels` are given.

        Args:
            folder: the run's.
            info: attributes of a file to be made.
            labels: of a file to be made.
            lock: the folder's, from `lock_folder`, where the caller holds it already.

        Raises:
            RunError: another writer holds the folder, the disk has no room, or the file is damaged.
            ViewerError: this process only shows.
        """
        require_writable("write a run")
        self._lock = os.dup(lock) if lock >= 0 else lock_folder(folder, make=True)
        self._file = -1
        self._path = path = folder / FILE_NAME
        try:
            if info is not None and labels is not None:
                _create(path, info, labels)
            self.info, self._offsets, self._version, _ = open_checked(path)
            self._file = os.open(path, os.O_RDWR)
        except OSError as error:
            self.close()
            raise RunError(unwritable(path, error)) from None
        except BaseException:
            self.close()
            raise
        self._rows = row_types(self.info)

    def write_epoch(self, epoch: int, rows: dict[str, NDArray], metrics: dict[str, Any]) -> None:
        """Write epoch `epoch` (from 1): rows, metrics, checksums, and last the flag that says it is whole.

        A sum is 0 until its rows lie there, so that a flag that was lost can be told from an epoch that is being redone.

        Raises:
            RunError: the epoch does not exist, a row is missing, a row or a metric has a wrong shape, or the disk refuses.
        """
        if not 1 <= epoch <= self.info.epochs:
            raise RunError(f"Epoch {epoch} can't be written: the run was made for epochs 1 to {self.info.epochs}.")
        blocks = {name: self._block(name, rows) for name in self._rows}
        figures = self._figures(metrics)
        later = self._version > 1
        row = epoch - 1
        try:
            self._put("epochs/done", row, np.zeros(1, "u1"))  # when an epoch is redone it is not whole in between
            if later:
                self._put("epochs/crc32", row, np.zeros(1, "<u4"))
            for name, block in (blocks | figures).items():
                self._put(f"epochs/{name}", row, block)
            if later:
                self._put("epochs/metrics_crc32", row, _sum(figures))
            self._put("epochs/crc32", row, _sum(blocks))
            os.fdatasync(self._file)  # a power cut must not leave the flag without the rows
            self._put("epochs/done", row, np.ones(1, "u1"))
        except OSError as error:
            raise RunError(unwritable(f"Epoch {epoch} of {self._path}", error)) from None

    def sync(self) -> None:
        """Return when everything written is on the disk."""
        os.fdatasync(self._file)

    def close(self) -> None:
        """Sync, close and give up the lock; harmless when called twice."""
        try:
            if self._file >= 0:
                self.sync()
        finally:
            for held in (self._file, self._lock):
                if held >= 0:
                    os.close(held)
            self._file = self._lock = -1

    def _block(self, name: str, rows: dict[str, NDArray]) -> NDArray:
        """Return one row as contiguous little-endian bytes of the file's type."""
        shape, dtype = self._rows[name]
        if name not in rows or np.shape(rows[name]) != shape:
            given = np.shape(rows[name]) if name in rows else "missing"
            raise RunError(f"The row of {name} must have shape {shape}; it is {given}.")
        return np.ascontiguousarray(rows[name], dtype)

    def _figures(self, metrics: dict[str, Any]) -> dict[str, NDArray]:
        """Return one epoch's metrics as they lie in the file; NaN where one was not measured.

        Raises:
            RunError: one has a wrong shape.
        """
        figures = {}
        for name, (shape, dtype) in metric_types(self.info, self._version).items():
            given = metrics.get(name, np.nan)
            if name in metrics and np.shape(given) != shape:
                raise RunError(f"The metric {name} must have shape {shape}; it is {np.shape(given)}.")
            try:
                figures[name] = np.full(shape or 1, given, dtype)
            except (TypeError, ValueError):
                raise RunError(f"The metric {name} must be a number; it is {given!r}.") from None
        return figures

    def _put(self, path: str, row: int, block: NDArray) -> None:
        """Write `block` as row `row` of one dataset."""
        view = block.data.cast("B")
        offset = self._offsets[path] + row * len(view)
        while len(view):
            written = os.pwrite(self._file, view, offset)
            view, offset = view[written:], offset + written


def _sum(blocks: dict[str, NDArray]) -> NDArray[np.uint32]:
    """Return the CRC-32 over blocks in their order; 1 where it is 0, which means that there is none."""
    crc = 0
    for block in blocks.values():
        crc = zlib.crc32(block.data, crc)
    return np.array([crc or 1], "<u4")


def lock_folder(folder: Path, *, make: bool = False) -> int:
    """Return a descriptor that holds the folder's lock until it is closed or the process ends.

    Args:
        folder: the run's.
        make: make it when missing.

    Raises:
        RunError: another process is writing this run, or its folder is missing or can't be made.
    """
    deadline = time.monotonic() + _PATIENCE
    while True:
        descriptor = _open_folder(folder, make)
        if descriptor >= 0:
            with suppress(BlockingIOError):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if _is_open(folder, descriptor):  # else it was renamed or removed meanwhile
                    return descriptor
            os.close(descriptor)
        if time.monotonic() > deadline:
            raise RunError(
                f"The run {folder.name!r} is being written by another process. Wait for it, or cancel it with "
                "`jobs cancel`."
            )
        time.sleep(0.02)


def _open_folder(folder: Path, make: bool) -> int:
    """Return a descriptor of a folder, -1 where it was removed since it was made.

    Raises:
        RunError: it is missing or can't be made.
    """
    try:
        if make:
            folder.mkdir(parents=True, exist_ok=True)
        return os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        if make:
            return -1
        raise RunError(f"There is no run {folder.name!r}. `runs` lists those that exist.") from None
    except OSError as error:
        raise RunError(unwritable(f"The run at {folder}", error)) from None


def _is_open(folder: Path, descriptor: int) -> bool:
    """Return whether a descriptor is that of the folder which has this name now."""
    try:
        return os.path.samestat(os.fstat(descriptor), folder.stat())
    except FileNotFoundError:
        return False


def is_being_written(folder: Path) -> bool:
    """Return whether another process holds the lock of a run's folder; nobody writes one that is not there."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _create(path: Path, info: RunInfo, labels: NDArray) -> None:
    """Make the file of `info` under a temporary name with all its blocks reserved, then rename it."""
    info.check_size(str(path))
    part = path.with_suffix(".part")
    arrays = array_types(info)
    size = sum(int(np.prod(shape)) * dtype.itemsize for shape, dtype in arrays.values()) + _HEADER_ROOM
    try:
        _reserve(part, size, os.O_CREAT | os.O_TRUNC)  # a full disk must be met here: below it, HDF5 would crash
        stored = labels.astype(arrays["labels"][1])
        offsets = _lay_out(part, arrays, sealed(info.attributes(), stored))
        _reserve(part, part.stat().st_size)
        _fill(part, offsets, stored, info)
        part.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
    except OSError as error:
        raise RunError(unwritable(f"The run's dynamics ({size / 2**20:,.1f} MiB at {path.parent})", error)) from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _reserve(path: Path, size: int, flags: int = 0) -> None:
    """Reserve `size` bytes on the disk for `path`.

    Raises:
        OSError: the disk or a quota has no room for them.
    """
    descriptor = os.open(path, os.O_RDWR | flags, 0o644)
    try:
        os.posix_fallocate(descriptor, 0, size)
    finally:
        os.close(descriptor)


def _lay_out(
    path: Path, arrays: dict[str, tuple[tuple[int, ...], np.dtype]], attributes: dict[str, Any]
) -> dict[str, int]:
    """Write the HDF5 structure without data and return each dataset's offset in the file."""
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_layout(h5py.h5d.CONTIGUOUS)
    plist.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    plist.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    offsets = {}
    with h5py.File(path, "w", locking=False) as file:
        file.create_group("epochs")
        for name, (shape, dtype) in arrays.items():
            space = h5py.h5s.create_simple(shape)
            dataset = h5py.h5d.create(file.id, name.encode(), h5py.h5t.py_create(dtype), space, plist)
            offsets[name] = dataset.get_offset()
        file.attrs.update(attributes)
    return offsets


def _fill(path: Path, offsets: dict[str, int], labels: NDArray, info: RunInfo) -> None:
    """Write the labels, no epoch done, and NaN for every metric; sync."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.pwrite(descriptor, labels.tobytes(), offsets["labels"])
        os.pwrite(descriptor, bytes(info.epochs), offsets["epochs/done"])
        for name, (shape, dtype) in metric_types(info).items():
            os.pwrite(descriptor, np.full((info.epochs, *shape), np.nan, dtype).tobytes(), offsets[f"epochs/{name}"])
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
