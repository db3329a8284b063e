"""Folders of pictures with several labels each, as a CSV says."""

import json
from dataclasses import replace
from pathlib import Path

from coreset_engine.datasets import SPLITS, folder_layout, labels_csv
from coreset_engine.datasets.folder_layout import Layout
from coreset_engine.datasets.folder_options import FolderOptions
from coreset_engine.datasets.picture_files import LeftOut, check_class_name, pictures_below

_FIRST = 5  # labels named in a sentence


def by_labels(path: Path, options: FolderOptions, left: LeftOut) -> Layout:
    """Return what a CSV says; splits as of classes, but that those which are missing are drawn from all pictures together.

    Raises:
        DatasetError: the CSV and the pictures don't fit, or there are too few to be split.
    """
    found = labels_csv.match(pictures_below(path, left), path, options, left)
    names = tuple(check_class_name(name) for name in found.names)
    of_split = folder_layout.splits_of(path, found, options)
    groups = {split: [sorted(files)] for split, files in of_split.items() if files}
    belongs = found.groups if options.group_column else folder_layout.groups_of(path, groups, options)
    done = folder_layout.completed(("any label",), groups, found.sentences, belongs, True, within="")
    sets = {file: tuple(int(name in told) for name in names) for file, told in _told(found).items()}
    done = replace(done, names=names, sets=sets)
    return replace(done, sentences=[*done.sentences, *_gaps(done), *_of_none(done)])


def _told(found: labels_csv.Labelled) -> dict[Path, set[str]]:
    """Return the labels of every picture."""
    return {file: set(json.loads(text)) for file, text in found.classes.items()}


def _gaps(layout: Layout) -> list[str]:
    """Return a sentence for each split that lacks labels."""
    said = []
    for split in SPLITS:
        files = [file for group in layout.groups[split] for file in group]
        absent = [
            name for place, name in enumerate(layout.names) if not any(layout.sets[file][place] for file in files)
        ]
        if absent:
            more = ", …" if len(absent) > _FIRST else ""
            said.append(f"{split} has no picture with {', '.join(absent[:_FIRST])}{more}.")
    return said


def _of_none(layout: Layout) -> list[str]:
    """Return a sentence where pictures have none of the labels."""
    count = sum(not any(told) for told in layout.sets.values())
    return [f"{count:,} of {len(layout.sets):,} pictures have none of the {len(layout.names)} labels."] if count else []
