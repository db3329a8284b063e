"""Memory: how much of it is free for this process, and a refusal of what needs more before any of it is taken."""

import os
import re
import resource
from pathlib import Path

from coreset_engine.errors import EngineError

_MEMINFO = Path("/proc/meminfo")
_OWN_GROUP = Path("/proc/self/cgroup")
_OWN_SIZE = Path("/proc/self/statm")
_GROUPS = Path("/sys/fs/cgroup")
UNPACKED_FREELY = 2**26  # bytes that a file may unpack to whatever it stores
MAX_RATIO = 1000  # bytes unpacked per byte stored, above that
BUDGET = "CORESET_MEMORY"  # the environment's name for what images may take, e.g. "2 GiB"
_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


def free_bytes() -> int | None:
    """Return what this process may still take: the least of the machine, its control groups and its own limit.

    None where the system tells none of them.
    """
    found = [_of_machine(), *_of_groups(), _of_process()]
    known = [value for value in found if value is not None]
    return max(0, min(known)) if known else None


def stated_bytes() -> int | None:
    """Return what `$CORESET_MEMORY` allows images to take, None where it says nothing.

    Raises:
        EngineError: it is no number of bytes.
    """
    text = os.environ.get(BUDGET, "").strip()
    if not text:
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", text, re.IGNORECASE)
    if found is None or not float(found[1]):
        raise EngineError(f"${BUDGET}={text} is no amount of memory. Give bytes, or e.g. 512 MiB or 2 GiB.")
    return int(float(found[1]) * _UNITS[found[2].upper()])


def room_bytes() -> int | None:
    """Return how large the images of one split may be to be held in memory; None where the system tells nothing.

    A quarter of `$CORESET_MEMORY` (train, val, test and a coreset may be held at once), else half of what is free now.

    Raises:
        EngineError: that variable is no number of bytes.
    """
    stated = stated_bytes()
    if stated is not None:
        return stated // 4
    free = free_bytes()
    return None if free is None else free // 2


def is_held(needed: int) -> bool:
    """Return whether images of so many bytes are held in memory, and not left on the disk.

    Raises:
        EngineError: `$CORESET_MEMORY` is no number of bytes.
    """
    room = room_bytes()
    return room is None or needed <= room


def refuse_beyond(what: object, needed: int) -> None:
    """Return when `needed` bytes are free, and say both numbers otherwise.

    Args:
        what: is read, for the message.
        needed: bytes that it takes when it is read.

    Raises:
        EngineError: less memory than that is free.
    """
    free = free_bytes()
    if free is not None and needed > free:
        raise EngineError(
            f"{what} needs {amount(needed)} of memory, but only {amount(free)} are free here. Read it on a machine with "
            "more memory, or make it smaller."
        )


def refuse_bomb(what: object, needed: int, stored: int) -> None:
    """Return unless a file unpacks to far more than it stores, which no real images or dynamics do.

    Args:
        what: is read, for the message.
        needed: bytes after unpacking.
        stored: bytes in the file.

    Raises:
        EngineError: it does.
    """
    if needed > UNPACKED_FREELY and needed > MAX_RATIO * max(stored, 1):
        raise EngineError(
            f"{what} declares {needed:,} bytes but stores {stored:,}, over {MAX_RATIO:,} times less: refused as damaged. "
            "Save it again without compression if that is really meant."
        )


def amount(count: int) -> str:
    """Return a number of bytes for people, e.g. "1.9 GiB"."""
    return f"{count / 2**30:.1f} GiB" if count >= 2**30 else f"{count / 2**20:.1f} MiB"


def _of_machine() -> int | None:
    """Return what the kernel thinks can be had without swapping."""
    for line in _text(_MEMINFO).splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return None


def _of_groups() -> list[int | None]:
    """Return what the control groups of this process, of both versions, leave of their limits."""
    found: list[int | None] = []
    for line in _text(_OWN_GROUP).splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        root = _GROUPS / "memory" if controllers else _GROUPS
        names = ("memory.limit_in_bytes", "memory.usage_in_bytes") if controllers else ("memory.max", "memory.current")
        own = root / path.lstrip("/")
        # a container may not see its own path, only the root that is mounted for it
        found += [_left(group, *names) for group in {root, own, *own.parents} if group.is_relative_to(root)]
    return found


def _left(group: Path, limit: str, used: str) -> int | None:
    """Return what one control group leaves; pages of files that the kernel can drop count as free."""
    most, now = _text(group / limit).strip(), _text(group / used).strip()
    if not (most.isdecimal() and now.isdecimal()):
        return None
    cached = 0
    for line in _text(group / "memory.stat").splitlines():
        name, _, value = line.partition(" ")
        if name in ("inactive_file", "total_inactive_file"):
            cached = int(value)
    return int(most) - int(now) + cached


def _of_process() -> int | None:
    """Return what the limit on this process's address space leaves."""
    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    pages = _text(_OWN_SIZE).split()
    if most == resource.RLIM_INFINITY or not pages:
        return None
    return most - int(pages[0]) * resource.getpagesize()


def _text(path: Path) -> str:
    """Return the content of one of the system's files; "" where there is none that can be read."""
    try:
        return path.read_text()
    except (OSError, ValueError):
        return ""
