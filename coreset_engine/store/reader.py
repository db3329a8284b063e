"""Reading `dynamics.h5`: everything is checked before it is used, and a run can be read while it is being written."""

import os
import stat
import time
import zlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType

import h5py
import numpy as np
from numpy.typing import NDArray

from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import RunError
from coreset_engine.store.layout import FILE_NAME, METRICS, RunInfo, array_types, row_types

_checked: dict[Path, tuple[int, int, int]] = {}  # inode, size and time of each run's file when it was last found whole
_TICK = 100_000_000  # ns: file times advance in steps of some milliseconds
_THREADS = 4  # that check rows: reading and checksums give up the interpreter's lock


def open_checked(path: Path) -> tuple[RunInfo, dict[str, int]]:
    """Return a file's attributes and each dataset's offset, after checking the whole structure.

    Raises:
        RunError: there is no such file, it is damaged, or it is not what this project writes.
    """
    if not path.is_file():
        raise RunError(f"There is no run at {path.parent}. `runs` lists those that exist.")
    try:
        size = path.stat().st_size
        with h5py.File(path, "r", locking=False) as file:
            info = RunInfo.from_attributes(dict(file.attrs), str(path))
            info.check_size(str(path))
            arrays = array_types(info)
            _check_members(file, path, arrays)
            offsets = {name: _check_dataset(file, path, name, *arrays[name]) for name in arrays}
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
        raise RunError(f"{path} can't be read: {error}. Restore it from a copy or record the run again.") from None
    for name, (shape, dtype) in arrays.items():
        if offsets[name] + int(np.prod(shape)) * dtype.itemsize > size:
            raise RunError(
                f"{path} is truncated: {name} ends behind the file's {size:,} bytes. Restore it from a copy."
            )
    return info, offsets


def _check_members(file: h5py.File, path: Path, arrays: dict) -> None:
    """Raise a RunError unless the file holds exactly the known members, each by a hard link."""
    for group, names in (("/", {"labels", "epochs"}), ("epochs", {n[7:] for n in arrays if n.startswith("epochs/")})):
        members = file[group]  # kept while its links are asked: they die with it
        if not isinstance(members, h5py.Group):
            raise RunError(f"{path}: {group!r} is no group. Record the run again.")
        found, links = set(members), members.id.links
        if found != names:
            odd = ", ".join(sorted(found ^ names))
            raise RunError(f"{path}: group {group!r} has missing or unknown members ({odd}). Record the run again.")
        for name in names:
            if links.get_info(name.encode()).type != h5py.h5l.TYPE_HARD:
                raise RunError(f"{path}: {group}/{name} is a link to somewhere else, which is refused.")


def _check_dataset(file: h5py.File, path: Path, name: str, shape: tuple[int, ...], dtype: np.dtype) -> int:
    """Return a dataset's offset after checking its type, shape and storage."""
    dataset = h5py.h5d.open(file.id, name.encode())
    plist = dataset.get_create_plist()
    if plist.get_layout() != h5py.h5d.CONTIGUOUS or plist.get_external_count():
        raise RunError(f"{path}: {name} is not stored contiguously in this file, which is refused.")
    if dataset.shape != shape or dataset.dtype != dtype:
        raise RunError(
            f"{path}: {name} is {dataset.dtype} {dataset.shape}, but the file's attributes need {dtype} {shape}. "
            "Record the run again."
        )
    offset = dataset.get_offset()
    if offset is None:
        raise RunError(f"{path}: {name} has no storage. Record the run again.")
    return offset


