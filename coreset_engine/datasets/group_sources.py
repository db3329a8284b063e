"""Where the pictures of a folder say what they belong to, but for a CSV of classes: their names, or a `groups.csv`."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from coreset_engine.datasets import sample_groups
from coreset_engine.datasets.folder_options import FolderOptions, read_bytes
from coreset_engine.errors import DatasetError

TABLE = "groups.csv"  # of an exported coreset
COLUMNS = ("file", "group")


def of_pictures(path: Path, files: Sequence[Path], options: FolderOptions) -> dict[Path, str]:
    """Return the group of every picture, "" for none; {} where nothing says groups.

    Args:
        path: the folder.
        files: its pictures.
        options: whose prefix says the groups; without one the folder's own `groups.csv` does, if there is one.

    Raises:
        DatasetError: no name has the prefix's separator, or `groups.csv` can't be read.
    """
    if options.group_prefix:
        return sample_groups.by_prefix(files, options.group_prefix)
    return _by_table(path, files)


def origin(options: FolderOptions) -> str:
    """Return where groups were read, in words."""
    if options.group_prefix:
        return f"the names of the pictures, up to {options.group_prefix!r}"
    return f"the column {options.group_column!r}" if options.group_column else TABLE


def is_table(file: Path) -> bool:
    """Return whether a file is a `groups.csv` as exports have it: of a file's path and its group, and nothing else."""
    if file.name != TABLE or not file.is_file():
        return False
    try:
        with file.open(encoding="utf-8", newline="") as opened:
            return tuple(next(csv.reader(opened), [])) == COLUMNS
    except (OSError, UnicodeDecodeError, csv.Error):
        return False


def _by_table(path: Path, files: Sequence[Path]) -> dict[Path, str]:
    """Return what a folder's `groups.csv` says of its pictures; {} where it has none, or one that says nothing of them.

    Raises:
        DatasetError: it can't be read.
    """
    if not is_table(path / TABLE):
        return {}
    try:
        lines = csv.reader(io.StringIO(read_bytes(path / TABLE).decode("utf-8"), newline=""))
        known = {path / line[0]: line[1] for line in lines if len(line) == len(COLUMNS)}
    except (UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"{path / TABLE} is no readable CSV ({error}). Export it again, or remove it.") from None
    found = {file: known.get(file, "") for file in files}
    return found if any(found.values()) else {}
