"""Plain arrays of data sets on disk, each in a folder named after data set and hash: written whole or not at all.

`dataset.json` holds the SHA-256 of every array's file and a sum of its own; a process checks a file when it first opens it.
Entries of before have neither, and are read unchecked. Images of more than 2 GiB lie in several files, see `pieces`; in
entries of before they lie in one.
"""

import fcntl
import hashlib
import os
import shutil
import tempfile
import time
import tokenize
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine import named_json, names, paths, pieces
from coreset_engine.access import require_writable
from coreset_engine.arrays import read_npy
from coreset_engine.datasets import SPLITS, ImageSet, locked
from coreset_engine.errors import DatasetError, EngineError
from coreset_engine.faults import unwritable

_FACTS = ("name", "title", "task", "class_names", "licence", "citation", "homepage", "synthetic", "sha256", "spec")
# what a damaged array or description makes its readers raise
_DAMAGE: tuple[type[Exception], ...] = (OSError, ValueError, LookupError, TypeError, EOFError, AttributeError)
_DAMAGE += (ArithmeticError, MemoryError, SyntaxError, tokenize.TokenError)
_checked: dict[Path, tuple[int, int, int, str]] = {}  # inode, size, time and hash of each file when it was found whole
_PART = ".part-"  # begins the names of folders in which an entry is written
_GROUPS = "_groups.npy"  # end of the names of files
_COMPARED = 2**24  # bytes of images that are compared at a time
_TICK = 100_000_000  # ns: file times advance in steps of some milliseconds
LOOKED = "leakage_looked_for"  # a fact: whether the sentences of an entry tell of images in two splits
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
            (facts, _), changed = named_json.unsealed(file), file.stat().st_mtime_ns
        except (OSError, ValueError):
            continue
        if set(facts) >= _LISTED:
            found.append((changed, _LATER | facts))
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
        "size": list(images.size),
    }
    folder = folder_of(images.name, images.sha256)
    try:
        with _part(folder.parent) as part:
            for split in SPLITS:
                pieces.save(part / f"{split}_images.npy", images.images[split])
                np.save(part / f"{split}_labels.npy", images.labels[split])
            for name, values in images.truth.items():
                np.save(part / f"{name}.npy", values)
            for split, values in images.groups.items():
                np.save(part / f"{split}{_GROUPS}", values)
            facts |= {"truth": list(images.truth), "groups": list(images.groups), LOOKED: True}
            facts |= {"files": {path.name: _hash(path) for path in sorted(part.iterdir())}}
            (part / "dataset.json").write_bytes(named_json.sealed(facts))
            with locked(folder.parent):
                _move(part, folder, images, facts)
    except OSError as error:
        raise DatasetError(unwritable(f"The images of {images.name} at {folder.parent}", error)) from None
    return read(folder)


def is_looked_through(folder: Path) -> bool:
    """Return whether images that lie in two splits were looked for in an entry; entries of before don't say so.

    Raises:
        DatasetError: its description is missing or damaged.
    """
    try:
        return bool(named_json.unsealed(folder / "dataset.json")[0].get(LOOKED))
    except _DAMAGE as error:
        raise _damaged(folder, error) from None


def note_looked_through(folder: Path, read_as: Sequence[str]) -> None:
    """Keep in an entry that they were looked for, and its sentences since; where nothing can be written it is left.

    The entry stays as old as it is: of several of one source the newest counts.
    """
    file = folder / "dataset.json"
    with suppress(EngineError, *_DAMAGE), locked(folder.parent):
        state, (facts, _) = file.stat(), named_json.unsealed(file)
        paths.write_atomically(file, named_json.sealed(facts | {"read_as": list(read_as), LOOKED: True}))
        os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))


@contextmanager
def _part(root: Path) -> Iterator[Path]:
    """Yield a new folder beside the entries, removed unless it has got another name; so are those of killed processes.

    Whoever writes one holds its lock, which goes with the process, so that one without a lock is nobody's.
    """
    root.mkdir(parents=True, exist_ok=True)
    with ExitStack() as held:
        with locked(root):  # nobody looks between the making of a folder and its lock
            for old in root.glob(f"{_PART}*"):
                _remove_forgotten(old)
            part = Path(tempfile.mkdtemp(prefix=_PART, dir=root))
            held.callback(shutil.rmtree, part, ignore_errors=True)
            held.enter_context(locked(part))
        yield part