class RunFile:
    """A run's file for reading; holds no open handle, so that a folder can be moved or deleted at any time."""

    def __init__(self, folder: Path) -> None:
        """Check the file of the run in `folder`.

        Raises:
            RunError: it is missing or damaged.
        """
        self.path = folder / FILE_NAME
        self.info, self._offsets = open_checked(self.path)
        self._arrays = array_types(self.info)

    def read(self, name: str, rows: int | None = None) -> NDArray:
        """Return the first `rows` rows (all when None) of one dataset as a read-only array.

        Raises:
            RunError: the file ends before the rows do.
        """
        shape, dtype = self._arrays[name]
        values = np.empty(shape if rows is None else (rows, *shape[1:]), dtype)
        if values.nbytes:
            self._read_into(name, values.data.cast("B"), 0)
        values.setflags(write=False)
        return values

    def _read_into(self, name: str, view: memoryview, skip: int) -> None:
        """Fill `view` from `skip` bytes behind the dataset's start.

        Raises:
            RunError: the file is gone, is no ordinary one, or ends too early.
        """
        try:
            descriptor = os.open(self.path, os.O_RDONLY)
        except OSError as error:
            raise RunError(f"{self.path} can't be read any more: {error}. Was the run deleted or moved?") from None
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise RunError(f"{self.path} is no ordinary file.")
            offset = self._offsets[name] + skip
            while len(view):
                got = os.preadv(descriptor, [view], offset)
                if not got:
                    raise RunError(f"{self.path} ends inside {name}. Restore it from a copy or record the run again.")
                view, offset = view[got:], offset + got
        finally:
            os.close(descriptor)

    def done(self) -> int:
        """Return the number of whole epochs from the first on."""
        flags = self.read("epochs/done")
        return int(flags.argmin()) if not flags.all() else len(flags)

    def metrics(self) -> dict[str, NDArray[np.float64]]:
        """Return the per-epoch figures of the whole epochs, each (epochs done,); NaN where not measured."""
        done = self.done()
        return {name: self.read(f"epochs/{name}", done) for name in METRICS}

    def damaged_epochs(self, kept: dict[str, NDArray] | None = None) -> list[int]:
        """Return the whole epochs (from 1) whose rows do not match their checksum.

        Args:
            kept: arrays by name that are filled with the rows as they are read; all of their epochs are looked at.

        Raises:
            RunError: the file can't be read to the end of its rows.
        """
        epochs = range(1, max([self.done(), *map(len, (kept or {}).values())]) + 1)
        given = () if kept is None else (kept,)
        with ThreadPoolExecutor(_THREADS) as pool:
            whole = pool.map(lambda epoch: self._is_whole(epoch, *given), epochs)
            suspects = [epoch for epoch, is_whole in zip(epochs, whole, strict=True) if not is_whole]
        # a resumed recording may just have been writing an epoch anew: a second look tells that from damage
        return [epoch for epoch in suspects if not self._is_whole(epoch, *given)]

    def _is_whole(self, epoch: int, kept: Mapping[str, NDArray] = MappingProxyType({})) -> bool:
        """Return whether an epoch's rows match their checksum; those of the arrays in `kept` are left there."""
        crc = 0
        for name, (shape, dtype) in row_types(self.info).items():
            held = name in kept and epoch <= len(kept[name])
            row = kept[name][epoch - 1] if held else np.empty(shape, dtype)
            view = row.data.cast("B")
            self._read_into(f"epochs/{name}", view, (epoch - 1) * len(view))
            crc = zlib.crc32(view, crc)
        return crc == self.read("epochs/crc32", epoch)[-1]

    def dynamics(self) -> Dynamics:
        """Return the dynamics of the whole epochs; a signal is read, and all rows checked, when one is first asked for.

        Raises:
            RunError: the labels do not fit the classes.
            DynamicsError: no epoch is whole yet.
        """
        done = self.done()
        return Dynamics(
            self.read("labels").copy(),
            _Signals(self, done),
            self.info.classes,
            done,
            self.path.parent.name,
            self.info.dataset_sha256,
        )


class _Signals(Mapping[str, NDArray]):
    """A run's per-sample arrays over its whole epochs, each read once and kept.

    The first one read lets all rows be checked, since an epoch has one checksum over all its arrays. At N = 34,561, T = 200
    that takes 90 ms, 400 ms where float32 probabilities are kept; a process does it once for each state of the file.
    """

    def __init__(self, file: RunFile, epochs: int) -> None:
        """Offer the rows 0 .. epochs-1 of `file`."""
        self._file, self._epochs = file, epochs
        self._kept: dict[str, NDArray] = {}
        self._checked = False
        self._names = tuple(row_types(file.info))

    def __getitem__(self, name: str) -> NDArray:
        """Return one array, (epochs, N, ...), read-only.

        Raises:
            RunError: an epoch does not match its checksum.
        """
        if name not in self._names:
            raise KeyError(name)
        if not self._checked:
            self._check(name)
        if name not in self._kept:
            self._kept[name] = self._file.read(f"epochs/{name}", self._epochs)
        return self._kept[name]

    def _check(self, name: str) -> None:
        """Look at every epoch's checksum unless the file has not changed since that was done; array `name` is kept by it.

        Raises:
            RunError: an epoch does not match its checksum.
        """
        try:
            state = self._file.path.stat()
        except OSError as error:
            raise RunError(
                f"{self._file.path} can't be read any more: {error}. Was the run deleted or moved?"
            ) from None
        known = (state.st_ino, state.st_size, state.st_mtime_ns)
        if _checked.get(self._file.path) != known:
            settled = time.time_ns() - state.st_mtime_ns > _TICK  # else a later change could leave the same time behind
            shape, dtype = row_types(self._file.info)[name]
            values = np.empty((self._epochs, *shape), dtype)
            if damaged := self._file.damaged_epochs({name: values}):
                raise RunError(
                    f"{self._file.path}: the rows of epoch {', '.join(map(str, damaged))} do not match their checksum. "
                    "Restore the run from a copy, or record it again."
                )
            values.setflags(write=False)
            self._kept[name] = values
            if settled:
                _checked[self._file.path] = known
        self._checked = True

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter(self._names)

    def __len__(self) -> int:
        """Return the number of arrays."""
        return len(self._names)
