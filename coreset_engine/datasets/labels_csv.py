"""A CSV that says of each picture its class, and maybe its split."""

import csv
import io
import json
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from coreset_engine.datasets.folder_options import FolderOptions, read_bytes
from coreset_engine.datasets.picture_files import LeftOut, first_names, is_picture, shown
from coreset_engine.errors import DatasetError
from coreset_engine.names import counted

csv.field_size_limit(1 << 20)
_ONE_HOT = {"": 0, "0": 0, "0.0": 0, "false": 0, "1": 1, "1.0": 1, "true": 1}  # what a cell of a one-hot column says
_MULTI_HOT = {"0": 0, "0.0": 0, "1": 1, "1.0": 1}  # of several labels a cell left empty may mean that nobody looked
_JOINED = "|"  # between the labels of a picture in one column, as ChestX-ray14 has them
_NONE = "no finding"  # how it says that there is none
NO_ROW = "{picture|pictures} without a row in the CSV"


_MISSING = "{row of it names a picture that is|rows of it name pictures that are} not there and {was|were} left out"


@dataclass(frozen=True)
class Labelled:
    """What a CSV says of the pictures found: class, split and group ("" for none) by file, and sentences about the rest.

    Of several labels per picture the class is a JSON list of them, and `names` are all in order.
    """

    classes: dict[Path, str]
    splits: dict[Path, str]
    groups: dict[Path, str]
    sentences: list[str]
    names: tuple[str, ...] = ()


def match(files: list[Path], root: Path, options: FolderOptions, left: LeftOut, *, folders: bool = False) -> Labelled:
    """Return the class, the split and the group that the rows of a CSV give to pictures.

    A row names a picture by its path below the folder or by its file name alone, with or without ending; where `folders`
    says so, it may name a folder instead, by its path or its name alone, and means all pictures below that.

    Raises:
        DatasetError: the CSV can't be read, lacks a column, fits no picture, names several pictures by one name, or gives
            one picture two labels.
    """
    (rows, names), known = _rows(options), _names(files, root)
    below = _below(files, root) if folders else {}
    found = Labelled({}, {}, {}, [], names)
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
        fitting = fitting or below.get(_key(name), [])
        missing += [] if fitting else [name]
        for file in fitting:
            _give(found, file, (label, split, group), root, options)
    classes = found.classes
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
    return replace(found, sentences=said)


def _give(found: Labelled, file: Path, told: tuple[str, str, str], root: Path, options: FolderOptions) -> None:
    """Give a picture its class, split and group.

    Raises:
        DatasetError: it has others already.
    """
    for kept, value in zip((found.classes, found.splits, found.groups), told, strict=True):
        if kept.setdefault(file, value) != value:
            raise DatasetError(
                f"{options.labels} gives {shown(file, root)} two labels, splits or groups ({kept[file]}, {value}). Keep one "
                "row per picture."
            )


def _below(files: list[Path], root: Path) -> dict[str, list[Path]]:
    """Return the pictures below each folder, by its path, and by its name where no other folder bears it."""
    paths: dict[str, list[Path]] = defaultdict(list)
    bearing: dict[str, set[str]] = defaultdict(set)
    for file in files:
        for folder in PurePosixPath(file.relative_to(root)).parents:
            if folder.name:
                paths[str(folder)].append(file)
                bearing[folder.name].add(str(folder))
    return {name: paths[next(iter(which))] for name, which in bearing.items() if len(which) == 1} | paths


def _rows(options: FolderOptions) -> tuple[list[tuple[str, str, str, str]], tuple[str, ...]]:
    """Return name, label, split and group of every row, and of several labels per picture the names of all.

    The columns may be parted by comma, semicolon or tab.

    Raises:
        DatasetError: it is no text, no CSV, or lacks a column, or a row can't be understood.
    """
    try:
        text = read_bytes(Path(options.labels)).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DatasetError(f"{options.labels} is no UTF-8 text ({error.reason}). Save it as UTF-8.") from None
    others = (options.name_column, options.split_column, options.group_column)
    try:
        for delimiter in ",;\t":
            lines = csv.reader(io.StringIO(text), delimiter=delimiter)
            header = [column.strip() for column in next(lines, [])]
            classes = _class_columns(options.label_column, header)
            if classes and {column for column in others if column} <= set(header):
                name, split, group = ([header.index(column)] if column else [] for column in others)
                label = _labels if options.multi_label else _label
                rows = [(_cell(line, name), label(line, classes, header), _cell(line, split), _cell(line, group))
                        for line in lines if any(line)]  # fmt: skip
                return rows, _label_names(rows, classes, header, options) if options.multi_label else ()
    except csv.Error as error:
        raise DatasetError(f"{options.labels} is no readable CSV ({error}). Write it again.") from None
    raise DatasetError(_lacking(options, text.partition("\n")[0].strip()))


