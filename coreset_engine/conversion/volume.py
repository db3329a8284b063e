"""Whole volumes: turned so that their slices lie as a reading room shows them, whichever way they were taken."""

from collections.abc import Sequence
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from coreset_engine.conversion import orientation
from coreset_engine.conversion.options import Axis
from coreset_engine.conversion.scan import Frame, Values

# the axis of a volume R, A, S that each kind of slice is cut along
CUT: dict[Axis, int] = {"sagittal": 0, "coronal": 1, "axial": 2}
_DIRECTIONS = ((-1.0, 0.0, 0.0), (0.0, -1.0, 0.0), (0.0, 0.0, 1.0))  # of R, A and S, in the axes of DICOM


def cosines(axis: Axis) -> tuple[int, int, list[float]]:
    """Return the two axes of R, A, S that slices have as rows and columns, and their direction cosines for `standard`."""
    first, second = (other for other in range(3) if other != CUT[axis])
    return first, second, [*_DIRECTIONS[second], *_DIRECTIONS[first]]


def canonical(
    stack: Values, directions: Sequence[NDArray[np.float64]], spacing: tuple[float, ...]
) -> tuple[Values, tuple[float, ...]]:
    """Return a volume with its axes along R, A and S, each the nearest, and the spacing along them.

    Args:
        stack: (A, B, C).
        directions: where each of its axes points, as unit vectors of DICOM.
        spacing: mm along each of its axes.

    Example:
        >>> import numpy as np
        >>> from coreset_engine.conversion.volume import canonical
        >>> slices = np.arange(8).reshape(2, 2, 2)  # from the feet up; rows to the back, columns to the left
        >>> turned, spacing = canonical(slices, np.eye(3)[[2, 1, 0]], (5.0, 1.0, 2.0))
        >>> turned[1, 0, 0].item(), spacing  # the patient's right, the back, the lowest slice
        (2, (2.0, 1.0, 5.0))
    """
    towards = np.asarray(directions) @ np.asarray(_DIRECTIONS).T  # of each axis along R, A and S
    order = max(permutations(range(3)), key=lambda axes: sum(abs(towards[axis, of]) for of, axis in enumerate(axes)))
    turned = np.transpose(stack, order)
    backwards = [of for of, axis in enumerate(order) if towards[axis, of] < 0]
    flipped: Values = np.flip(turned, tuple(backwards))
    return flipped, tuple(spacing[axis] for axis in order)


def whole(shown: NDArray[np.uint8], spacing: tuple[float, ...], axis: Axis, notes: tuple[str, ...]) -> Frame:
    """Return a volume as one frame, its slices along an axis from the right, the back or the feet on.

    Args:
        shown: along R, A and S, colours along a last axis.
        spacing: mm along R, A and S; some are 0 or no number where they are not known.
        axis: that slices follow each other along.
        notes: of the frame.
    """
    first, second, towards = cosines(axis)
    cut = CUT[axis]
    turned = [orientation.standard(np.take(shown, number, cut), towards) for number in range(shown.shape[cut])]
    sides = (spacing[second], spacing[first]) if turned[0][2] else (spacing[first], spacing[second])
    known = min(spacing) > 0 and bool(np.isfinite(spacing).all())
    return Frame(np.stack([one for one, *_ in turned]), (spacing[cut], *sides) if known else None, notes)
