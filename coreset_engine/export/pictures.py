"""A coreset as pictures: PNGs in one folder per class, exact to the pixel, with val and test beside them."""

import io
import json
import zipfile
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coreset_engine import paths
from coreset_engine.datasets import SPLITS, ImageSet
from coreset_engine.datasets.group_sources import COLUMNS, TABLE
from coreset_engine.datasets.modality import png
from coreset_engine.errors import ConfigError
from coreset_engine.export.coreset import CoresetFile
from coreset_engine.tables import as_csv

_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest a .zip knows: the same coreset gives the same bytes on every day


def as_zip(coreset: CoresetFile, images: ImageSet) -> bytes:
    """Return a .zip of the kept train images and of val and test whole: `train/<class>/<picture>`, `val/…`, `test/…`.

    Beside them lie `manifest.json` and `coreset.csv`, which names each kept image's file. Pictures are called after their
    row of the split, folders after number and name of the class; what could be no file's name anywhere is written as "-".
    Images of several labels lie in one folder per split, `train/images`, and `labels.csv` tells their labels. Where images
    have groups, as patients, `groups.csv` tells them.

    Raises:
        ConfigError: the images are volumes, or two columns of `labels.csv` had one name.
    """
    refuse_volumes("zip", images)
    table = coreset.table()
    folders, several = class_folders(coreset), images.multi_label
    buffer, told = io.BytesIO(), []
    named: dict[str, dict[int, str]] = {}
    with zipfile.ZipFile(buffer, "w") as archive:
        for split in SPLITS:
            rows, labels = rows_of(split, coreset, images), images.labels[split]
            files = {row: f"{split}/{'images' if several else folders[labels[row]]}/{row}.png" for row in rows.tolist()}
            if split == "train":
                table["file"] = [files[row] for row in table["index"].tolist()]
                put(archive, "manifest.json", json.dumps(coreset.manifest(), indent=1).encode())
                put(archive, "coreset.csv", as_csv(table))
            if several:
                own = {"file": list(files.values()), "split": split}
                told.append(labelled("zip", images, split, own, rows))
            for row, file in files.items():
                put(archive, file, png(images.thumbnail(row, split)))
            named |= {split: files}
        if several:
            put(archive, "labels.csv", as_csv(pd.concat(told)))
        put_groups(archive, images, named)
    return buffer.getvalue()


def put_groups(archive: zipfile.ZipFile, images: ImageSet, files: dict[str, dict[int, str]]) -> None:
    """Add a `groups.csv` of the pictures that belong to a group, as a patient's, where images have groups.

    Args:
        archive: the file.
        images: of the run.
        files: by split, the path of each row's picture.
    """
    if images.groups:
        pairs = [
            (file, str(groups[row])) for split, groups in images.groups.items() for row, file in files[split].items()
        ]
        put(archive, TABLE, as_csv(pd.DataFrame([pair for pair in pairs if pair[1]], columns=list(COLUMNS))))


def rows_of(split: str, coreset: CoresetFile, images: ImageSet) -> NDArray[np.int64]:
    """Return the rows of a split that a file of images holds, ascending: those kept of train, all of val and test."""
    return coreset.indices if split == "train" else np.arange(len(images.labels[split]))


def is_flat(images: ImageSet) -> bool:
    """Return whether a picture holds all of an image: whether they are no volumes."""
    return len(images.size) == 2


def refuse_volumes(kind: str, images: ImageSet) -> None:
    """Refuse images of which a picture would hold one slice only.

    Raises:
        ConfigError: they are volumes.
    """
    if not is_flat(images):
        raise ConfigError(f"A .{kind} holds flat pictures, but these images are volumes. Write a .npz instead.")


def labelled(kind: str, images: ImageSet, split: str, own: dict[str, Any], rows: NDArray[np.int64]) -> pd.DataFrame:
    """Return a line per picture: columns of its own, then one of zeros and ones for each label of several.

    Args:
        kind: of the file, for messages.
        images: of the run.
        split: of the rows.
        own: the columns that come first.
        rows: of the split.

    Raises:
        ConfigError: two columns had one name.
    """
    names = images.class_names
    if twice := ({*own} & {*names}) or {name for name in names if names.count(name) > 1}:
        raise ConfigError(f"A .{kind} needs one column per label, but {min(twice)!r} would be two. Rename the label.")
    return pd.DataFrame(own | {name: images.labels[split][rows, place] for place, name in enumerate(names)})


def class_folders(coreset: CoresetFile) -> list[str]:
    """Return a folder name for each class, such as "03-kidney-left"; the number keeps alike names apart and in order."""
    digits = max(2, len(str(len(coreset.class_names) - 1)))
    return [f"{number:0{digits}d}-{paths.slug(name)}" for number, name in enumerate(coreset.class_names)]


def put(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    """Add a file that anybody may read; PNGs are packed already."""
    entry = zipfile.ZipInfo(name, _TIME)
    entry.external_attr = 0o644 << 16
    packing = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
    archive.writestr(entry, content, packing)