def _lacking(options: FolderOptions, first: str) -> str:
    """Return in a sentence which columns the first line of a CSV lacks, however it may be parted."""
    known = {name.strip() for delimiter in ",;\t" for name in next(csv.reader([first], delimiter=delimiter), [])}
    labels = [part.strip() for part in options.label_column.split(",")]
    given = [options.name_column, *([options.label_column] if options.label_column in known else labels)]
    wanted = dict.fromkeys(column for column in (*given, options.split_column, options.group_column) if column)
    missing = [column for column in wanted if column not in known] or list(wanted)
    word = "column" if len(missing) == 1 else "columns"
    return f"{options.labels} has no {word} {', '.join(missing)}. Its first line is: {first[:200]!r}."


def _cell(line: list[str], places: list[int]) -> str:
    """Return what a row has at a place, "" where it is too short or there is no such column."""
    return "".join(line[place].strip() for place in places if place < len(line))


def _class_columns(told: str, header: list[str]) -> list[int]:
    """Return the places of the column with the class, or of one-hot columns parted by commas; [] where one is missing."""
    parts = [told] if told in header else [part.strip() for part in told.split(",")]
    return [header.index(part) for part in parts] if set(parts) <= set(header) else []


def _label(line: list[str], places: list[int], header: list[str]) -> str:
    """Return the class of a row: what its column says, or the name of the one column of several that has a 1; "" for none.

    Raises:
        DatasetError: one-hot columns hold anything but zeros and a 1.
    """
    if len(places) == 1:
        return _cell(line, places)
    values = [_ONE_HOT.get(_cell(line, [place]).lower()) for place in places]
    if None in values or sum(value or 0 for value in values) > 1:
        cells = ", ".join(_cell(line, [place]) for place in places)
        raise DatasetError(
            f"The row {line[0]!r} has {cells[:80]!r} in its one-hot columns, where one 1 among zeros is needed. Leave such "
            "rows out, or read several labels per picture by --multi-label."
        )
    return next((header[place] for place, value in zip(places, values, strict=True) if value), "")


def _labels(line: list[str], places: list[int], header: list[str]) -> str:
    """Return the labels of a row as a JSON list: those of the columns that have a 1, or those joined in one column.

    Raises:
        DatasetError: a column holds anything but 0 and 1, or the one column no labels, or "No Finding" among others.
    """
    if len(places) == 1:
        found = [part.strip() for part in _cell(line, places).split(_JOINED)]
        known = [part for part in found if part.lower() != _NONE]
        if not all(found) or len(known) not in (0, len(found)):
            raise DatasetError(
                f"The row {line[0]!r} has {_cell(line, places)[:80]!r} in the column {header[places[0]]!r}, where labels "
                'joined by | are needed, or "No Finding" alone. Mend it, or leave such rows out.'
            )
        return json.dumps(sorted(set(known)))
    for place in places:
        if _cell(line, [place]) not in _MULTI_HOT:
            raise DatasetError(
                f"The row {line[0]!r} has {_cell(line, [place])[:80]!r} in the column {header[place]!r}, where 0 or 1 is "
                "needed. Mend it, or leave such rows out."
            )
    return json.dumps([header[place] for place in places if _MULTI_HOT[_cell(line, [place])]])


def _label_names(
    rows: list[tuple[str, str, str, str]], places: list[int], header: list[str], options: FolderOptions
) -> tuple[str, ...]:
    """Return the names of all labels: of the columns, or sorted where one column has them.

    Raises:
        DatasetError: there is one only, or the one column holds 0 and 1.
    """
    if len(places) > 1:
        return tuple(header[place] for place in places)
    names = tuple(sorted({name for _, label, *_ in rows for name in json.loads(label)}))
    if len(names) < 2 or set(names) <= set(_MULTI_HOT):
        raise DatasetError(
            f"The column {options.label_column!r} of {options.labels} has the labels {', '.join(names) or 'none'}; two or "
            "more are needed. Name several columns of 0 and 1, as A,B,C, or one with labels joined by |."
        )
    return names


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
