"""Checks of the image arrays in the cache, and making them anew from where they came."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from coreset_engine import named_json, paths
from coreset_engine.datasets import disk, files, library, locked, train_hash
from coreset_engine.errors import DatasetError
from coreset_engine.verification.finding import Finding, inspect

_ASIDE = ".damaged-"  # begins the name of a damaged set's folder while it is loaded again


def verify_images(mend: bool) -> Iterator[Finding]:
    """Yield what is found of each image set.

    Args:
        mend: load those again that are damaged and whose source is in the state of then.
    """
    if mend:
        _put_back()
    for folder in sorted(path.parent for path in paths.datasets_folder().glob("*/dataset.json")):
        if not folder.name.startswith("."):
            yield inspect("images", folder, partial(_look, folder), partial(_mend, folder) if mend else None)


def _look(folder: Path) -> bool:
    """Return whether an image set has sums.

    Raises:
        DatasetError: a file does not match its sum, or the train arrays do not match their hash.
    """
    images = disk.read(folder)
    if train_hash(images.images["train"], images.labels["train"]) != images.sha256:
        raise DatasetError(f"The train images in {folder} have changed. Delete the folder; load them again.")
    return "files" in named_json.unsealed(folder / "dataset.json")[0]


def _mend(folder: Path) -> str:
    """Return what was done about a damaged image set: loaded again where its source is as it was; "" for nothing.

    The damaged arrays are put back when the source no longer gives the same train images.

    Raises:
        DatasetError: the source can't be read.
    """
    try:
        facts, _ = named_json.unsealed(folder / "dataset.json")
    except (OSError, ValueError):
        return ""
    if not _source_is_unchanged(facts):
        return ""
    aside = folder.with_name(f"{_ASIDE}{folder.name}")
    with locked(folder):  # tells others that somebody is at work, also when it lies aside
        folder.rename(aside)
        try:
            # a size is asked of a folder's pictures only, since a file's images have one
            made = library.load(facts["spec"], facts["side"] if Path(facts["spec"]).is_dir() else None)
            same = made.sha256 == facts["sha256"]
        except BaseException:
            aside.rename(folder)
            raise
        if not same:
            aside.rename(folder)
            return ""
        shutil.rmtree(aside)
    return f"It was loaded again from {facts['spec']}."


def _put_back() -> None:
    """Put image sets back that lie aside since a process was killed while it loaded them again."""
    for aside in sorted(paths.datasets_folder().glob(f"{_ASIDE}*")):
        with suppress(OSError):  # another process is at work on it, or has just put it back
            handle = os.open(aside, os.O_RDONLY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                folder = aside.with_name(aside.name.removeprefix(_ASIDE))
                if folder.exists():  # it had been loaded
                    shutil.rmtree(aside)
                else:
                    aside.rename(folder)
            finally:
                os.close(handle)


def _source_is_unchanged(facts: dict[str, Any]) -> bool:
    """Return whether what an image set was loaded from lies there in the state of then; corrupted sets have none."""
    spec = Path(str(facts.get("spec", "")))
    known = facts.get("fingerprint") not in ("", "named", None) and not facts.get("origin_sha256")
    return known and spec.exists() and files.fingerprint(spec) == facts["fingerprint"]
