"""Ridge heads: linear classifiers of features in closed form, one for each of many sets of samples."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coreset_engine.errors import DynamicsError

HEIGHT = 1 << 13  # rows in float64 at a time


@dataclass(frozen=True)
class Inputs:
    """Features as a head reads them: less a mean, divided by a spread, with a constant 1 appended.

    Attributes:
        features: (N, D).
        mean, spread: (D,).
    """

    features: NDArray[np.floating]
    mean: NDArray[np.float64]
    spread: NDArray[np.float64]

    @classmethod
    def plain(cls, features: NDArray[np.floating]) -> "Inputs":
        """Return features as they are."""
        return cls(features, np.zeros(features.shape[1]), np.ones(features.shape[1]))

    @classmethod
    def standardised(cls, features: NDArray[np.floating]) -> "Inputs":
        """Return features less their mean, divided by their standard deviation + 1e-6."""
        return cls(features, features.mean(axis=0, dtype=np.float64), features.std(axis=0, dtype=np.float64) + 1e-6)

    def of(self, features: NDArray[np.floating]) -> "Inputs":
        """Return other features, less the same mean and divided by the same spread."""
        return Inputs(features, self.mean, self.spread)

    def take(self, rows: NDArray[np.int64] | slice) -> NDArray[np.float64]:
        """Return some rows, (n, D + 1) float64."""
        part = self.features[rows]
        found = np.ones((len(part), part.shape[1] + 1))
        np.subtract(part, self.mean, out=found[:, :-1])
        found[:, :-1] /= self.spread
        return found


def heads(
    inputs: Inputs,
    targets: NDArray[np.float64],
    weights: NDArray[np.float64],
    sets: Sequence[NDArray[np.int64]],
    lam: float,
) -> NDArray[np.float64]:
    """Return the ridge head of each set of samples, W = (XᵀΩX + λI)⁻¹ XᵀΩY, as (sets, D + 1, K); the last row is the bias.

    XᵀΩX of a set is that of the one before plus what entered less what left, where that is fewer rows; sets that follow
    each other so cost little more than one.

    Args:
        inputs: X.
        targets: (N, K) Y.
        weights: (N,) the diagonal of Ω.
        sets: rows of each.
        lam: λ > 0; the bias is held back by it, too.

    Raises:
        DynamicsError: features are so large that λ is nothing beside them, and no head is defined.

    Example:
        >>> import numpy as np
        >>> from coreset_engine.kernels.ridge import Inputs, heads
        >>> inputs = Inputs.plain(np.array([[1.0], [0.0]]))
        >>> heads(inputs, np.array([[1.0], [0.0]]), np.ones(2), [np.array([0, 1])], 1.0).round(3).tolist()  # ([2 1] [1 3])⁻¹
        [[[0.4], [0.2]]]
    """
    width, outputs = inputs.features.shape[1] + 1, targets.shape[1]
    squares, products = np.zeros((width, width)), np.zeros((width, outputs))
    before, found = np.empty(0, np.int64), np.empty((len(sets), width, outputs))
    for number, rows in enumerate(sets):
        changed = [(np.setdiff1d(rows, before), 1), (np.setdiff1d(before, rows), -1)]
        if sum(len(part) for part, _ in changed) >= len(rows):
            squares[:], products[:], changed = 0, 0, [(rows, 1)]
        for part, sign in changed:
            for start in range(0, len(part), HEIGHT):
                piece = part[start : start + HEIGHT]
                x = inputs.take(piece) * np.sqrt(weights[piece])[:, None]
                squares += sign * (x.T @ x)
                products += sign * (x.T @ (targets[piece] * np.sqrt(weights[piece])[:, None]))
        before = rows
        found[number] = _solved(squares + lam * np.eye(width), products)
    return found


def _solved(squares: NDArray[np.float64], products: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the solution of one system.

    Raises:
        DynamicsError: it has none.
    """
    solution: NDArray[np.float64] = np.full_like(products, np.nan)
    with suppress(np.linalg.LinAlgError):  # told below, together with a solution that is no number
        solution[:] = np.linalg.solve(squares, products)
    if not np.isfinite(solution).all():
        raise DynamicsError("The features are too large for a ridge head with this penalty. Scale them, or raise it.")
    return solution


def outputs_of(found: NDArray[np.float64], inputs: Inputs, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return what each head gives for some rows, (sets, n, K).

    Example:
        >>> import numpy as np
        >>> from coreset_engine.kernels.ridge import Inputs, outputs_of
        >>> outputs_of(np.array([[[2.0], [1.0]]]), Inputs.plain(np.array([[3.0]])), np.array([0])).tolist()
        [[[7.0]]]
    """
    sets, width, outputs = found.shape
    side_by_side = found.transpose(1, 0, 2).reshape(width, sets * outputs)
    parts = [inputs.take(rows[a : a + HEIGHT]) @ side_by_side for a in range(0, len(rows), HEIGHT)]
    return np.concatenate(parts).reshape(len(rows), sets, outputs).transpose(1, 0, 2)


def accuracy(outputs: NDArray[np.float64], labels: NDArray[np.integer], balanced: bool) -> float:
    """Return the accuracy of outputs (n, K) against labels (n,), or (n, L) zeros and ones, 0..1.

    The largest output is the predicted class; of several labels each is predicted where its output is above 1/2, and what
    is counted are single decisions. `balanced` is the mean recall of the classes (of the labels' two cases) that occur.

    Example:
        >>> import numpy as np
        >>> from coreset_engine.kernels.ridge import accuracy
        >>> outputs = np.array([[0.9, 0.1], [0.8, 0.2], [0.6, 0.4], [0.3, 0.7]])
        >>> [accuracy(outputs, np.array([0, 0, 0, 1]), balanced=True), accuracy(outputs, np.array([0, 0, 1, 1]), False)]
        [1.0, 0.75]
    """
    several = labels.ndim == 2
    right = ((outputs > 0.5) == (labels == 1)) if several else outputs.argmax(axis=1) == labels
    if not balanced:
        return float(right.mean())
    cases = (2 * np.arange(labels.shape[1]) + labels).astype(np.int64) if several else labels
    counts = np.bincount(cases.ravel())
    recall = np.bincount(cases.ravel(), right.ravel()) / np.maximum(counts, 1)
    return float(recall[counts > 0].mean())
