"""Arrays of images that are not uint8: how their values become 0..255, and the sentence that says so."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from coreset_engine.errors import DatasetError

_BLOCK = 1 << 22  # values converted at once: 32 MB as float64


def to_bytes(images: Mapping[str, NDArray], name: str) -> tuple[dict[str, NDArray[np.uint8]], tuple[str, ...]]:
    """Return the images of every split as uint8, and a sentence where values were scaled or another type was dropped.

    Arrays of uint8 stay as they are, and so do whole numbers that all lie in 0..255 (fractions of no use there). All
    else is scaled by one line for the whole set: its lowest value, over all splits, is 0, and its highest 255. So
    brightnesses stay comparable, and values below 0 stay apart.

    Raises:
        DatasetError: the values are no numbers, not finite, or all the same.
    """
    types = sorted({str(values.dtype) for values in images.values()})
    if types == ["uint8"] or not all(values.ndim for values in images.values()):  # a single number is refused later
        return dict(images), ()
    if any(values.dtype.kind not in "biuf" for values in images.values()):
        raise DatasetError(f"{name}: images are {', '.join(types)}. They must be numbers, best uint8.")
    ranges = [_range(values, f"{name}: {split}_images") for split, values in images.items()]
    low, high = min(one[0] for one in ranges), max(one[1] for one in ranges)
    kept = low >= 0 and 1 < high <= 255 and all(_whole(values) for values in images.values())
    what = f"Images are {', '.join(types)} with values from {low:g} to {high:g}"
    if kept or (low >= 0 and high <= 1 and not any(values.dtype.kind in "bf" for values in images.values())):
        return {split: values.astype(np.uint8) for split, values in images.items()}, (f"{what}: kept as they are.",)
    if low == high:
        raise DatasetError(
            f"{name}: every pixel of every image is {low:g}, so there is nothing to see. Check the file."
        )
    said = (
        f"{what}: scaled for the whole set, {low:g} to 0 (black) and {high:g} to 255 (white). For another window clip the "
        "values and save them as uint8."
    )
    return {split: _scaled(values, low, high) for split, values in images.items()}, (said,)


def _range(values: NDArray, what: str) -> tuple[float, float]:
    """Return the lowest and the highest value of one split."""
    low, high = float(values.min()), float(values.max())
    if not np.isfinite([low, high]).all():
        row = next(row for row, image in enumerate(values) if not np.isfinite(image).all())
        raise DatasetError(f"{what} holds NaN or infinite values (first: row {row}). Replace them, e.g. by the lowest.")
    return low, high


def _whole(values: NDArray) -> bool:
    """Return whether all values are whole numbers."""
    return values.dtype.kind != "f" or all(bool((block == np.rint(block)).all()) for block in values)


def _scaled(values: NDArray, low: float, high: float) -> NDArray[np.uint8]:
    """Return values with `low` as 0 and `high` as 255, block by block."""
    scaled = np.empty(values.shape, np.uint8)
    step = max(1, _BLOCK // max(1, values[0].size))
    for start in range(0, len(values), step):
        block = values[start : start + step].astype(np.float64)
        scaled[start : start + step] = np.rint((block - low) * (255 / (high - low)))
    return scaled
