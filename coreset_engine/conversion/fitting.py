"""Pictures brought to one size, with the millimetres that a pixel then has."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from coreset_engine.conversion.options import ConvertOptions
from coreset_engine.conversion.scan import Frame

MOST = 20.0  # ratio of a pixel's sides beyond which a spacing is taken for an error
_SQUARE = 1.01  # ratio up to which a pixel counts as square


def fitted(frame: Frame, options: ConvertOptions) -> tuple[NDArray[np.uint8], float, tuple[str, ...]]:
    """Return a picture of the size asked for, mm per pixel (NaN where not known), and notes on what was done.

    Pixels that are not square are stretched first, so that a body keeps its form.
    """
    picture = Image.fromarray(frame.pixels)
    notes, pixel = [], float("nan")
    if frame.spacing and max(frame.spacing) / min(frame.spacing) <= MOST:
        pixel = min(frame.spacing)
        if max(frame.spacing) / pixel > _SQUARE:
            height, width = (round(n * mm / pixel) for n, mm in zip(frame.pixels.shape[:2], frame.spacing, strict=True))
            picture = picture.resize((width, height), Image.Resampling.LANCZOS)
            notes.append("not-square")
    sides = (picture.width, picture.height)
    if sides[0] != sides[1]:
        notes.append("cropped" if options.fit == "crop" else "padded")
    target = (options.size, options.size)
    if options.fit == "crop":
        square, side = ImageOps.fit(picture, target, Image.Resampling.LANCZOS), min(sides)
    else:
        square, side = ImageOps.pad(picture, target, Image.Resampling.LANCZOS), max(sides)
    return np.asarray(square), pixel * side / options.size, tuple(notes)
