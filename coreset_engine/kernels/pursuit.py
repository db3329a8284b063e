"""Orthogonal matching pursuit on gradients in factored form."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine import compute
from coreset_engine.errors import SelectionError
from coreset_engine.kernels.gradients import Gradients

LARGEST = 4 * 2**30  # bytes of the (M, M) matrix of the refits
DEPENDENT = 1e-12  # share of a gradient's squared length that must be new for it to count


def pursue(gradients: Gradients, target: Any, size: int, lam: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return samples whose weighted gradients add up to `target`, in the order of choice, and their weights.

    Each step adds the sample whose gradient g_j has the largest <g_j, r> (not the largest absolute value) with the
    residual r = target - Σ x_k g_k, and refits x: (A_S A_S^T + λ I) x = A_S target; with one sample x is
    <g, target> / <g, g>, without λ. At the end the same system is solved under x >= 0.

    The factor L of the refit's matrix is never solved with: its inverse J grows by a row a step, so that x changes by a
    multiple of that row. O(N C D + M^2) time a step and O(N (C + D) + M^2) memory.

    Args:
        gradients: of N samples, in float64.
        target: (C, D + 1) sum to be matched.
        size: M, how many samples at most.
        lam: λ >= 0.

    Returns:
        (M,) rows and (M,) weights >= 0.

    Raises:
        SelectionError: the refit's matrix would not fit into memory.

    Source: Killamsetty et al. 2021, GradMatch (arXiv:2103.00123), Algorithm 2; λ and the refits as in DeepCore, Guo et
        al. 2022 (arXiv:2204.08499).

    Example:
        >>> import numpy as np
        >>> from coreset_engine.kernels.gradients import Gradients
        >>> from coreset_engine.kernels.pursuit import pursue
        >>> gradients = Gradients(np.eye(2), np.ones((2, 1)))  # (1, 0) and (0, 1)
        >>> rows, weights = pursue(gradients, np.array([[1.0], [3.0]]), 2, 0.0)
        >>> rows.tolist(), weights.tolist()
        ([1, 0], [3.0, 1.0])
    """
    if 8 * size * size > LARGEST:
        raise SelectionError(
            f"Matching pursuit of {size:,} samples at once needs {8 * size * size / 2**30:.0f} GiB. Choose within classes "
            f"(balanced=true), or at most {int((LARGEST / 8) ** 0.5):,} samples."
        )
    chosen, weights = _chosen(gradients, target, size, lam)
    if size == 1:
        return chosen, np.ones(1)
    if (weights >= 0).all():  # it solves the system exactly, so no other weights can do better
        return chosen, weights
    from scipy.optimize import nnls  # slow to import, and seldom needed

    picked = gradients.take(compute.place(chosen))
    normal = compute.host(picked.inner(slice(None)))
    normal[np.diag_indices(size)] += lam
    return chosen, nnls(normal, compute.host(picked.along(target)))[0]


def _chosen(gradients: Gradients, target: Any, size: int, lam: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the samples in the order of choice and the weights of the last refit, which can be negative."""
    chosen = np.empty(size, np.int64)
    picked = Gradients(gradients.errors[:size] * 0, gradients.inputs[:size] * 0)  # filled row by row
    inverse, weights = compute.place(np.zeros((size, size))), compute.place(np.zeros(size))  # J, x
    wanted = gradients.along(target)
    left = wanted + 0
    aims = weights + 0  # <g, target> of the chosen
    for step in range(size):
        best = chosen[step] = int(left.argmax())
        picked.errors[step], picked.inputs[step] = gradients.errors[best], gradients.inputs[best]
        aims[step] = wanted[best]
        so_far = picked.take(slice(step + 1))
        row = _next_row(inverse[:step, :step], so_far.inner_with(step), lam)
        inverse[step, : step + 1] = row
        weights[: step + 1] += row * (row @ aims[: step + 1])
        applied = weights[: step + 1]
        if not step and weights[0]:
            applied = applied * (1 + lam / so_far.squared_norms())  # the first weight knows no λ
        left = wanted - gradients.along(so_far.total(applied))
        left[chosen[: step + 1]] = -np.inf
    return chosen, compute.host(weights)


def _next_row(inverse: Any, products: Any, lam: float) -> Any:
    """Return the row (m + 1,) that J grows by: zeros where the new gradient depends on those before.

    Args:
        inverse: (m, m) J, with J (K + λ I) J^T = I for the inner products K of m samples.
        products: (m + 1,) of the new sample with those and with itself.
        lam: λ.
    """
    along = inverse @ products[:-1]
    own = float(products[-1]) + lam
    new = own - float(along @ along)
    row = products * 0
    if new > DEPENDENT * own:
        row[:-1] = -(along @ inverse)
        row[-1] = 1
        row /= new**0.5
    return row
