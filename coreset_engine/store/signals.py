"""A run's per-sample arrays, read from its file when they are first asked for, and checked once."""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coreset_engine.errors import RunError
from coreset_engine.store.layout import row_types

if TYPE_CHECKING:
    from coreset_engine.store.reader import RunFile

_checked: dict[Path, tuple[int, int, int]] = {}  # inode, size and time of each run's file when it was last found whole
_TICK = 100_000_000  # ns: file times advance in steps of some milliseconds
MAPPED = 2**26  # bytes of an array from which on it stays on the disk: a window reads its own epochs only


class Signals(Mapping[str, NDArray]):
    """A run's per-sample arrays over its whole epochs, each read once and kept, or from `MAPPED` bytes on a map.

    The first one read lets all rows be checked, since an epoch has one checksum over all its arrays. At N = 34,561, T = 200
    that takes 90 ms, 400 ms where float32 probabilities are kept; a process does it once for each state of the file.
    """

    def __init__(self, file: "RunFile", epochs: int) -> None:
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
        state = self._file.state()
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
