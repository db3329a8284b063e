"""The images of a map's points, as one picture for the browser, computed from plain arrays without Streamlit."""

import hashlib
import json
import math

import numpy as np
from numpy.typing import NDArray

from coreset_engine.data_map import density
from coreset_engine.datasets import modality

SIDE = 28  # px, most a side that is sent
PIXELS = 3000 * SIDE**2  # bytes before compression, most that are sent: 3,000 grey images of 28 px, or 1,000 in colour
BLOCK = 256  # images read at a time, so that large ones need little memory


def step_of(images: NDArray[np.uint8]) -> int:
    """Return k: blocks of k x k pixels become one, so that no image has a side above SIDE."""
    return max(1, -(-max(modality.size(modality.thumbnail(images, 0))) // SIDE))


def chosen(images: NDArray[np.uint8], rows: NDArray[np.int64], x: NDArray, y: NDArray) -> NDArray[np.int64]:
    """Return those of the points whose images are sent: all, or as many as PIXELS allows, spread over the map.

    Of a map with more points every part gets images, so that those which lie alone have theirs.

    Args:
        images: of the split.
        rows: (P,) samples drawn as points, ascending.
        x: (N,) across.
        y: (N,) upwards.
    """
    most = PIXELS // modality.reduced(modality.thumbnail(images, 0)[None], step_of(images)).size
    return rows if len(rows) <= most else rows[density.sample_points(x[rows], y[rows], most)]


def name_of(sha256: str, rows: NDArray[np.int64]) -> str:
    """Return what tells the images of some samples of a data set from others."""
    return hashlib.sha256(sha256.encode() + rows.astype("<i8").tobytes()).hexdigest()[:16]


def packed(images: NDArray[np.uint8], rows: NDArray[np.int64], name: str) -> bytes:
    """Return images as bytes for `scatter_map/images.js`: the head's length, the head as JSON, and a PNG of all of them.

    Args:
        images: of the split, may be a memory map.
        rows: (P,) which of them, ascending, at least one.
        name: under which the browser keeps them.
    """
    step = step_of(images)
    blocks = np.split(rows, range(BLOCK, len(rows), BLOCK))
    pictures = np.concatenate([modality.reduced(modality.thumbnails(images, block), step) for block in blocks])
    height, width = modality.size(pictures[0])
    columns = math.isqrt(len(rows) - 1) + 1
    head = {"name": name, "columns": columns, "width": width, "height": height, "rows": rows.tolist()}
    text = json.dumps(head).encode()
    return len(text).to_bytes(4, "little") + text + modality.png(modality.montage(pictures, columns))
