"""Which pictures of a folder belong to which class and split: by its sub-folders, or by a CSV."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from coreset_engine.datasets import SPLITS, group_sources, group_splits, labels_csv
from coreset_engine.datasets.folder_options import FolderOptions
from coreset_engine.datasets.picture_files import (
    OTHER_KINDS,
    LeftOut,
    check_class_name,
    deeper,
    entries,
    pictures_below,
    shown,
)
from coreset_engine.datasets.split_names import split_of
from coreset_engine.datasets.splitting import SHARE
from coreset_engine.errors import DatasetError
from coreset_engine.names import counted

BESIDE = "{picture|pictures} beside the class folders, which {belongs|belong} to no class"
OTHER_FOLDERS = "{folder|folders} beside the splits"

Groups = dict[str, list[list[Path]]]  # by split, the pictures of each class


@dataclass(frozen=True)
class Layout:
    """Classes, the pictures of each by split, sentences about how they were found, and what pictures belong to.

    Of several labels per picture `sets` has a 0 or 1 for each of `names`, and a split one list of pictures.
    """

    names: tuple[str, ...]
    groups: Groups
    sentences: list[str] = field(default_factory=list)
    belongs: dict[Path, str] = field(default_factory=dict)
    sets: dict[Path, tuple[int, ...]] = field(default_factory=dict)


def by_folders(path: Path, left: LeftOut, options: FolderOptions, *, draw: bool = True) -> Layout:
    """Return what the sub-folders of a folder say; drawn splits keep the groups whole that `options` name.

    Args:
        path: the folder.
        left: takes what is left out, and says which files are read.
        options: whose prefix says the groups.
        draw: splits that are missing are drawn from train.

    Raises:
        DatasetError: fewer than 2 classes, a class without pictures or too small to split, splits without classes or of
            other classes than train.
    """
    top = _folders(path, left)
    roots = _split_folders(path, top, left)
    if not roots:
        names = _class_names(path, top)
        found = _all_filled(path, names, [pictures_below(path / name, left) for name in names], left)
        said = _depth([(path, names)], left, grouped=options.grouped) if draw else []
        return completed(names, {"train": found}, said, groups_of(path, {"train": found}, options, 1), draw)
    inner = {split: _folders(root, left) for split, root in roots.items()}
    names = _class_names(path, inner["train"])
    for split, folders in inner.items():
        other = sorted({shown(Path(p.name)) for p in folders} - set(names))
        if other:
            raise DatasetError(f"{split} has other sub-folders than train ({', '.join(other)}). Rename or remove them.")
    groups = {
        split: [pictures_below(root / name, left) if (root / name).is_dir() else [] for name in names]
        for split, root in roots.items()
    }
    _all_filled(roots["train"], names, groups["train"], left)
    renamed = [f"{shown(Path(root.name))} as {split}" for split, root in roots.items() if root.name != split]
    said = [f"Read {', '.join(renamed)}."] if renamed else []
    said += _depth([(root, names) for root in roots.values()], left, grouped=options.grouped)
    return completed(names, groups, said, groups_of(path, groups, options, 2), draw)


def by_labels(path: Path, options: FolderOptions, left: LeftOut, *, draw: bool = True, folders: bool = False) -> Layout:
    """Return what a CSV says; splits are those of its column, else of folders named like splits, else drawn.

    Rows may name whole `folders`, too, where it is said.

    Raises:
        DatasetError: the CSV and the pictures don't fit, or there are fewer than 2 classes.
    """
    found = labels_csv.match(pictures_below(path, left), path, options, left, folders=folders)
    _class_names(path, [Path(name) for name in sorted(set(found.classes.values()))])
    of_csv = found.groups if options.group_column else {}
    return of_classes(path, splits_of(path, found, options), found.sentences, options, of_csv, draw=draw)


def splits_of(path: Path, found: labels_csv.Labelled, options: FolderOptions) -> dict[str, dict[Path, str]]:
    """Return the class of each picture by split: of the CSV's column, else of folders named like splits, else train.

    Raises:
        DatasetError: a split is none, or no picture is in train.
    """
    given = {file: split_of(found.splits[file]) for file in found.classes}
    if options.split_column:
        strange = sorted({found.splits[file] for file, split in given.items() if not split})
        if strange:
            raise DatasetError(
                f"The column {options.split_column!r} has {strange[0]!r}; train, val and test are known."
            )
    else:
        above = {file: split_of(file.relative_to(path).parts[0]) for file in found.classes if file.parent != path}
        splits = len(above) == len(given) and all(above.values()) and "train" in above.values()
        given = above if splits else dict.fromkeys(given, "train")
    if "train" not in given.values():
        raise DatasetError(f"No picture that {options.labels} names is in train. Check --split-column.")
    of_split: dict[str, dict[Path, str]] = {split: {} for split in SPLITS}
    for file, name in found.classes.items():
        of_split[given[file]][file] = name
    return of_split


def of_classes(
    path: Path,
    of_split: dict[str, dict[Path, str]],
    said: list[str],
    options: FolderOptions,
    belongs: dict[Path, str] | None = None,
    *,
    draw: bool = True,
    order: tuple[str, ...] = (),
) -> Layout:
    """Return the layout of pictures whose classes are known by split; splits that are missing are drawn from train.

    Args:
        path: the folder.
        of_split: the class of each picture, by split.
        said: what has been told of the folder.
        options: whose prefix says the groups, where `belongs` does not.
        belongs: the group of each picture.
        draw: splits that are missing are drawn from train.
        order: of classes; those that it leaves out come after it, by name.

    Raises:
        DatasetError: there are fewer than 2 classes, one is too small to split, or no name has the prefix's separator.
    """
    found = {name for classes in of_split.values() for name in classes.values()}
    names = (*(name for name in order if name in found), *sorted(found.difference(order), key=_numbers_first))
    _class_names(path, [Path(name) for name in names])
    groups: Groups = {split: [[] for _ in names] for split in SPLITS if of_split.get(split)}
    for split in groups:
        for file, name in sorted(of_split[split].items()):
            groups[split][names.index(name)].append(file)
    return completed(names, groups, said, belongs or groups_of(path, groups, options), draw)


def groups_of(path: Path, groups: Groups, options: FolderOptions, above: int | None = None) -> dict[Path, str]:
    """Return the group of every picture, {} where nothing says groups.

    Args:
        path: the folder.
        groups: pictures by split and class.
        options: what says the groups.
        above: folders of splits and classes above those that are groups; None where classes have no folders.

    Raises:
        DatasetError: as `group_sources.of_pictures` says.
    """
    every = [file for split in groups.values() for files in split for file in files]
    return group_sources.of_pictures(path, every, options, above)


def _numbers_first(name: str) -> tuple[int, str]:
    """Return what class names are sorted by: whole numbers by their value, then text."""
    return (int(name), name) if name.isdecimal() and len(name) < 10 else (10**10, name)


def _folders(path: Path, left: LeftOut) -> list[Path]:
    """Return the folders directly below a folder; pictures beside them are left out."""
    found = entries(path, left)
    files = [entry for entry in found if not entry.is_dir()]
    left.add(BESIDE, [file for file in files if left.wants(file)])
    left.add(OTHER_KINDS, [file for file in files if not left.wants(file)])
    return [entry for entry in found if entry.is_dir()]


def _split_folders(path: Path, top: list[Path], left: LeftOut) -> dict[str, Path]:
    """Return the folders that are splits, {} where all folders are classes; refuse splits that hold no classes."""
    splits: dict[str, list[Path]] = {}
    for folder in top:
        splits.setdefault(split_of(folder.name), []).append(folder)
    other = splits.pop("", [])
    if "train" not in splits or (len(splits) == 1 and other):
        if splits and not other:
            raise DatasetError(
                f"{path} has no train folder beside {', '.join(sorted(f.name for f in top))}. {_WITH_CSV}"
            )
        return {}
    for split, folders in splits.items():
        if len(folders) > 1:
            raise DatasetError(f"{path} has several {split} folders ({', '.join(f.name for f in folders)}). Keep one.")
    roots = {split: splits[split][0] for split in SPLITS if split in splits}
    if not any(entry.is_dir() for entry in entries(roots["train"], LeftOut(path))):
        named = ", ".join(root.name for root in roots.values())
        raise DatasetError(f"The sub-folders of {path} are splits ({named}), but hold no class folders. {_WITH_CSV}")
    left.add(OTHER_FOLDERS, other)
    return roots


_WITH_CSV = "Make one sub-folder per class, or name a CSV of classes by --labels, --name-column and --label-column."


def _class_names(path: Path, folders: list[Path]) -> tuple[str, ...]:
    """Return the names of classes, sorted as given."""
    names = tuple(check_class_name(folder.name) for folder in folders)
    if len(names) < 2:
        hint = deeper(path) if folders and folders[0].is_dir() else ""  # not of classes that a CSV names
        raise DatasetError(
            f"{path} has {counted(len(names), '{class|classes}')} of pictures; at least 2 are needed. {_WITH_CSV}{hint}"
        )
    return names


def _all_filled(path: Path, names: tuple[str, ...], groups: list[list[Path]], left: LeftOut) -> list[list[Path]]:
    """Return the pictures of each class; refuse a class without any."""
    for name, files in zip(names, groups, strict=True):
        if not files:
            raise DatasetError(f"{path / name} holds no {left.kinds}. Fill or remove it.{left.advice}")
    return groups


def _depth(classes: list[tuple[Path, tuple[str, ...]]], left: LeftOut, *, grouped: bool) -> list[str]:
    """Return a sentence where classes have sub-folders of their own, and groups are not named otherwise."""
    if grouped:
        return []
    for root, names in classes:
        for name in names:
            if (root / name).is_dir() and any(p.is_dir() for p in entries(root / name, LeftOut(left.root))):
                return [
                    "Sub-folders inside a class were read as part of it; where splits are drawn, pictures of one sub-folder "
                    "(a patient, say) can fall into several, unless --group-folder is given, or --group-prefix or "
                    "--group-column names it."
                ]
    return []


def completed(
    names: tuple[str, ...],
    groups: Groups,
    said: list[str],
    belongs: dict[Path, str],
    draw: bool,
    within: str = " in each class",
) -> Layout:
    """Return a layout in which the splits that are missing are drawn from train within each class, and say so.

    Where pictures belong to groups, each group stays whole, see `group_splits.drawn`.
    """
    if not draw:
        return Layout(names, {split: groups.get(split) or [[] for _ in names] for split in SPLITS}, said, belongs)
    missing = [split for split in ("val", "test") if split not in groups]
    if missing and belongs:
        found = group_splits.drawn(groups["train"], belongs, {split: SHARE[split] for split in missing})
        told = [f"{sum(map(len, found[split])):,} pictures as {split}" for split in missing]
        drawn = f"{' and '.join(told)} were drawn from train, each group whole (seed 0)."
        return _with_gaps(
            names, groups | found, belongs, [*said, f"There is no {' and no '.join(missing)} split: {drawn}"]
        )
    done: Groups = {split: [] for split in SPLITS} | {split: groups[split] for split in groups if split != "train"}
    for name, files in zip(names, groups["train"], strict=True):
        counts = {split: max(1, len(files) // SHARE[split]) for split in missing}
        if not (files or missing):
            raise DatasetError(f"train has no picture of class {name!r}, but another split has. Add some, or drop it.")
        if len(files) < sum(counts.values()) + 1:
            raise DatasetError(
                f"Class {name!r} has {counted(len(files), '{picture|pictures}')}; at least {len(missing) + 1} are needed to "
                "split them. Add some, leave the class out, or give folders train, val and test."
            )
        order = [files[i] for i in np.random.default_rng(0).permutation(len(files))] if missing else files
        start = 0
        for split, count in counts.items():
            done[split].append(sorted(order[start : start + count]))
            start += count
        done["train"].append(sorted(order[start:]))
    if missing:
        parts = " and ".join(f"{100 // SHARE[split]} % as {split}" for split in missing)
        were = "was" if len(missing) == 1 else "were"
        said = [
            *said,
            f"There is no {' and no '.join(missing)} split: {parts} {were} drawn from train{within} (seed 0).",
        ]
    return _with_gaps(names, done, belongs, said)


def _with_gaps(names: tuple[str, ...], done: Groups, belongs: dict[Path, str], said: list[str]) -> Layout:
    """Return a layout that says which classes val and test lack."""
    for split in ("val", "test"):
        absent = [name for name, files in zip(names, done[split], strict=True) if not files]
        if absent:
            said = [*said, f"{split} has no pictures of {', '.join(absent[:5])}{', …' if len(absent) > 5 else ''}."]
    return Layout(names, done, said, belongs)