def _remove_forgotten(part: Path) -> None:
    """Remove what a process was writing unless it still is."""
    with suppress(OSError):  # it is gone, or another user's
        handle = os.open(part, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(part, ignore_errors=True)
        finally:
            os.close(handle)


def read(folder: Path) -> ImageSet:
    """Return a cached data set as memory maps.

    Raises:
        DatasetError: a file is missing or damaged.
    """
    try:
        facts, _ = named_json.unsealed(folder / "dataset.json")
        if damaged := damaged_files(folder, facts):
            raise ValueError(f"{', '.join(damaged)}: not what was written")
        images = {split: pieces.load(folder / f"{split}_images.npy") for split in SPLITS}
        labels = {split: _array(folder / f"{split}_labels.npy") for split in SPLITS}
        truth = {name: _array(folder / f"{name}.npy") for name in facts["truth"]}
        groups = {split: _array(folder / f"{split}{_GROUPS}") for split in facts.get("groups", ())}
        kept = {name: facts[name] for name in _FACTS} | {"class_names": tuple(facts["class_names"])}
        kept |= {name: facts.get(name, missing) for name, missing in _LATER.items()}
        kept["read_as"] = tuple(kept["read_as"])
        names.check(kept["title"], f"{folder}: the title of the data set", DatasetError)
        names.check_all(kept["class_names"], f"{folder}: the name of class", DatasetError)
        kept |= {"truth": truth, "groups": groups, "fingerprint": facts["fingerprint"]}
        return ImageSet(images=images, labels=labels, **kept)
    except _DAMAGE as error:
        raise _damaged(folder, error) from None


def _damaged(folder: Path, error: Exception) -> DatasetError:
    """Return the error that says what is damaged and what to do."""
    return DatasetError(f"The cached images in {folder} are damaged ({error}). Delete the folder; load them again.")


def _array(path: Path) -> NDArray:
    """Return a whole array of an entry.

    Raises:
        ValueError: it is missing or damaged, or declares more than it has.
    """
    try:
        return read_npy(path)
    except EngineError as error:
        raise ValueError(str(error)) from None


def damaged_files(folder: Path, facts: dict[str, Any]) -> list[str]:
    """Return the names of an entry's array files that are not what its description says, each hashed once per process.

    100 MB take 0.1 s; a file that has not changed since it was found whole is not read again.

    Raises:
        OSError: a file is missing.
    """
    stated = facts.get("files", {})
    with ThreadPoolExecutor(4) as pool:  # hashing gives up the interpreter's lock
        whole = list(pool.map(lambda name: _is_whole(folder / name, stated[name]), stated))
    return [name for name, is_whole in zip(stated, whole, strict=True) if not is_whole]


def _is_whole(path: Path, stated: str) -> bool:
    """Return whether a file's SHA-256 is the one stated; remembered while the file does not change."""
    state = path.stat()
    known = (state.st_ino, state.st_size, state.st_mtime_ns, stated)
    if _checked.get(path) == known:
        return True
    settled = time.time_ns() - state.st_mtime_ns > _TICK  # else a later change could leave the same time behind
    if _hash(path) != stated:
        return False
    if settled:
        _checked[path] = known
    return True


def _hash(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _move(part: Path, folder: Path, images: ImageSet, facts: dict[str, Any]) -> None:
    """Make the files in `part` the entry `folder`; only one process at a time may do so."""
    if (folder / "dataset.json").is_file():
        _refuse_other_arrays(folder, images)
        # the same arrays, from another place or time; the order in memory, and so the files' bytes, may differ
        # groups are no part of the hash: those told last count
        there = {path.name for path in folder.iterdir() if not path.name.endswith(_GROUPS)}
        stated = set(facts["files"]) - _image_files(part) | _image_files(folder)  # images in one file may stay so
        for name in stated - there:
            (part / name).replace(folder / name)
        sums = {name: _hash(folder / name) for name in sorted(stated)}
        paths.write_atomically(folder / "dataset.json", named_json.sealed(facts | {"files": sums}))
        return
    if folder.exists():  # without its description it is no entry: somebody deleted half of it
        shutil.rmtree(folder)
    os.replace(part, folder)  # noqa: PTH105 - Path.replace can't tell that both are folders
    folder.chmod(0o755)


def _image_files(folder: Path) -> set[str]:
    """Return the names of the files in which an entry's images lie."""
    return {file.name for split in SPLITS for file in pieces.files_of(folder / f"{split}_images.npy")}


def _refuse_other_arrays(folder: Path, images: ImageSet) -> None:
    """Raise a DatasetError when a cached data set of the same train hash holds other arrays than `images`.

    Results name the train hash only: rows of two different test splits must not be averaged.
    """
    kept = read(folder)
    for split in SPLITS:
        same = _is_same(kept.images[split], images.images[split])
        if not same or not np.array_equal(kept.labels[split], images.labels[split]):
            raise DatasetError(
                f"{images.name}: its {split} split differs from the one cached in {folder}, while the train images are the "
                "same, so that results would not be comparable. Give it another name, or delete that folder."
            )


def _is_same(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> bool:
    """Return whether two arrays of images are equal, compared in blocks, since they may be larger than memory."""
    step = max(1, _COMPARED // max(1, one[:1].nbytes))
    blocks = (slice(start, start + step) for start in range(0, len(one), step))
    return one.shape == other.shape and all(np.array_equal(one[block], other[block]) for block in blocks)
