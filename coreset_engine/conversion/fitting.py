"""Pictures brought to one size, with the millimetres that a pixel then has."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from coreset_engine.conversion.options import ConvertOptions
from coreset_engine.conversion.scan import Frame

MOST = 20.0  # ratio of a pixel's sides beyond which a spacing is taken for an error
_SQUARE = 1.01  # ratio up to which a pixel counts as square


def fitted_volume(frame: Frame, options: ConvertOptions) -> tuple[NDArray[np.uint8], float, tuple[str, ...]]:
    """Return a volume as a cube of the size asked for, mm per voxel (NaN where not known), and notes on what was done.

    The cube is as long as the shortest side of the volume in mm, around its middle, or with `pad` as long as the longest.
    A volume (D, H, W, 3) keeps its colours.
    """
    known = frame.spacing is not None and max(frame.spacing) / min(frame.spacing) <= MOST
    spacing = np.array(frame.spacing if known else (1.0, 1.0, 1.0))
    sides = np.array(frame.pixels.shape[:3]) * spacing
    side = sides.min() if options.fit == "crop" else sides.max()
    lengths = np.maximum(1, np.rint(side / spacing)).astype(int)
    cube = np.zeros((*lengths, *frame.pixels.shape[3:]), np.uint8)
    axes = list(zip(frame.pixels.shape[:3], lengths.tolist(), strict=True))
    from_ = tuple(_middle(have, wanted) for have, wanted in axes)
    to = tuple(_middle(wanted, have) for have, wanted in axes)
    cube[to] = frame.pixels[from_]
    notes = [] if len(set(spacing.tolist())) == 1 else ["not-cubic"]
    if sides.max() > sides.min() * _SQUARE:
        notes.append("cropped-volume" if options.fit == "crop" else "padded-volume")
    return _resized(cube, options.size), float(side / options.size) if known else float("nan"), tuple(notes)


def _middle(length: int, other: int) -> slice:
    """Return the middle of an axis, as long as the other one where that is shorter."""
    start = max(0, (length - other) // 2)
    return slice(start, start + min(length, other))


def _resized(cube: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Return a volume with `size` voxels along each axis: first its slices, then what lies behind each of their pixels."""
    if cube.ndim == 4:
        return np.stack([_resized(cube[..., colour], size) for colour in range(cube.shape[3])], axis=3)
    flat = [np.asarray(Image.fromarray(one).resize((size, size), Image.Resampling.LANCZOS)) for one in cube]
    columns = Image.fromarray(np.stack(flat).reshape(len(cube), size * size))
    return np.asarray(columns.resize((size * size, size), Image.Resampling.LANCZOS)).reshape(size, size, size)


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
