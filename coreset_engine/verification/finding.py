"""What a check of one file found."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from coreset_engine import named_json
from coreset_engine.errors import EngineError
from coreset_engine.paths import cache_root

State = Literal["whole", "unchecked", "damaged", "mended"]


@dataclass(frozen=True)
class Finding:
    """What a check of one file, or of one folder that is written as one, found.

    Attributes:
        kind: of the file, e.g. "dynamics".
        path: below the cache.
        state: "whole", "unchecked" for what was written before there were sums, "damaged", or "mended".
        detail: what is wrong and what to do, what was done, or what is odd about a whole file; "" where nothing is.
    """

    kind: str
    path: str
    state: State
    detail: str = ""


def inspect(
    kind: str,
    path: Path,
    look: Callable[[], bool],
    mend: Callable[[], str] | None = None,
    note: Callable[[], str] = lambda: "",
) -> Finding:
    """Return what a check found.

    Args:
        kind: of the file.
        path: the file.
        look: returns whether there were sums to check, and raises an EngineError, OSError or ValueError for damage.
        mend: makes a damaged file anew and returns what it did, "" where it can't; None to leave it as it is.
        note: returns what is odd about a file that is not damaged, "" where nothing is.

    Returns:
        The finding; damage that was mended says so.
    """
    place = os.path.relpath(path, cache_root())
    try:
        return Finding(kind, place, "whole" if look() else "unchecked", note())
    except (EngineError, OSError, ValueError) as error:
        told = str(error)
    try:
        done = mend() if mend is not None else ""
    except (EngineError, OSError) as error:
        return Finding(kind, place, "damaged", f"{told} Mending failed: {error}")
    return Finding(kind, place, "mended", f"{told} {done}") if done else Finding(kind, place, "damaged", told)


def has_sum(path: Path) -> bool:
    """Return whether a JSON file has a sum.

    Raises:
        EngineError: it is damaged.
    """
    try:
        return named_json.unsealed(path)[1]
    except ValueError as error:
        raise EngineError(f"{path} can't be read: {error}. Restore it from a copy, or delete it.") from None
