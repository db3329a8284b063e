"""One NIfTI file -> slices of its volume in the standard view as 8 bits; texts of its header are not looked at."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine import memory
from coreset_engine.conversion import orientation
from coreset_engine.conversion.options import ConvertOptions
from coreset_engine.conversion.scan import Frame, Scan, Values
from coreset_engine.conversion.volume import CUT, cosines, whole
from coreset_engine.conversion.window import Window, stretched, windowed
from coreset_engine.errors import DatasetError, EngineError


def read(file: Path, options: ConvertOptions) -> Scan:
    """Return the chosen slices of a NIfTI file's volume, the first where it has several.

    Raises:
        DatasetError: it can't be read; the message is a reason, not a sentence.
    """
    from nibabel.filebasedimages import ImageFileError

    try:
        with _quiet():
            volume, spacing, limits, several = _volume(file)
            frames = tuple(_slices(volume, spacing, limits, options))
    except EngineError:
        raise
    except ImageFileError:
        raise DatasetError("it is no NIfTI file") from None
    except Exception as error:  # noqa: BLE001 - of damaged files nibabel raises whatever it likes
        raise DatasetError(" ".join(str(error).split())[:200] or type(error).__name__) from None
    return Scan(frames, "NIfTI", burnt_in="no", notes=("first-volume",) if several else ())


@contextmanager
def _quiet() -> Iterator[None]:
    """Let nibabel say nothing about headers that it mends."""
    from nibabel.imageglobals import logger

    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)


def _volume(file: Path) -> tuple[Values, tuple[float, ...], tuple[float, float], bool]:
    """Return a volume with its axes along R, A and S, their spacing, the header's window, and whether there are others."""
    import nibabel

    image: Any = nibabel.load(file)
    if not isinstance(image, nibabel.Nifti1Pair):
        raise DatasetError("it is no NIfTI volume")
    shape = image.shape
    if len(shape) < 2 or 0 in shape:
        raise DatasetError(f"it has the shape {shape}, which is no volume")
    needed = int(np.prod([int(side) for side in shape], dtype=object)) * 8
    memory.refuse_bomb("it", needed, file.stat().st_size * 8)
    memory.refuse_beyond("it", needed)
    dtype = image.get_data_dtype()
    coloured = dtype.fields is not None
    if dtype.kind == "c" or (coloured and set(dtype.fields or ()) < {"R", "G", "B"}):
        raise DatasetError(f"its values are {dtype.name}, which is not read")
    several = bool(np.prod(shape[3:]) > 1)
    kept = np.asarray(image.dataobj)
    first = kept[..., None] if kept.ndim == 2 else kept.reshape(*shape[:3], -1)[..., 0]
    canonical: Any = nibabel.as_closest_canonical(nibabel.Nifti1Image(_numbers(first), image.affine))
    low, high = float(image.header["cal_min"]), float(image.header["cal_max"])
    zooms = tuple(float(side) for side in canonical.header.get_zooms()[:3])
    return np.asarray(canonical.dataobj), zooms, (low, high), several


def _numbers(values: Values) -> Values:
    """Return a volume as numbers, colours along a last axis; what is no number is the lowest value."""
    if values.dtype.fields is not None:
        return np.stack([values[name] for name in ("R", "G", "B")], -1)
    if values.dtype.kind != "f":
        return values.astype(np.float64) if values.dtype.kind in "iu" else values.astype(np.uint8)
    whole = np.isfinite(values)
    if not whole.any():
        raise DatasetError("none of its values is a number")
    return np.where(whole, values, values[whole].min()).astype(np.float64)


def _slices(
    volume: Values, spacing: tuple[float, ...], header: tuple[float, float], options: ConvertOptions
) -> Iterator[Frame]:
    """Return slices along an axis; all are windowed alike."""
    axis = CUT[options.axis]
    first, second, towards = cosines(options.axis)
    grey = volume.ndim == 3
    shown, note = (volume, "kept") if not grey else _shown(volume, header, options)
    if options.volumes:
        flat = Frame(np.zeros((1, 1), np.uint8), notes=("flat",))
        yield flat if np.ptp(volume) == 0 else whole(shown, spacing, options.axis, (note,))
        return
    for number in options.chosen(volume.shape[axis]):
        if grey and np.ptp(np.take(volume, number, axis)) == 0:
            yield Frame(np.zeros((1, 1), np.uint8), notes=("flat",), number=number)
            continue
        turned, _, swapped = orientation.standard(np.take(shown, number, axis), towards)
        sides = (spacing[first], spacing[second])
        known = min(sides) > 0 and bool(np.isfinite(sides).all())
        placed = (sides[::-1] if swapped else sides) if known else None
        yield Frame(np.ascontiguousarray(turned), placed, (note,), number)


def _shown(volume: Values, header: tuple[float, float], options: ConvertOptions) -> tuple[NDArray[np.uint8], str]:
    """Return a volume of 8 bits, and the note on how it became one."""
    window = Window.parse(options.window)
    if window.kind == "set":
        return windowed(volume, window.centre, window.width), "set"
    if window.kind == "tag" and header[1] > header[0]:
        return stretched(volume, *header), "windowed"
    return stretched(volume, *window.range_of(volume)), "no-window" if window.kind == "tag" else window.kind
