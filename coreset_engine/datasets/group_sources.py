"""Where pictures say what they belong to, but for a CSV of classes: by their names, their folders, or a `groups.csv`."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from coreset_engine.datasets import sample_groups
from coreset_engine.datasets.folder_options import FolderOptions, read_bytes
from coreset_engine.datasets.picture_files import shown
from coreset_engine.datasets.split_names import split_of
from coreset_engine.errors import DatasetError

TABLE = "groups.csv"  # of an exported coreset
COLUMNS = ("file", "group")


def of_pictures(path: Path, files: Sequence[Path], options: FolderOptions, above: int | None) -> dict[Path, str]:
    """Return the group of every picture, "" for none; {} where nothing says groups.

    Args:
        path: the folder.
        files: its pictures.
        options: what says the groups; without anything the folder's own `groups.csv` does, if there is one.
        above: how many folders, of splits and classes, lie between the folder and those that are groups; None where classes
            have no folders, so that none or one of a split does.

    Raises:
        DatasetError: no name has the prefix's separator, no picture lies in such a folder, or `groups.csv` can't be read.
    """
    if options.group_prefix:
        return sample_groups.by_prefix(files, options.group_prefix)
    if not options.group_folder:
        return _by_table(path, files)
    if above is None:
        above = int(all(file.parent != path and split_of(file.relative_to(path).parts[0]) for file in files))
    return by_folder(path, files, above)


def by_folder(path: Path, files: Sequence[Path], above: int) -> dict[Path, str]:
    """Return the name of the folder that each picture lies in below so many others; "" for one that lies in none.

    Raises:
        DatasetError: none lies in one.

    Example:
        >>> from pathlib import Path
        >>> from coreset_engine.datasets.group_sources import by_folder
        >>> list(by_folder(Path("f"), [Path("f/liver/P01/3.png"), Path("f/liver/4.png")], 1).values())
        ['P01', '']
    """
    parts = {file: file.relative_to(path).parts[above:] for file in files}
    found = {file: rest[0] if len(rest) > 1 else "" for file, rest in parts.items()}
    if not any(found.values()):
        where = "inside its class " if above else ""
        raise DatasetError(
            f"No picture of {shown(path)} lies in a folder {where}that is a group. Leave out --group-folder."
        )
    return found


def origin(options: FolderOptions) -> str:
    """Return where groups were read, in words."""
    if options.group_prefix:
        return f"the names of the pictures, up to {options.group_prefix!r}"
    if options.group_folder:
        return "the folders that the pictures lie in, those of one name as one group"
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
