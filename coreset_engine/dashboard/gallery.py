"""Galleries: many small images as one picture, enlarged without interpolation."""

import io
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

GAP = 3  # px between tiles
CAPTION = 16  # px below a tile
MARK = 3  # px of blue below a kept tile
SIDE = 84  # px, wished width of a tile
KEPT = (0, 114, 178)
INK = (60, 70, 80)


def montage(images: NDArray[np.uint8], rows: NDArray[np.int64], kept: NDArray[np.bool_], columns: int) -> bytes:
    """Return a PNG of some images of a split, each with its row number below, the kept ones marked; grey values kept.

    An image is enlarged by a whole factor to about 84 px, so that each of its pixels is an equal square; larger images are
    shown at their own size.

    Args:
        images: (N, H, W) or (N, H, W, 3), may be a memory map.
        rows: (B,) what to show.
        kept: (N,) whether a sample is in the coreset.
        columns: tiles a row.
    """
    order = np.argsort(rows)  # a memory map is read faster in order
    tiles = np.empty((len(rows), *images.shape[1:]), np.uint8)
    tiles[order] = images[rows[order]]
    zoom = max(1, round(SIDE / images.shape[1]))
    tiles = tiles.repeat(zoom, axis=1).repeat(zoom, axis=2)
    height, width = tiles.shape[1:3]
    sheet = np.full((-(-len(rows) // columns) * (height + CAPTION + GAP), columns * (width + GAP), 3), 255, np.uint8)
    for number, (tile, row) in enumerate(zip(tiles, rows, strict=True)):
        top, left = number // columns * (height + CAPTION + GAP), number % columns * (width + GAP)
        sheet[top : top + height, left : left + width] = tile[..., None] if tile.ndim == 2 else tile
        if kept[row]:
            sheet[top + height : top + height + MARK, left : left + width] = KEPT
        label = np.concatenate([_digit(sign) for sign in str(row)], axis=1)[:, :width]
        under = top + height + MARK + 1
        sheet[under : under + label.shape[0], left + 1 : left + 1 + label.shape[1]] = label
    buffer = io.BytesIO()
    Image.fromarray(sheet).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


@cache
def _digit(sign: str) -> NDArray[np.uint8]:
    """Return a digit as pixels, (11, 6, 3): drawn once, since drawing text anew costs more than the whole montage."""
    picture = Image.new("RGB", (6, 11), "white")
    ImageDraw.Draw(picture).text((0, -1), sign, fill=INK, font=ImageFont.load_default(size=10))
    return np.asarray(picture)
