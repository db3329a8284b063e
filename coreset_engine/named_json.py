"""JSON files whose content carries its own sum, so that a change of one letter is told from what was written."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SUM = "sum"


def sum_of(content: Any) -> str:
    """Return 16 digits of the SHA-256 over content as JSON with sorted keys; `sum` itself is left out of a dict."""
    rest = {key: value for key, value in content.items() if key != SUM} if isinstance(content, Mapping) else content
    return hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()[:16]


def sealed(content: Mapping[str, Any]) -> bytes:
    """Return the text of a JSON file that holds `content` and its sum."""
    plain = json.loads(json.dumps(content))  # keys as they come back
    return json.dumps(plain | {SUM: sum_of(plain)}, indent=1).encode()


def unsealed(path: Path, version: int | None = None) -> tuple[dict[str, Any], bool]:
    """Return what a file holds without its sum, and whether there was one to check; files of before have none.

    Args:
        path: the file.
        version: the latest that is known; a file of a later one may have sums of another kind, so none is checked.

    Raises:
        OSError: the file can't be read.
        ValueError: it is no JSON of named values, or does not match its sum.
    """
    try:
        content = json.loads(path.read_bytes())
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(content, dict):
        raise ValueError("it holds no named values")
    rest = {key: value for key, value in content.items() if key != SUM}
    last = next(reversed(content), SUM)  # where `sealed` writes the sum
    if content and SUM not in content and content[last] == sum_of({key: rest[key] for key in rest if key != last}):
        raise ValueError(f"its checksum stands under the name {last!r}")
    if SUM not in content or (version is not None and _is_later(content.get("version"), version)):
        return rest, False
    if content[SUM] != sum_of(rest):
        raise ValueError('it does not match its checksum; if a person changed it, take its line "sum" away')
    return rest, True


def _is_later(found: Any, known: int) -> bool:
    """Return whether a version is a number above the known one."""
    return type(found) is int and found > known
