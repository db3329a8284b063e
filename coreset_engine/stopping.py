"""Where a request to stop may wait: in work that asks for it after every epoch and ends there by itself."""

from collections.abc import Iterator
from contextlib import contextmanager

_open: list[None] = []  # one entry per stretch that is open


@contextmanager
def waits_for_epoch() -> Iterator[None]:
    """Let a request to stop wait for the end of an epoch while this is open; elsewhere it interrupts at once."""
    _open.append(None)
    try:
        yield
    finally:
        _open.pop()


def may_wait() -> bool:
    """Return whether work is under way that will ask whether to stop."""
    return bool(_open)
