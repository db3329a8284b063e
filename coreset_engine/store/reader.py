"""Reading `dynamics.h5`: everything is checked before it is used, and a run can be read while it is being written."""

import os
import stat
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import RunError
from coreset_engine.store.layout import CLASS_LOSS, FILE_NAME, array_types, metric_types, row_types
from coreset_engine.store.structure import open_checked

_checked: dict[Path, tuple[int, int, int]] = {}  # inode, size and time of each run's file when it was last found whole
_LOOKS = 3  # at what seems damaged, while a writer may be at work there
_TICK = 100_000_000  # ns: file times advance in steps of some milliseconds
MAPPED = 2**26  # bytes of an array from which on it stays on the disk: a window reads its own epochs only
_THREADS = 4  # that check rows: reading and checksums give up the interpreter's lock
_LOOKS = 3  # at an epoch that seems damaged


class RunFile:
    """A run's file for reading; holds no open handle, so that a folder can be moved or deleted at any time."""

    def __init__(self, folder: Path) -> None:
        """Check the file of the run in `folder`.

        Raises:
            RunError: it is missing or damaged.
        """
        self.path = folder / FILE_NAME
        self.info, self._offsets, self.format_version, self._labels_sum = open_checked(self.path)
        self._arrays = array_types(self.info, self.format_version)

    def read(self, name: str, rows: int | None = None) -> NDArray:
        """Return the first `rows` rows (all when None) of one dataset as a read-only array.

        Raises:
            RunError: the file ends before the rows do, or the labels do not match their checksum.
        """
        shape, dtype = self._arrays[name]
        values = np.empty(shape if rows is None else (rows, *shape[1:]), dtype)
        if values.nbytes:
            self._read_into(name, values.data.cast("B"), 0)
        if name == "labels" and rows is None and self._labels_sum not in (-1, zlib.crc32(values.data)):
            raise RunError(f"{self.path}: the labels do not match their checksum. Restore the run from a copy.")
        values.setflags(write=False)
        return values

    def mapped(self, name: str, rows: int) -> NDArray:
        """Return the first `rows` rows of one dataset as a read-only map of the file: what is not touched is not read.

        Raises:
            RunError: the file is gone or ends before the rows do.
        """
        shape, dtype = self._arrays[name]
        try:
            return np.asarray(np.memmap(self.path, dtype, "r", self._offsets[name], (rows, *shape[1:])))
        except (OSError, ValueError) as error:
            raise RunError(f"{self.path} can't be read any more: {error}. Was the run deleted or moved?") from None

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
        """Return the number of whole epochs from the first on.

        A flag that is lost, or that is neither 0 nor 1, counts as 1 where the epoch matches its checksums.

        Raises:
            RunError: an epoch is flagged as whole and is not.
        """
        for _ in range(_LOOKS):
            whole, odd = self._flags()
            if not odd:
                return int(whole.argmin()) if not whole.all() else len(whole)
            time.sleep(0.01)  # a resumed recording may just have been writing an epoch anew
        raise RunError(
            f"{self.path}: epoch {odd} is flagged as whole, but does not match its checksum. Restore the run from a copy, "
            "or record it again."
        )

    def _flags(self) -> tuple[NDArray[np.bool_], int]:
        """Return which epochs are whole, (T,), and the first one (from 1) whose flag says so but not its sums, else 0."""
        flags = self.read("epochs/done")
        whole = flags == 1
        summed = whole if self.format_version == 1 else self.read("epochs/crc32") != 0
        odd = 0
        for epoch in (np.flatnonzero((whole != summed) | (flags > 1)) + 1).tolist():
            whole[epoch - 1] = summed[epoch - 1] and self._is_whole(epoch) and not self._damaged_metrics([epoch])
            if flags[epoch - 1] and not whole[epoch - 1]:
                odd = odd or epoch
        return whole, odd

    def lost_flags(self) -> list[int]:
        """Return the epochs (from 1) that count as whole by their checksums although their flag does not say so.

        Raises:
            RunError: an epoch is flagged as whole and is not.
        """
        flags = self.read("epochs/done")
        return [epoch for epoch in range(1, self.done() + 1) if flags[epoch - 1] != 1]

    def metrics(self) -> dict[str, NDArray[np.float64]]:
        """Return the per-epoch figures of the whole epochs, each (epochs done, ...); NaN where not measured.

        Raises:
            RunError: they do not match their checksum.
        """
        for _ in range(_LOOKS):
            done = self.done()
            found = {name: self.read(f"epochs/{name}", done) for name in metric_types(self.info, self.format_version)}
            damaged = self._damaged_metrics(range(1, done + 1))
            if not damaged:
                return found
            time.sleep(0.01)  # a resumed recording may just have been writing an epoch anew
        raise RunError(
            f"{self.path}: the metrics of epoch {', '.join(map(str, damaged))} do not match their checksum. Restore the run "
            "from a copy, or record it again."
        )

    def _damaged_metrics(self, epochs: Iterable[int]) -> list[int]:
        """Return those of some epochs (from 1) whose metrics do not match their checksum; none in a file without such."""
        if self.format_version == 1:
            return []
        sums = self.read("epochs/metrics_crc32")
        figures = [self.read(f"epochs/{name}") for name in metric_types(self.info, self.format_version)]
        return [n for n in epochs if sums[n - 1] != (zlib.crc32(b"".join(f[n - 1].tobytes() for f in figures)) or 1)]

    def damaged_epochs(self, kept: dict[str, NDArray] | None = None) -> list[int]:
        """Return the whole epochs (from 1) whose rows or metrics do not match their checksum.

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
        suspects = sorted({*suspects, *self._damaged_metrics(range(1, len(epochs) + 1))})
        # a resumed recording may just have been writing an epoch anew: that passes, damage does not
        for _ in range(_LOOKS):
            suspects = [
                epoch for epoch in suspects if not self._is_whole(epoch, *given) or self._damaged_metrics([epoch])
            ]
        return suspects

    def _is_whole(self, epoch: int, kept: Mapping[str, NDArray] = MappingProxyType({})) -> bool:
        """Return whether an epoch's rows match their checksum; those of the arrays in `kept` are left there."""
        crc = 0
        for name, (shape, dtype) in row_types(self.info).items():
            held = name in kept and epoch <= len(kept[name])
            row = kept[name][epoch - 1] if held else np.empty(shape, dtype)
            view = row.data.cast("B")
            self._read_into(f"epochs/{name}", view, (epoch - 1) * len(view))
            crc = zlib.crc32(view, crc)
        return (crc or int(self.format_version > 1)) == self.read("epochs/crc32", epoch)[-1]

    def dynamics(self) -> Dynamics:
        """Return the dynamics of the whole epochs; a signal is read, and all rows checked, when one is first asked for.

        Raises:
            RunError: the labels do not fit the classes, or the metrics, where they hold losses per class, do not match
                their checksum.
            DynamicsError: no epoch is whole yet.
        """
        done, val_loss = self.done(), None
        if self.info.val_loss_per_class:
            val_loss = self.metrics()[CLASS_LOSS][:done]
            done = len(val_loss)  # which is less where a resumed recording has just begun to write an epoch anew
        return Dynamics(
            self.read("labels").copy(),
            _Signals(self, done),
            self.info.classes,
            done,
            self.path.parent.name,
            self.info.dataset_sha256,
            val_loss=val_loss,
            folds=self.info.folds,
        )


