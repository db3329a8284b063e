"""Slices as a reading room shows them, whichever way they lie in a file.

Directions are those of DICOM: x grows to the patient's left, y to the back, z to the head.
"""

from collections.abc import Sequence

import numpy as np

from coreset_engine.conversion.scan import Values

# by the axis that a slice lacks: the axis and the sign along which columns, and rows, are to go
_VIEWS = {2: ((0, 1), (1, 1)), 1: ((0, 1), (2, -1)), 0: ((1, 1), (2, -1))}
_LETTERS = {"L": (0, 1), "R": (0, -1), "P": (1, 1), "A": (1, -1), "H": (2, 1), "F": (2, -1)}
_OF_IMAGES = 6  # numbers of an orientation


def of_letters(letters: Sequence[str]) -> list[float] | None:
    """Return the six direction cosines that the letters of a projection mean, as ["L", "F"]; None for other letters."""
    if len(letters) != 2 or any(letter[:1] not in _LETTERS for letter in letters):
        return None
    found = [0.0] * _OF_IMAGES
    for start, letter in zip((0, 3), letters, strict=True):
        axis, sign = _LETTERS[letter[0]]
        found[start + axis] = float(sign)
    return found


def standard(pixels: Values, cosines: Sequence[float]) -> tuple[Values, bool, bool]:
    """Return a slice in the standard view, whether it was changed, and whether its rows became columns.

    Axial: the patient's right on the left, the front on top. Coronal: the right on the left, the head on top. Sagittal: the
    front on the left, the head on top. An oblique slice is shown in the view that it is nearest to.

    Args:
        pixels: (H, W, ...).
        cosines: six numbers: the direction in which columns follow each other, then that of rows.

    Example:
        >>> import numpy as np
        >>> from coreset_engine.conversion.orientation import standard
        >>> slice_ = np.array([[1, 2], [3, 4]])  # the patient lies prone: columns go to the right, rows to the front
        >>> standard(slice_, [-1, 0, 0, 0, -1, 0])[0].tolist()
        [[4, 3], [2, 1]]
    """
    columns, rows = (np.asarray(cosines[start : start + 3], np.float64) for start in (0, 3))
    across = int(np.abs(columns).argmax())
    free = np.abs(rows).copy()
    free[across] = -1  # of two directions near one axis the second takes the next
    down = int(free.argmax())
    (wanted_across, right), (wanted_down, below) = _VIEWS[3 - across - down]
    swapped = across != wanted_across
    if swapped:
        pixels, columns, rows = np.swapaxes(pixels, 0, 1), rows, columns
    mirrored, turned = columns[wanted_across] * right < 0, rows[wanted_down] * below < 0
    pixels = pixels[:, ::-1] if mirrored else pixels
    pixels = pixels[::-1] if turned else pixels
    return pixels, bool(swapped or mirrored or turned), swapped
