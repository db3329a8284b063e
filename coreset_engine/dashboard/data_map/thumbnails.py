"""The images of a map's points, as one picture for the browser, computed from plain arrays without Streamlit."""

import hashlib
import io
import json
import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from coreset_engine.data_map import density

SIDE = 28  # px, most a side that is sent
PIXELS = 3000 * SIDE**2  # bytes before compression, most that are sent: 3,000 grey images of 28 px, or 1,000 in colour
BLOCK = 256  # images read at a time, so that large ones need little memory


def step_of(images: NDArray[np.uint8]) -> int:
    """Return k: blocks of k x k pixels become one, so that no image (N, H, W) or (N, H, W, 3) has a side above SIDE."""
    return max(1, -(-max(images.shape[1:3]) // SIDE))


def chosen(images: NDArray[np.uint8], rows: NDArray[np.int64], x: NDArray, y: NDArray) -> NDArray[np.int64]:
    """Return those of the points whose images are sent: all, or as many as PIXELS allows, spread over the map.

    Of a map with more points every part gets images, so that those which lie alone have theirs.

    Args:
        images: (N, H, W) or (N, H, W, 3) of the split.
        rows: (P,) samples drawn as points, ascending.
        x: (N,) across.
        y: (N,) upwards.
    """
    step, (height, width) = step_of(images), images.shape[1:3]
    most = PIXELS // ((height // step) * (width // step) * math.prod(images.shape[3:]))
    return rows if len(rows) <= most else rows[density.sample_points(x[rows], y[rows], most)]


def reduced(images: NDArray[np.uint8], step: int) -> NDArray[np.uint8]:
    """Return the means of blocks of step x step pixels: nothing falls between two, as with every k-th row and column.

    A rest at the edges that fills no block is left out, half of it at each side. The range of grey values is the file's.
    """
    if step == 1:
        return images
    height, width = (side // step for side in images.shape[1:3])
    top, left = ((side % step) // 2 for side in images.shape[1:3])
    whole = images[:, top : top + height * step, left : left + width * step]
    blocks = whole.reshape(len(images), height, step, width, step, *images.shape[3:])
    return ((blocks.sum((2, 4), dtype=np.uint32) + step**2 // 2) // step**2).astype(np.uint8)


def name_of(sha256: str, rows: NDArray[np.int64]) -> str:
    """Return what tells the images of some samples of a data set from others."""
    return hashlib.sha256(sha256.encode() + rows.astype("<i8").tobytes()).hexdigest()[:16]


def packed(images: NDArray[np.uint8], rows: NDArray[np.int64], name: str) -> bytes:
    """Return images as bytes for `scatter_map/images.js`: the head's length, the head as JSON, and a PNG of all of them.

    Args:
        images: (N, H, W) or (N, H, W, 3) of the split, may be a memory map.
        rows: (P,) which of them, ascending, at least one.
        name: under which the browser keeps them.
    """
    step = step_of(images)
    parts = [reduced(np.asarray(images[rows[at : at + BLOCK]]), step) for at in range(0, len(rows), BLOCK)]
    height, width, *colour = parts[0].shape[1:]
    columns = math.isqrt(len(rows) - 1) + 1
    lines = -(-len(rows) // columns)
    grid = np.zeros((lines * columns, height, width, *colour), np.uint8)
    grid[: len(rows)] = np.concatenate(parts)
    grid = grid.reshape(lines, columns, height, width, *colour).swapaxes(1, 2)
    buffer = io.BytesIO()
    Image.fromarray(grid.reshape(lines * height, columns * width, *colour)).save(buffer, "PNG")
    head = {"name": name, "columns": columns, "width": width, "height": height, "rows": rows.tolist()}
    text = json.dumps(head).encode()
    return len(text).to_bytes(4, "little") + text + buffer.getvalue()
