"""What searches have found so far, and what they are trying, in files that pages read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coreset_engine import paths
from coreset_engine.coreset import CoresetSpec
from coreset_engine.errors import ConfigError, EngineError
from coreset_engine.pipeline.requests import SweepRequest
from coreset_engine.sweep.search import SearchState

FORMAT, VERSION = "coreset-search", 1


def keep(
    request: SweepRequest,
    founds: Sequence[SearchState],
    *,
    running: Sequence[CoresetSpec] = (),
    waiting: Sequence[CoresetSpec] = (),
) -> None:
    """Write what a search has found so far, and what it is trying, where pages look for it.

    Raises:
        OSError: the cache can't be written.
    """
    words = json.dumps(request.to_argv())
    name = hashlib.sha256(words.encode()).hexdigest()[:16]
    content = {"format": FORMAT, "version": VERSION, "argv": request.to_argv(),
               "found": [found.to_dict() for found in founds],
               "running": [spec.to_text() for spec in running],
               "waiting": [spec.to_text() for spec in waiting]}  # fmt: skip
    paths.write_atomically(folder() / f"{name}.json", json.dumps(content, indent=1).encode())


@dataclass(frozen=True)
class SearchFile:
    """A search as its file tells it.

    Attributes:
        request: what was asked.
        founds: what is known, one per rate and architecture.
        running: coresets that are being trained on, if the search is still under way.
        waiting: those that the round has yet to train on.
    """

    request: SweepRequest
    founds: tuple[SearchState, ...]
    running: tuple[CoresetSpec, ...] = ()
    waiting: tuple[CoresetSpec, ...] = ()


def kept() -> list[SearchFile]:
    """Return the searches that `keep` wrote, the newest first; a file that can't be read hides only itself."""
    found = []
    for path in folder().glob("*.json"):
        try:
            found.append((path.stat().st_mtime_ns, path.name, _read(json.loads(path.read_bytes()))))
        except (OSError, ValueError, TypeError, LookupError, AttributeError, EngineError):
            continue  # damaged, of another version, or of a method that is not here any more
    return [one for _, _, one in sorted(found, key=lambda entry: entry[:2], reverse=True)]


def _read(content: dict[str, Any]) -> SearchFile:
    """Return the search that a file's content describes.

    Raises:
        ConfigError: it is not what `keep` writes.
    """
    if content["format"] != FORMAT or content["version"] != VERSION:
        raise ConfigError(f"This is no {FORMAT} of version {VERSION}.")
    request = SweepRequest.from_argv(content["argv"])
    tried = (tuple(map(CoresetSpec.from_text, content.get(name, ()))) for name in ("running", "waiting"))
    return SearchFile(request, tuple(SearchState.from_dict(one) for one in content["found"]), *tried)


def folder() -> Path:
    """Return the folder of the files that `keep` writes."""
    return paths.cache_root() / "searches"
