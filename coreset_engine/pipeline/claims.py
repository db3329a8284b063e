"""Claims: who is training which result row, so that no two processes train the same one."""

from __future__ import annotations

import fcntl
from types import TracebackType
from typing import Self

from coreset_engine import paths
from coreset_engine.errors import RunError
from coreset_engine.faults import unwritable


class Claims:
    """Rows that this process trains: locks on one byte each of a file that all processes share.

    The kernel frees them when the process ends, however that comes, and no file is left behind for each row. It also frees
    all locks of a process on a file as soon as the process closes that file once, so a process that holds several at a time
    takes them from one `Claims`.
    """

    def __enter__(self) -> Self:
        """Return the claims, none yet.

        Raises:
            RunError: the cache can't be written to.
        """
        lock = paths.cache_root() / "retrainings.lock"
        try:
            self._file = open(lock, "ab")
        except OSError as error:
            raise RunError(unwritable(lock, error)) from None
        self._held: set[str] = set()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Free all of them."""
        self._file.close()

    def take(self, key: str) -> bool:
        """Claim a row and return whether that worked; it does not while it is trained, here or by another process."""
        if key in self._held:
            return False
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _byte(key))
        except (BlockingIOError, PermissionError):  # which of them depends on the system
            return False
        self._held.add(key)
        return True

    def free(self, key: str) -> None:
        """Let others claim a row."""
        self._held.discard(key)
        fcntl.lockf(self._file, fcntl.LOCK_UN, 1, _byte(key))


def _byte(key: str) -> int:
    """Return the byte of the file that stands for a row."""
    return int(key[:15], 16)
