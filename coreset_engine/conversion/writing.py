"""The files that a conversion writes: the `.npz` that may be given away, and the key that may not."""

import csv
import io
import json
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine import paths
from coreset_engine.conversion.options import ConvertOptions
from coreset_engine.datasets import SPLITS
from coreset_engine.errors import DatasetError
from coreset_engine.faults import unwritable


@dataclass
class Image:
    """One image to write: its pixels, class, split ("" while it is to be drawn), hashes, spacing, and where it came from.

    Attributes:
        group: what it belongs to by the options, as a patient; where that is not told its file, if that has more images.
        unit: what stays whole where splits are drawn.
    """

    pixels: NDArray[np.uint8]
    label: int
    split: str
    patient: str
    study: str
    group: str
    unit: str
    spacing: float
    file: Path
    frame: int


def write(
    target: Path, images: list[Image], names: tuple[str, ...], said: list[str], chosen: ConvertOptions
) -> dict[str, int]:
    """Write the file whole or not at all, and return the images by split.

    Args:
        target: the file.
        images: each with its split.
        names: of the classes.
        said: sentences that the file keeps; none may name a file or a person.
        chosen: the options, of which those that shaped the images are kept.

    Raises:
        DatasetError: a split has no image, or the file can't be written.
    """
    flat = 3 if chosen.volumes else 2  # axes of an image without colours
    coloured = any(image.pixels.ndim > flat for image in images)
    arrays: dict[str, NDArray[Any]] = {"class_names": np.array(names), "read_as": np.array(said)}
    counts = {}
    for split in SPLITS:
        part = [image for image in images if image.split == split]
        counts[split] = len(part)
        if not part:
            raise DatasetError(f"No image is left for {split}. Give it more files, or let splits be drawn.")
        pixels = [_in_colour(image.pixels, flat) if coloured else image.pixels for image in part]
        arrays[f"{split}_images"] = np.stack(pixels)
        arrays[f"{split}_labels"] = np.array([[image.label] for image in part], np.int64)
        arrays[f"{split}_groups"] = np.array([image.group for image in part], np.str_)
        arrays[f"{split}_studies"] = np.array([image.study for image in part], np.str_)
        arrays[f"{split}_spacing"] = np.array([image.spacing for image in part], np.float32)
    arrays["conversion"] = np.array(json.dumps(_told(chosen)))
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    try:
        paths.write_atomically(target, buffer.getvalue())
    except OSError as error:
        raise DatasetError(unwritable(target, error)) from None
    return counts


def _in_colour(pixels: NDArray[np.uint8], flat: int) -> NDArray[np.uint8]:
    """Return an image with three channels; one without has `flat` axes."""
    return pixels if pixels.ndim > flat else np.repeat(pixels[..., None], 3, axis=flat)


def _told(chosen: ConvertOptions) -> dict[str, Any]:
    """Return the options that shaped the images, as the file keeps them: no path is among them."""
    return {name: value for name, value in asdict(chosen).items() if name not in ("folder", "salt", "key")}


def write_key(path: Path, images: list[Image], root: Path) -> None:
    """Write which file and frame each image came from, for its owner's eyes only."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["split", "row", "file", "frame", "patient", "study", "group"])
    number: Counter[str] = Counter()
    for image in sorted(images, key=lambda image: SPLITS.index(image.split)):
        where = str(image.file.relative_to(root))
        told = [image.patient, image.study, image.group]  # the group is that of a file's own where it names no patient
        rows.writerow([image.split, number[image.split], where, image.frame + 1, *told])
        number[image.split] += 1
    try:
        paths.write_atomically(path, text.getvalue().encode(errors="surrogateescape"), 0o600)
    except OSError as error:
        raise DatasetError(unwritable(path, error)) from None
