"""A CSV that says of each picture its class, and maybe its split."""

import csv
import io
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from coreset_engine.datasets.folder_options import FolderOptions, read_bytes
from coreset_engine.datasets.picture_files import LeftOut, first_names, is_picture, shown
from coreset_engine.errors import DatasetError
from coreset_engine.names import counted

csv.field_size_limit(1 << 20)
NO_ROW = "{picture|pictures} without a row in the CSV"


_MISSING = "{row of it names a picture that is|rows of it name pictures that are} not there and {was|were} left out"


@dataclass(frozen=True)
class Labelled:
    """What a CSV says of the pictures found: class, split and group ("" for none) by file, and sentences about the rest."""

    classes: dict[Path, str]
    splits: dict[Path, str]
    groups: dict[Path, str]
    sentences: list[str]


def match(files: list[Path], root: Path, options: FolderOptions, left: LeftOut) -> Labelled:
    """Return the class, the split and the group that the rows of a CSV give to pictures.

    A row names a picture by its path below the folder or by its file name alone, with or without ending.

    Raises:
        DatasetError: the CSV can't be read, lacks a column, fits no picture, names several pictures by one name, or gives
            one picture two labels.
    """
    rows, known = _rows(options), _names(files, root)
    classes: dict[Path, str] = {}
    splits: dict[Path, str] = {}
    groups: dict[Path, str] = {}
    missing, unlabelled = [], 0
    for name, label, split, group in rows:
        if not label:
            unlabelled += 1
            continue
        fitting = known.get(_key(name), [])
        if len(fitting) > 1:
            raise DatasetError(
                f"{name!r} in {options.labels} fits {len(fitting)} pictures ({first_names(fitting, root)}). Name them by "
                "their path in the CSV, or load one of the folders."
            )
        if not fitting:
            missing.append(name)
        else:
            given = ((classes, label), (splits, split), (groups, group))
            twice = [(kept[fitting[0]], value) for kept, value in given if kept.setdefault(fitting[0], value) != value]
            if twice:
                raise DatasetError(
                    f"{options.labels} gives {shown(fitting[0], root)} two labels, splits or groups "
                    f"({', '.join(twice[0])}). Keep one row per picture."
                )
    if not classes:
        raise DatasetError(
            f"No row of {options.labels} names a picture in {shown(root)} (first: {(rows[0][0] if rows else 'none')!r}). "
            "Check the folder and --name-column."
        )
    left.add(NO_ROW, [file for file in files if file not in classes])
    left.remove(Path(options.labels))
    said = [f"Classes were read from the column {options.label_column!r} of {options.labels}."]
    if missing:
        named = ", ".join(shown(Path(name)) for name in missing[:3]) + (", …" if len(missing) > 3 else "")
        said.append(f"{counted(len(missing), _MISSING)} ({named}).")
    if unlabelled:
        said.append(f"Left out: {counted(unlabelled, '{row|rows}')} of it without a label.")
    return Labelled(classes, splits, groups, said)


def _rows(options: FolderOptions) -> list[tuple[str, str, str, str]]:
    """Return name, label, split and group of every row; the columns may be parted by comma, semicolon or tab."""
    try:
        text = read_bytes(Path(options.labels)).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DatasetError(f"{options.labels} is no UTF-8 text ({error.reason}). Save it as UTF-8.") from None
    asked = (options.name_column, options.label_column, options.split_column, options.group_column)
    wanted = [column for column in asked if column]
    header: list[str] = []
    try:
        for delimiter in ",;\t":
            lines = csv.reader(io.StringIO(text), delimiter=delimiter)
            header = [column.strip() for column in next(lines, [])]
            if set(wanted) <= set(header):
                places = [header.index(column) if column else None for column in asked]
                cells = [
                    ["" if p is None else "".join(line[p : p + 1]).strip() for p in places]
                    for line in lines
                    if any(line)
                ]
                return [(line[0], line[1], line[2], line[3]) for line in cells]
    except csv.Error as error:
        raise DatasetError(f"{options.labels} is no readable CSV ({error}). Write it again.") from None
    first = text.partition("\n")[0].strip()[:200]
    raise DatasetError(f"{options.labels} has not the columns {', '.join(wanted)}. Its first line is: {first!r}.")


def columns(path: Path) -> list[str]:
    """Return the names in the first line of a CSV, parted by whichever of comma, semicolon and tab gives most.

    Raises:
        DatasetError: it can't be read, is no UTF-8 text, or has fewer than two columns.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline(1 << 16)
        headers = [next(csv.reader([first], delimiter=delimiter), []) for delimiter in ",;\t"]
    except OSError as error:
        raise DatasetError(f"The labels in {shown(path)} can't be read: {error.strerror}.") from None
    except (UnicodeDecodeError, csv.Error):
        raise DatasetError(f"{shown(path)} is no CSV in UTF-8. Save it as one.") from None
    found = list(dict.fromkeys(name.strip() for name in max(headers, key=len) if name.strip()))
    if len(found) < 2:
        raise DatasetError(f"The first line of {shown(path)} names no two columns: those of the pictures and classes.")
    return found


def _key(name: str) -> str:
    """Return a path as it is looked up: with "/" and without "./" in front."""
    return name.replace("\\", "/").removeprefix("./").strip("/")


def _names(files: list[Path], root: Path) -> dict[str, list[Path]]:
    """Return the pictures that each name fits: a whole path counts alone, a file name counts all that bear it."""
    paths: dict[str, list[Path]] = defaultdict(list)
    names: dict[str, list[Path]] = defaultdict(list)
    for file in files:
        path = PurePosixPath(file.relative_to(root))
        for found, text in (
            (paths, str(path)),
            (paths, str(path.with_suffix(""))),
            (names, file.name),
            (names, file.stem),
        ):
            if file not in found[text]:
                found[text].append(file)
    whole = {text: found for text, found in paths.items() if is_picture(Path(text)) or "/" in text}
    return {**names, **whole}
