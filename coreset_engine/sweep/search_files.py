"""What searches have found so far, and what they are trying, in files that pages read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from coreset_engine import named_json, paths
from coreset_engine.coreset import CoresetSpec
from coreset_engine.errors import ConfigError, EngineError, newer_file, newer_version
from coreset_engine.pipeline.requests import SweepRequest
from coreset_engine.pipeline.requests.sweep_place import LOCAL
from coreset_engine.sweep.search import SearchState

FORMAT, VERSION = "coreset-search", 1
LARGEST = 1 << 22  # bytes of such a file; one of a hundred rates has some 50,000


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
    content = {"format": FORMAT, "version": VERSION, "argv": request.to_argv(),
               "found": [found.to_dict() for found in founds],
               "running": [spec.to_text() for spec in running],
               "waiting": [spec.to_text() for spec in waiting]}  # fmt: skip
    paths.write_atomically(path_of(request), named_json.sealed(content))


def path_of(request: SweepRequest) -> Path:
    """Return the file of a search."""
    name = hashlib.sha256(json.dumps(without_place(request).to_argv()).encode()).hexdigest()[:16]
    return folder() / f"{name}.json"


def without_place(request: SweepRequest) -> SweepRequest:
    """Return a sweep as it is wherever its cells are trained, so that a search that goes on elsewhere keeps its file."""
    return replace(request, executor=LOCAL, slots=None, slots_per_device=None, address="", slurm=())


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
        with suppress(OSError, EngineError):  # `problems` says which
            found.append((path.stat().st_mtime_ns, path.name, load(path)))
    return [one for _, _, one in sorted(found, key=lambda entry: entry[:2], reverse=True)]


def problems() -> list[str]:
    """Return one sentence for each file of a search that can't be read."""
    found = []
    for path in sorted(folder().glob("*.json")):
        try:
            load(path)
        except EngineError as error:
            found.append(str(error))
    return found


def load(path: Path) -> SearchFile:
    """Return the search that a file tells; one of before there were sums is read unchecked.

    Raises:
        ConfigError: it is damaged, of a later version, or of a method that is not here any more.
    """
    newer = 0
    try:
        if path.stat().st_size > LARGEST:
            raise ValueError(f"it is larger than the {LARGEST:,} bytes that are read")
        content, _ = named_json.unsealed(path, VERSION)
        if not (newer := newer_version(content, FORMAT, VERSION)):
            if (content["format"], content["version"]) != (FORMAT, VERSION):
                raise ValueError(f"it is no {FORMAT} of version {VERSION}")
            request = SweepRequest.from_argv(content["argv"])
            founds = tuple(SearchState.from_dict(one) for one in content["found"])
            if {found.best.run for found in founds} - {request.run}:
                raise ValueError("what it found is of another run")
            tried = [tuple(map(CoresetSpec.from_text, content.get(name, ()))) for name in ("running", "waiting")]
            return SearchFile(request, founds, *tried)
    except (OSError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, EngineError) as error:
        told = str(error).rstrip(".")[:200]
        raise ConfigError(f"The search in {path} can't be read ({told}). Delete the file, or search again.") from None
    raise ConfigError(newer_file(path, newer, VERSION))


def folder() -> Path:
    """Return the folder of the files that `keep` writes."""
    return paths.cache_root() / "searches"
