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

from coreset_engine.alike import told_by
from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import RunError
from coreset_engine.store.layout import CLASS_LOSS, FILE_NAME, array_types, metric_types, row_types
from coreset_engine.store.signals import Signals
from coreset_engine.store.structure import open_checked

_LOOKS = 3  # at least, at what seems damaged: a writer may be at work there
_MOST_LOOKS = 100  # while one still is
_PAUSE = 0.01  # s between looks
_STILL = 50_000_000  # ns without a change after which no writer is at work
_THREADS = 4  # that check rows: reading and checksums give up the interpreter's lock


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
        for _ in self._looks():
            whole, odd = self._flags()
            if not odd:
                return int(whole.argmin()) if not whole.all() else len(whole)
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
        lost: list[int] = []
        for _ in self._looks():
            flags = self.read("epochs/done")
            lost = [epoch for epoch in range(1, self.done() + 1) if flags[epoch - 1] != 1]
            if not lost:
                break
        return lost

    def metrics(self) -> dict[str, NDArray[np.float64]]:
        """Return the per-epoch figures of the whole epochs, each (epochs done, ...); NaN where not measured.

        Raises:
            RunError: they do not match their checksum.
        """
        for _ in self._looks():
            done = self.done()
            found = {name: self.read(f"epochs/{name}", done) for name in metric_types(self.info, self.format_version)}
            damaged = self._damaged_metrics(range(1, done + 1))
            if not damaged:
                return found
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
        for _ in self._looks() if suspects else ():
            suspects = [
                epoch for epoch in suspects if not self._is_whole(epoch, *given) or self._damaged_metrics([epoch])
            ]
            if not suspects:
                break
        return suspects

    def _looks(self) -> Iterator[None]:
        """Yield once per look at what seems damaged: a resumed recording may be writing that epoch anew, and then it passes.

        There are three looks, and more while the file changes, for about a second.

        Raises:
            RunError: the file is gone.
        """
        for look in range(1, _MOST_LOOKS + 1):
            before = self.state().st_mtime_ns
            yield
            after = self.state().st_mtime_ns
            if look >= _LOOKS and before == after and time.time_ns() - after > _STILL:
                return
            time.sleep(_PAUSE)

    def state(self) -> os.stat_result:
        """Return what the file system tells of the file.

        Raises:
            RunError: the file is gone.
        """
        try:
            return self.path.stat()
        except OSError as error:
            raise RunError(f"{self.path} can't be read any more: {error}. Was the run deleted or moved?") from None

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
            Signals(self, done),
            self.info.classes,
            done,
            self.path.parent.name,
            val_loss=val_loss,
            folds=self.info.folds,
            **told_by(self.info),
        )
