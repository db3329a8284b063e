"""The structure of a `dynamics.h5`: everything is checked before anything is read."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np

from coreset_engine.errors import RunError
from coreset_engine.store.layout import ATTRIBUTES_SUM, LABELS_SUM, RunInfo, array_types, attributes_sum

# what h5py raises for a file that is damaged somewhere
UNREADABLE = (OSError, RuntimeError, LookupError, ValueError, TypeError, AttributeError, ArithmeticError, MemoryError)


class Structure(NamedTuple):
    """What `open_checked` found: the run, each dataset's offset, the format's version, the labels' sum (-1 in version 1)."""

    info: RunInfo
    offsets: dict[str, int]
    version: int
    labels_sum: int


def open_checked(path: Path) -> Structure:
    """Return a file's attributes and each dataset's offset, after checking the whole structure.

    Raises:
        RunError: there is no such file, it is damaged, or it is not what this project writes.
    """
    if not path.is_file():
        raise RunError(f"There is no run at {path.parent}. `runs` lists those that exist.")
    try:
        size = path.stat().st_size
        with h5py.File(path, "r", locking=False) as file:
            attributes = dict(file.attrs)
            info, version = RunInfo.from_attributes(attributes, str(path)), int(attributes["version"])
            info.check_size(str(path))
            arrays = array_types(info, version)
            _check_members(file, path, arrays)
            offsets = {name: _check_dataset(file, path, name, *arrays[name]) for name in arrays}
            labels_sum = _labels_sum(path, attributes, version)
    except UNREADABLE as error:
        raise RunError(f"{path} can't be read: {error}. Restore it from a copy or record the run again.") from None
    for name, (shape, dtype) in arrays.items():
        if offsets[name] + int(np.prod(shape)) * dtype.itemsize > size:
            raise RunError(
                f"{path} is truncated: {name} ends behind the file's {size:,} bytes. Restore it from a copy."
            )
    return Structure(info, offsets, version, labels_sum)


def _labels_sum(path: Path, attributes: Mapping[str, Any], version: int) -> int:
    """Return the sum of a file's labels after checking its attributes against theirs; -1 for a file without sums.

    Raises:
        RunError: an attribute has changed since it was written.
    """
    if version == 1:
        return -1
    if attributes.get(ATTRIBUTES_SUM) != attributes_sum(attributes) or LABELS_SUM not in attributes:
        raise RunError(
            f"{path}: the run's description does not match its checksum. Restore it from a copy or record the run again."
        )
    return int(attributes[LABELS_SUM])


def _check_members(file: h5py.File, path: Path, arrays: dict) -> None:
    """Raise a RunError unless the file holds exactly the known members, each by a hard link."""
    for group, names in (("/", {"labels", "epochs"}), ("epochs", {n[7:] for n in arrays if n.startswith("epochs/")})):
        members = file[group]  # kept while its links are asked: they die with it
        if not isinstance(members, h5py.Group):
            raise RunError(f"{path}: {group!r} is no group. Record the run again.")
        found, links = set(members), members.id.links
        if found != names:
            odd = ", ".join(sorted(found ^ names))
            raise RunError(f"{path}: group {group!r} has missing or unknown members ({odd}). Record the run again.")
        for name in names:
            if links.get_info(name.encode()).type != h5py.h5l.TYPE_HARD:
                raise RunError(f"{path}: {group}/{name} is a link to somewhere else, which is refused.")


def _check_dataset(file: h5py.File, path: Path, name: str, shape: tuple[int, ...], dtype: np.dtype) -> int:
    """Return a dataset's offset after checking its type, shape and storage."""
    dataset = h5py.h5d.open(file.id, name.encode())
    plist = dataset.get_create_plist()
    if plist.get_layout() != h5py.h5d.CONTIGUOUS or plist.get_external_count():
        raise RunError(f"{path}: {name} is not stored contiguously in this file, which is refused.")
    if dataset.shape != shape or dataset.dtype != dtype:
        raise RunError(
            f"{path}: {name} is {dataset.dtype} {dataset.shape}, but the file's attributes need {dtype} {shape}. "
            "Record the run again."
        )
    offset = dataset.get_offset()
    if offset is None:
        raise RunError(f"{path}: {name} has no storage. Record the run again.")
    return offset
