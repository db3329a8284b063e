"""What a selection rule is given, as arrays that are checked: scores, classes, and what stands beside the scores."""

from collections.abc import Sequence
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray

from coreset_engine import signals
from coreset_engine.errors import SelectionError

NUMBERS = "fiub"  # kinds of NumPy's types that are numbers
DIMENSIONS = {"hardness": 1, "features": 2, "probability": 1}
_ROUNDING = 1e-6  # by which a mean of probabilities may pass 1


def numbers(scores: Sequence[float] | NDArray) -> NDArray[np.float64]:
    """Return scores as float64, in their shape; None among them becomes NaN.

    Raises:
        SelectionError: they are no numbers.
    """
    values = _array(scores, "Scores")
    if values.dtype.kind == "O":
        with suppress(TypeError, ValueError):  # told below
            values = values.astype(np.float64)
    if values.dtype.kind not in NUMBERS:
        raise SelectionError(f"Scores are numbers, not {values.dtype}. Give one number per sample.")
    return values.astype(np.float64, copy=False)


def classes(labels: Sequence[int] | NDArray) -> NDArray:
    """Return classes (N,) of labels (N,), of a column (N, 1) or of one-hot rows; all else as it is.

    Raises:
        SelectionError: they are no array.
    """
    values = _array(labels, "Labels")
    if values.ndim == 2 and values.shape[1] == 1:
        return values[:, 0]
    return values.argmax(axis=1) if signals.is_one_hot(values) else values


def part(name: str, given: NDArray | None, samples: int) -> NDArray | None:
    """Return what a rule reads beside the scores, or None where there is nothing.

    Args:
        name: "hardness" (N,), "features" (N, D) or "probability" (N,) in 0..1.
        given: the values; hardness may be infinite.
        samples: N.

    Raises:
        SelectionError: it has not one number or row of numbers per sample, holds NaN, or a value is not possible.
    """
    if given is None:
        return None
    values, dimensions = _array(given, name), DIMENSIONS[name]
    wanted = "one number per sample" if dimensions == 1 else "one row of numbers per sample"
    if values.ndim != dimensions or values.dtype.kind not in NUMBERS:
        raise SelectionError(f"{name} has shape {values.shape} and type {values.dtype}. Give {wanted}.")
    if len(values) != samples:
        raise SelectionError(f"{name} has {len(values):,} rows for {samples:,} scores. Give {wanted}.")
    possible = ~np.isnan(values) if name == "hardness" else np.isfinite(values)
    if name == "probability":
        possible &= (values >= 0) & (values <= 1 + _ROUNDING)
    bad = np.argwhere(~possible)
    if len(bad):
        ends = {"hardness": "numbers", "features": "finite numbers", "probability": "numbers from 0 to 1"}
        raise SelectionError(f"{name} of sample {bad[0][0]} holds {values[tuple(bad[0])]}. Give {ends[name]}.")
    return values


def _array(given: Sequence[float] | NDArray, name: str) -> NDArray:
    """Return an array.

    Raises:
        SelectionError: rows of several lengths make none.
    """
    try:
        return np.asarray(given)
    except ValueError:
        raise SelectionError(f"{name} have rows of several lengths. Give as many numbers in each.") from None