class _Signals(Mapping[str, NDArray]):
    """A run's per-sample arrays over its whole epochs, each read once and kept, or from `MAPPED` bytes on a map.

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
            read = self._file.mapped if self._is_mapped(name) else self._file.read
            self._kept[name] = read(f"epochs/{name}", self._epochs)
        return self._kept[name]

    def _is_mapped(self, name: str) -> bool:
        """Return whether an array stays on the disk."""
        shape, dtype = row_types(self._file.info)[name]
        return self._epochs * int(np.prod(shape)) * dtype.itemsize >= MAPPED

    def __contains__(self, name: object) -> bool:
        """Return whether the file holds an array; nothing is read."""
        return name in self._names

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
            kept = {} if self._is_mapped(name) else {name: np.empty((self._epochs, *shape), dtype)}
            if damaged := self._file.damaged_epochs(kept):
                raise RunError(
                    f"{self._file.path}: the rows of epoch {', '.join(map(str, damaged))} do not match their checksum. "
                    "Restore the run from a copy, or record it again."
                )
            for values in kept.values():
                values.setflags(write=False)
            self._kept |= kept
            if settled:
                _checked[self._file.path] = known
        self._checked = True

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter(self._names)

    def __len__(self) -> int:
        """Return the number of arrays."""
        return len(self._names)
