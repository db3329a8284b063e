"""A coreset as pictures: PNGs in one folder a class, exact to the pixel."""

import io
import json
import zipfile

from coreset_engine import paths
from coreset_engine.datasets import ImageSet
from coreset_engine.datasets.modality import png
from coreset_engine.export.coreset import CoresetFile
from coreset_engine.tables import as_csv

_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest a .zip knows: the same coreset gives the same bytes on every day


def as_zip(coreset: CoresetFile, images: ImageSet) -> bytes:
    """Return a .zip of the kept train images, with `manifest.json` and `coreset.csv`, which names each one's file.

    Pictures are called after their row of the train split, folders after number and name of the class; what could be no
    file's name anywhere is written as "-". Images of several labels lie in one folder, `train/images`.
    """
    table = coreset.table()
    folders = class_folders(coreset)
    label = coreset.labels
    table["file"] = [
        f"train/{'images' if label.ndim == 2 else folders[label[row]]}/{row}.png" for row in table["index"].to_numpy()
    ]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        put(archive, "manifest.json", json.dumps(coreset.manifest(), indent=1).encode())
        put(archive, "coreset.csv", as_csv(table))
        for row, file in sorted(zip(table["index"], table["file"], strict=True)):
            put(archive, file, png(images.thumbnail(row)))
    return buffer.getvalue()


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
