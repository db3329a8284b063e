"""Folders of pictures as FiftyOne exports them: a `samples.json` beside the pictures, with classes, and splits as tags."""

import json
from pathlib import Path
from typing import Any

from coreset_engine.datasets import folder_layout
from coreset_engine.datasets.folder_layout import Layout
from coreset_engine.datasets.folder_options import FolderOptions
from coreset_engine.datasets.picture_files import LeftOut, pictures_below, shown
from coreset_engine.datasets.split_names import split_of
from coreset_engine.errors import DatasetError
from coreset_engine.memory import refuse_beyond
from coreset_engine.names import counted

NAME, ABOUT = "samples.json", "metadata.json"
_READING = 8  # bytes of memory for each byte of a JSON file, roughly
_MISSING = "{sample of it has no picture|samples of it have no pictures} below the folder and {was|were} left out"
_NO_SAMPLE = "{picture|pictures} without a sample in samples.json"
_UNLABELLED = "{sample|samples} of it without a class"
_EMPTY = "{class|classes} of metadata.json {has|have} no picture here and {was|were} left out, those behind move up"


def is_one(path: Path) -> bool:
    """Return whether a folder is a data set that FiftyOne exported with all its fields, `FiftyOneDataset`."""
    return (path / NAME).is_file() and (path / ABOUT).is_file()


def layout(path: Path, left: LeftOut, options: FolderOptions) -> Layout:
    """Return what `samples.json` says: the class of the first field of type Classification, and the split of the tags.

    The order of the classes is that of `metadata.json`, where it has one, as every tree that this project exports. Those
    listed there without a picture are told and left out: a data set has train pictures of each of its classes.
    Tags are read as splits, in any usual spelling, where every sample has exactly one such tag; else splits are drawn.

    Args:
        path: the folder.
        left: takes what is left out.
        options: whose prefix says the groups.

    Raises:
        DatasetError: it can't be read, names no picture with a class, or there are fewer than 2 classes.
    """
    samples = _samples(path / NAME)
    field = _class_field(samples, path)
    known = {file.resolve(): file for file in pictures_below(path, left)}
    classes: dict[Path, str] = {}
    splits: dict[Path, list[str]] = {}
    missing = unlabelled = 0
    for sample in samples:
        file = known.get((path / str(sample.get("filepath", ""))).resolve())
        label = (sample.get(field) or {}).get("label")
        missing += file is None
        unlabelled += file is not None and not label
        if file is not None and label:
            tags = sample.get("tags") or []
            classes[file] = str(label)
            splits[file] = [split for tag in tags if (split := split_of(str(tag)))]
    if not classes:
        raise DatasetError(f"No sample of {shown(path / NAME)} has a picture below the folder. Export the media, too.")
    left.add(_NO_SAMPLE, [file for file in known.values() if file not in classes])
    for name in (NAME, ABOUT):
        left.remove(path / name)
    told = all(len(found) == 1 for found in splits.values()) and ["train"] in splits.values()
    of_split: dict[str, dict[Path, str]] = {}
    for file, label in classes.items():
        of_split.setdefault(splits[file][0] if told else "train", {})[file] = label
    said = [f"Classes were read from {field!r} of {NAME}{', splits from its tags' if told else ''}."]
    order = _order(path / ABOUT, field)
    said += [f"The order of the classes is that of {ABOUT}."] if set(order) & set(classes.values()) else []
    said += _empty([name for name in order if name not in classes.values()])
    said += [f"{counted(missing, _MISSING)}."] if missing else []
    said += [f"Left out: {counted(unlabelled, _UNLABELLED)}."] if unlabelled else []
    return folder_layout.of_classes(path, of_split, said, options, order=order)


def _empty(names: list[str]) -> list[str]:
    """Return a sentence about classes that are listed but have no picture, of which a data set here can have none."""
    first = ", ".join(shown(Path(name)) for name in names[:5])
    return [f"{counted(len(names), _EMPTY)}: {first}{', …' if len(names) > 5 else ''}."] if names else []


def _samples(file: Path) -> list[dict[str, Any]]:
    """Return the samples of a file.

    Raises:
        DatasetError: it can't be read as a list of them.
    """
    found = _read(file).get("samples")
    if not isinstance(found, list) or not all(isinstance(sample, dict) for sample in found):
        raise DatasetError(f"{shown(file)} holds no list of samples. Export them again.")
    return found


def _read(file: Path) -> dict[str, Any]:
    """Return what a file says.

    Raises:
        DatasetError: it can't be read as an object of JSON.
    """
    try:
        refuse_beyond(file, _READING * file.stat().st_size)
        found = json.loads(file.read_text("utf-8"))
        if isinstance(found, dict):
            return found
        error: Any = "no object"
    except (OSError, ValueError, RecursionError) as problem:
        error = problem
    raise DatasetError(f"{shown(file)} can't be read as a part of FiftyOne's export ({error}). Export it again.")


def _order(file: Path, field: str) -> tuple[str, ...]:
    """Return the classes that a `metadata.json` lists, those of the field, of all fields, then of its info; () for none.

    FiftyOne writes the first two; a tree of this project says them in the third, which FiftyOne makes the second.

    Raises:
        DatasetError: it can't be read.
    """
    about = _read(file)
    parts: list[Any] = [about.get("classes"), about, about.get("info")]
    listed = [
        part.get(name) if isinstance(part, dict) else None
        for part, name in zip(parts, (field, "default_classes", "classes"), strict=True)
    ]
    return tuple(dict.fromkeys(str(one) for names in listed if isinstance(names, list) for one in names))


def _class_field(samples: list[dict[str, Any]], path: Path) -> str:
    """Return the name of the field with the class: `ground_truth`, else the first one of type Classification.

    Raises:
        DatasetError: there is none.
    """
    fields = {
        name: None
        for sample in samples
        for name, value in sample.items()
        if isinstance(value, dict) and value.get("_cls") == "Classification"
    }
    if not fields:
        raise DatasetError(
            f"No sample of {shown(path / NAME)} has a field of type Classification, one class per picture. Export one."
        )
    return "ground_truth" if "ground_truth" in fields else next(iter(fields))
