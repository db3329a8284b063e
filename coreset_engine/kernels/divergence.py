"""The distributions that a snapshot predicts, and the symmetric Kullback-Leibler divergence between them."""

import numpy as np
from numpy.typing import NDArray

from coreset_engine.snapshot import Snapshot

SMALLEST = 1e-12  # probabilities are raised to it, so that a divergence is finite; it is then at most 27.7


def distributions(snapshot: Snapshot) -> NDArray[np.float64]:
    """Return (N, G, K) float64 predicted distributions: one over the C classes, or yes and no for each of G labels.

    Example:
        >>> import numpy as np
        >>> from coreset_engine import Snapshot
        >>> from coreset_engine.kernels.divergence import distributions
        >>> z = np.log([[3, 1]])
        >>> one = Snapshot.from_arrays(features=z, logits=z, labels=np.array([0]))
        >>> distributions(one).round(4).tolist()
        [[[0.75, 0.25]]]
    """
    p = snapshot.probabilities
    return np.stack([p, 1 - p], axis=2) if snapshot.multi_label else p[:, None, :]


def clipped(snapshot: Snapshot) -> NDArray[np.float64]:
    """Return (N, G K) float64 predicted distributions side by side, none below 1e-12.

    The divergence of several labels, taken as independent, is the sum of theirs, so that the rows may be used as if
    they were one distribution.

    Example:
        >>> import numpy as np
        >>> from coreset_engine import Snapshot
        >>> from coreset_engine.kernels.divergence import clipped
        >>> z = np.array([[100, 0]])
        >>> one = Snapshot.from_arrays(features=z, logits=z, labels=np.array([0]))
        >>> clipped(one).tolist()  # exp(-100) is less than 1e-12
        [[1.0, 1e-12]]
    """
    return np.maximum(distributions(snapshot), SMALLEST).reshape(snapshot.n_samples, -1)


def symmetric(p: NDArray[np.float64], q: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (N,) float64 divergences of the rows of p and q (N, K), all above 0: ½ Σ (p ln(p/q) + q ln(q/p)).

    It is computed as ½ Σ (p - q)(ln p - ln q), whose terms are never negative.

    Example:
        >>> import numpy as np
        >>> from coreset_engine.kernels.divergence import symmetric
        >>> symmetric(np.array([[0.75, 0.25]]), np.array([[0.25, 0.75]])).round(4).tolist()  # ½ ln 3
        [0.5493]
    """
    return 0.5 * np.einsum("nk,nk->n", p - q, np.log(p) - np.log(q))


def sides(p: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return two (N, 2 K) sides and (N,) own terms, by which twice the divergence is a product.

    2 d(i, j) = own_i + own_j - 2 <left_i, right_j> with left = [p, ln p], right = ½ [ln p, p] and own = Σ p ln p: all
    divergences from one row cost one matrix-vector product.

    Args:
        p: (N, K) distributions, all above 0.

    Example:
        >>> import numpy as np
        >>> from coreset_engine.kernels.divergence import sides
        >>> left, right, own = sides(np.array([[0.75, 0.25], [0.25, 0.75]]))
        >>> round(float(own[0] + own[1] - 2 * left[0] @ right[1]), 4)  # twice ½ ln 3
        1.0986
    """
    logs = np.log(p)
    return np.concatenate([p, logs], axis=1), np.concatenate([logs, p], axis=1) / 2, np.einsum("nk,nk->n", p, logs)
