"""Thumbnails in sheets: one picture of some hundred images, fetched when one of them is shown."""

import io

import numpy as np
from numpy.typing import NDArray

from coreset_engine.datasets import modality

PER_SHEET, COLUMNS = 256, 16
SIDE = 64  # px, the largest thumbnail


def layout(images: NDArray[np.uint8]) -> dict[str, int]:
    """Return how the thumbnails of a split lie in sheets: images per sheet, columns, width and height of one in px."""
    height, width = modality.size(_thumbnails(images, np.zeros(1, np.int64))[0])
    return {"per": PER_SHEET, "columns": COLUMNS, "width": width, "height": height}


def is_whole(images: NDArray[np.uint8]) -> bool:
    """Return whether the thumbnails are the images as they are, not smaller ones."""
    return max(modality.size(modality.thumbnails(images, np.zeros(1, np.int64))[0])) <= SIDE


def sheet(images: NDArray[np.uint8], order: NDArray[np.int64], number: int, kind: str = "png") -> bytes:
    """Return one sheet of thumbnails.

    Args:
        images: of the split, may be a memory map.
        order: all rows in the order in which they lie in the sheets.
        number: of the sheet, from 0.
        kind: "png" keeps every value, "webp" is a third of its size.

    Raises:
        IndexError: there is no such sheet.
    """
    rows = order[number * PER_SHEET : (number + 1) * PER_SHEET]
    if number < 0 or not len(rows):
        raise IndexError(f"There is no sheet {number}.")
    picture = modality.montage(_thumbnails(images, rows), COLUMNS)
    if kind == "png":
        return modality.png(picture, compress_level=1)
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "WEBP", quality=80, method=2)
    return buffer.getvalue()


def _thumbnails(images: NDArray[np.uint8], rows: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return images as people are shown them, at most SIDE px high and wide: means of blocks, nothing falls between two."""
    pictures = modality.thumbnails(images, rows)
    step = -(-max(modality.size(pictures[0])) // SIDE)
    return modality.reduced(pictures, step)
