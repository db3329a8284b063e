"""Principal axes: the two directions of the greatest spread."""

import numpy as np
from numpy.typing import NDArray


def principal_axes(
    features: NDArray[np.floating],
) -> tuple[NDArray[np.float64], NDArray[np.float64], tuple[float, float]]:
    """Return the mean (D,) of features (S, D), their first two principal axes (D, 2), and each one's share of the variance.

    The largest part of an axis is positive, so that the same features give the same picture.

    Example:
        >>> import numpy as np
        >>> from coreset_engine.kernels.axes import principal_axes
        >>> centre, axes, shares = principal_axes(np.array([[1.0, 4.0], [3.0, 4.0], [5.0, 4.0]]))
        >>> centre.tolist(), np.abs(axes[:, 0]).tolist(), shares
        ([3.0, 4.0], [1.0, 0.0], (1.0, 0.0))
    """
    from scipy import linalg  # whose import takes a tenth of a second

    centre = features.mean(axis=0, dtype=np.float64)
    centred = features - centre
    spread = centred.T @ centred
    size = len(spread)
    values, axes = linalg.eigh(spread, subset_by_index=[size - 2, size - 1])
    axes = axes[:, ::-1]
    axes = axes * np.where(axes[np.abs(axes).argmax(axis=0), [0, 1]] < 0, -1, 1)
    first, second = (float(max(0.0, value) / (np.trace(spread) or 1.0)) for value in values[::-1])
    return centre, axes, (first, second)
