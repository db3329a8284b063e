"""What can be told about a folder of pictures: a CSV with its labels, and whether broken pictures may be left out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from coreset_engine import paths
from coreset_engine.errors import ConfigError, DatasetError

CSV_BYTES = 1 << 30  # of a file with labels; ten million rows have less
_READING = (
    2  # raised whenever the same files are read otherwise than before, so that the cache is not asked for old arrays
)

_LATER = ("group_column", "group_prefix", "grades", "multi_label", "group_folder")  # fields that older marks lack


@dataclass(frozen=True)
class FolderOptions:
    """How a folder of pictures is read where its sub-folders do not say it all.

    Attributes:
        labels: path of a CSV with one row per picture; "" where the sub-folders are the classes.
        name_column: of the CSV, the column with the picture's file name or path, with or without its ending.
        label_column: of the CSV, the column with the class; or several one-hot columns, parted by commas. With `multi_label`
            columns of 0 and 1, or one with the labels of a picture joined by |.
        split_column: of the CSV, the column with train, val or test; "" for none.
        skip_broken: leave pictures out that can't be read, instead of refusing the folder.
        group_column: of the CSV, the column with what pictures belong to together, as a patient; "" for none.
        group_prefix: what ends the part of a picture's name that says the same, as "_" in P01_3.png; "" for none.
        grades: the classes from the lowest grade to the highest, parted by commas; "" for no order. Of a .npz, too.
        multi_label: pictures can have several labels, as the CSV says.
        group_folder: the folder inside a class that a picture lies in says what it belongs to, as class/P01/3.png.
    """

    labels: str = ""
    name_column: str = ""
    label_column: str = ""
    split_column: str = ""
    skip_broken: bool = False
    group_column: str = ""
    group_prefix: str = ""
    grades: str = ""
    multi_label: bool = False
    group_folder: bool = False

    def __post_init__(self) -> None:
        """Refuse a CSV without its columns, columns without their CSV, two kinds of groups, and grades of several labels.

        Raises:
            ConfigError: one is given without the other, or a value has the wrong type.
        """
        words = (self.labels, self.name_column, self.label_column, self.split_column, self.group_column)
        texts, flags = (*words, self.group_prefix, self.grades), (self.skip_broken, self.multi_label, self.group_folder)
        if not all(isinstance(text, str) for text in texts) or not all(isinstance(flag, bool) for flag in flags):
            raise ConfigError(
                "Of a folder, labels, columns and grades are told as text, skip_broken, multi_label and group_folder as yes "
                "or no."
            )
        if self.labels and not (self.name_column and self.label_column):
            raise ConfigError("--labels needs --name-column and --label-column: which columns of the CSV hold them?")
        if not self.labels and any(words[1:]):
            raise ConfigError(
                "--name-column, --label-column, --split-column and --group-column need --labels, the CSV that has them."
            )
        if self.multi_label and not self.labels:
            raise ConfigError("--multi-label needs --labels, the CSV that has them.")
        if self.multi_label and self.grades:
            raise ConfigError("Of several labels per picture none is a grade. Leave out --multi-label or --grades.")
        if sum(map(bool, (self.group_column, self.group_prefix, self.group_folder))) > 1:
            raise ConfigError("Groups come from --group-column, --group-prefix or --group-folder. Choose one of them.")

    @property
    def grouped(self) -> bool:
        """Return whether it is told what pictures belong to together."""
        return bool(self.group_column or self.group_prefix or self.group_folder)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> FolderOptions:
        """Return what `dataclasses.asdict` made plain values of.

        Raises:
            ConfigError: a field is unknown or impossible.
        """
        unknown = set(stored) - {known.name for known in fields(cls)}
        if unknown:
            raise ConfigError(f"A folder has no option {', '.join(sorted(unknown))}.")
        return cls(**stored)

    def mark(self, files: str) -> str:
        """Return what changes when the files of a folder, these options or the CSV change.

        Args:
            files: the same of the files alone.

        Raises:
            DatasetError: the CSV can't be read.
        """
        told = {} if self == FolderOptions() else asdict(self)
        # marks of before there were groups, grades and several labels stay what they are
        told = {name: value for name, value in told.items() if value or name not in _LATER}
        told |= {"splits": "groups stay whole"} if self.grouped else {}
        told |= {"sha256": hashlib.sha256(read_bytes(Path(self.labels))).hexdigest()} if self.labels else {}
        return json.dumps({"reading": _READING, "files": files} | told)


def mark_again(kept: str, files: str) -> str:
    """Return the mark of a folder in its present state, made as a kept one was: with the same options.

    Args:
        kept: the mark that a cached data set has; one of before there were options is that of the files alone.
        files: the mark of the files as they are now.
    """
    try:
        told = json.loads(kept)
        options = {name: told[name] for name in told if name in {known.name for known in fields(FolderOptions)}}
        now = json.loads(FolderOptions.from_dict(options).mark(files))
    except (ValueError, TypeError, ConfigError):
        return files
    except DatasetError:
        return ""
    return json.dumps(now | {"reading": told.get("reading")})


def read_bytes(path: Path) -> bytes:
    """Return the content of a CSV.

    Raises:
        DatasetError: it is no file, too large, or can't be read.
    """
    path = paths.to_read(path)
    try:
        if not path.is_file():
            raise DatasetError(f"There is no file {path} with labels. Check the path.")
        if path.stat().st_size > CSV_BYTES:
            raise DatasetError(f"{path} has over {CSV_BYTES:,} bytes. Keep only the columns of names and labels.")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise DatasetError(f"The labels in {path} can't be read: {error}.") from None
