"""Folders of pictures as Hugging Face's `imagefolder` reads them: a `metadata.csv` beside the pictures or in each split."""

from dataclasses import replace
from pathlib import Path

from coreset_engine.datasets import folder_layout, labels_csv
from coreset_engine.datasets.folder_layout import Layout
from coreset_engine.datasets.folder_options import FolderOptions
from coreset_engine.datasets.picture_files import LeftOut, pictures_below
from coreset_engine.datasets.split_names import split_of
from coreset_engine.errors import DatasetError

NAME = "metadata.csv"
_NAMES, _LABELS = "file_name", "label"


def found(path: Path) -> dict[str, Path]:
    """Return the `metadata.csv` of a folder that has one under "", else those of its splits; {} where none tells classes."""
    if _tells(path / NAME):
        return {"": path / NAME}
    if not path.is_dir():
        return {}
    folders = {split_of(entry.name): entry for entry in sorted(path.iterdir()) if entry.is_dir()}
    told = {split: folder / NAME for split, folder in folders.items() if split and _tells(folder / NAME)}
    return told if "train" in told else {}


def _tells(file: Path) -> bool:
    """Return whether a file has the columns of names and classes."""
    try:
        return file.is_file() and {_NAMES, _LABELS} <= set(labels_csv.columns(file))
    except DatasetError:
        return False


def layout(path: Path, files: dict[str, Path], left: LeftOut, options: FolderOptions) -> Layout:
    """Return what the metadata say.

    Args:
        path: the folder.
        files: as `found` gives them.
        left: takes what is left out.
        options: whose prefix says the groups.

    Raises:
        DatasetError: they do not fit the pictures, or there are fewer than 2 classes.
    """
    of_split: dict[str, dict[Path, str]] = {}
    said: list[str] = []
    for split, file in files.items():
        told = replace(options, labels=str(file), name_column=_NAMES, label_column=_LABELS)
        if not split:
            return folder_layout.by_labels(path, told, left)
        matched = labels_csv.match(pictures_below(file.parent, left), file.parent, told, left)
        of_split[split], said = matched.classes, [*said, *matched.sentences]
    return folder_layout.of_classes(path, of_split, said, options)
