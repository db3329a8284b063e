"""A coreset as a folder that Hugging Face's `datasets` opens: pictures with a `metadata.csv` in each split."""

import io
import json
import zipfile

import numpy as np
import pandas as pd

from coreset_engine.datasets import SPLITS, ImageSet
from coreset_engine.datasets.modality import png
from coreset_engine.export.coreset import CoresetFile
from coreset_engine.export.pictures import labelled, put, put_groups, refuse_volumes, rows_of
from coreset_engine.tables import as_csv

FOLDERS = {"train": "train", "val": "validation", "test": "test"}  # as `datasets` names splits


def as_image_folder(coreset: CoresetFile, images: ImageSet) -> bytes:
    """Return a .zip of the kept train images and of val and test whole, for `load_dataset("imagefolder", data_dir=…)`.

    Each split's `metadata.csv` has `file_name`, `label`, the class's own name, and `row`; all splits must have the same
    columns there, so that scores, ranks and weights stand in `coreset.csv`. Of a multi-label task it has a column of zeros
    and ones for each label in place of `label`. `groups.csv` tells the groups of images that have some: a column of
    metadata would have another type in a split whose groups are all numbers, which `datasets` refuses.

    Raises:
        ConfigError: the images are volumes, of which a picture would hold one slice only; or two columns had one name.
    """
    refuse_volumes("hf.zip", images)
    buffer = io.BytesIO()
    named: dict[str, dict[int, str]] = {}
    with zipfile.ZipFile(buffer, "w") as archive:
        put(archive, "manifest.json", json.dumps(coreset.manifest(), indent=1).encode())
        put(archive, "coreset.csv", as_csv(coreset.table()))
        for split in SPLITS:
            rows = rows_of(split, coreset, images)
            put(archive, f"{FOLDERS[split]}/metadata.csv", as_csv(_metadata(images, split, rows)))
            named[split] = {row: f"{FOLDERS[split]}/{row}.png" for row in rows.tolist()}
            for row, file in named[split].items():
                put(archive, file, png(images.thumbnail(row, split)))
        put_groups(archive, images, named)
    return buffer.getvalue()


def _metadata(images: ImageSet, split: str, rows: np.ndarray) -> pd.DataFrame:
    """Return one line per picture: file_name, label or a column for each label, row."""
    own = {"file_name": [f"{row}.png" for row in rows], "row": rows}
    if images.multi_label:
        return labelled("hf.zip", images, split, own, rows)
    label = [images.class_names[label] for label in images.labels[split][rows]]
    return pd.DataFrame({"file_name": own["file_name"], "label": label, "row": rows})
