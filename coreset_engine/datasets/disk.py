"""Plain arrays of data sets on disk, each in a folder named after data set and hash: written whole or not at all."""

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from coreset_engine import paths
from coreset_engine.access import require_writable
from coreset_engine.datasets import SPLITS, ImageSet, locked
from coreset_engine.errors import DatasetError

_FACTS = ("name", "title", "task", "class_names", "licence", "citation", "homepage", "synthetic", "sha256", "spec")
_LISTED = {*_FACTS, "fingerprint", "samples", "channels", "side"}
# Facts that older entries lack, and what they mean there.
_LATER: dict[str, Any] = {"corruption": {}, "origin_sha256": "", "read_as": ()}


def folder_of(name: str, sha256: str) -> Path:
    """Return where the arrays of a data set lie."""
    return paths.datasets_folder() / f"{paths.slug(name)}-{sha256[:12]}"


def entries() -> list[dict[str, Any]]:
    """Return the facts of every cached data set, the newest last; one that can't be read hides no other."""
    found = []
    for file in paths.datasets_folder().glob("*/dataset.json"):
        if file.parent.name.startswith("."):
            continue  # another process is at work there
        try:
            facts, time = json.loads(file.read_text()), file.stat().st_mtime_ns
        except (OSError, ValueError):
            continue
        if isinstance(facts, dict) and set(facts) >= _LISTED:
            found.append((time, _LATER | facts))
    return [facts for _, facts in sorted(found, key=lambda entry: entry[0])]


def keep(images: ImageSet, spec: str, fingerprint: str) -> ImageSet:
    """Write a data set's arrays to the cache, whole or not at all, and return it as read back.

    Several processes may do so at once: all write, the first one's folder stays, the others find the same arrays in it.

    Args:
        images: the data set.
        spec: what it was loaded from.
        fingerprint: the state of that source.

    Raises:
        DatasetError: there is no room, or the cache holds the same train images with another val or test split.
        ViewerError: this process only shows.
    """
    require_writable("keep images")
    facts = {name: getattr(images, name) for name in (*_FACTS, *_LATER)} | {"spec": spec, "fingerprint": fingerprint}
    facts |= {
        "samples": [len(images.images[split]) for split in SPLITS],
        "channels": images.channels,
        "side": images.side,
    }
    folder = folder_of(images.name, images.sha256)
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=".part-", dir=folder.parent))
    try:
        for split in SPLITS:
            np.save(part / f"{split}_images.npy", images.images[split])
            np.save(part / f"{split}_labels.npy", images.labels[split])
        for name, values in images.truth.items():
            np.save(part / f"{name}.npy", values)
        (part / "dataset.json").write_text(json.dumps(facts | {"truth": list(images.truth)}, indent=1))
        with locked(folder.parent):
            _move(part, folder, images)
    except OSError as error:
        raise DatasetError(
            f"No room for the images of {images.name} at {folder.parent}: {error}. Free space."
        ) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return read(folder)


def read(folder: Path) -> ImageSet:
    """Return a cached data set as memory maps.

    Raises:
        DatasetError: a file is missing or damaged.
    """
    try:
        facts = json.loads((folder / "dataset.json").read_text())
        images = {split: np.load(folder / f"{split}_images.npy", mmap_mode="r") for split in SPLITS}
        labels = {split: np.load(folder / f"{split}_labels.npy") for split in SPLITS}
        truth = {name: np.load(folder / f"{name}.npy") for name in facts["truth"]}
        kept = {name: facts[name] for name in _FACTS} | {"class_names": tuple(facts["class_names"])}
        kept |= {name: facts.get(name, missing) for name, missing in _LATER.items()}
        kept["read_as"] = tuple(kept["read_as"])
        return ImageSet(images=images, labels=labels, truth=truth, fingerprint=facts["fingerprint"], **kept)
    except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
        raise DatasetError(
            f"The cached images in {folder} are damaged ({error}). Delete the folder; load them again."
        ) from None


def _move(part: Path, folder: Path, images: ImageSet) -> None:
    """Make the files in `part` the entry `folder`; only one process at a time may do so."""
    if (folder / "dataset.json").is_file():
        _refuse_other_arrays(folder, images)
        (part / "dataset.json").replace(folder / "dataset.json")  # same arrays, from another place or time
        return
    if folder.exists():  # without its description it is no entry: somebody deleted half of it
        shutil.rmtree(folder)
    os.replace(part, folder)  # noqa: PTH105 - Path.replace can't tell that both are folders
    folder.chmod(0o755)


def _refuse_other_arrays(folder: Path, images: ImageSet) -> None:
    """Raise a DatasetError when a cached data set of the same train hash holds other arrays than `images`.

    Results name the train hash only: rows of two different test splits must not be averaged.
    """
    kept = read(folder)
    for split in SPLITS:
        same = np.array_equal(kept.images[split], images.images[split])
        if not same or not np.array_equal(kept.labels[split], images.labels[split]):
            raise DatasetError(
                f"{images.name}: its {split} split differs from the one cached in {folder}, while the train images are the "
                "same, so that results would not be comparable. Give it another name, or delete that folder."
            )
