"""GraNd: the length of the gradient that a sample sends to the last layer."""

import numpy as np
from numpy.typing import NDArray

from coreset_engine.scores import Score
from coreset_engine.snapshot import Snapshot


def grand(snapshot: Snapshot) -> NDArray[np.float64]:
    """Return the norm of each sample's loss gradient with respect to the head's weight and bias.

    ||g_i|| = ||p_i - onehot(y_i)|| sqrt(1 + ||h_i||^2), h the features. The paper's expectation over initial weights
    is the mean over several runs: `score([snapshot, ...], "grand")`; the paper takes 10.

    Deviations: the paper's gradient is that of all weights; that of the last layer is DeepCore's approximation. DeepCore
    averages the loss over a batch of B first, so each of its gradients is 1/B of itself and those of a short last batch
    come out larger (8 times with 400 samples in batches of 128): here no batch has an influence. Scores of a single
    whole batch are these divided by N.

    Args:
        snapshot: features (N, D), logits (N, C), labels.

    Returns:
        (N,) float64 >= 0; high = far from learned.

    Source: Paul et al. 2021 (arXiv:2107.07075), Definition 2.1; Guo et al. 2022, DeepCore (arXiv:2204.08499).

    Example:
        >>> import numpy as np
        >>> from coreset_engine import Snapshot, score
        >>> h = np.array([[1, 0, 0, 0], [2, 1, 1, 1]])  # ||h||² = 1 and 7; p = (1/2, 1/2), so ||p - onehot(y)||² = 1/2
        >>> snapshot = Snapshot.from_arrays(features=h, logits=np.zeros((2, 2)), labels=np.array([0, 1]))
        >>> score(snapshot, "grand").round(4).tolist()  # sqrt(1/2 · 2) and sqrt(1/2 · 8)
        [1.0, 2.0]
    """
    squares = np.einsum("ij,ij->i", snapshot.features, snapshot.features, dtype=np.float64)
    return np.linalg.norm(snapshot.error_vectors, axis=1) * np.sqrt(1 + squares)


SCORE = Score(
    name="grand",
    label="GraNd",
    compute=grand,
    keep="highest",
    formula="||p - onehot(y)|| · sqrt(1 + ||h||²), the last layer's gradient; mean over runs",
    source="Paul et al. 2021, arXiv:2107.07075",
    reads="snapshot",
    order=33,
    colour=12,
    family="gradients",
    cost="O(N (C + D)) time, O(N C) memory",
    measured="0.03 s at N = 13,932, D = 512",
    differences="The paper takes the gradient of all weights at a few epochs and the mean over 10 initialisations; "
    "DeepCore and this take the last layer's, and several runs are averaged when they are given. DeepCore divides "
    "each gradient by the size of its batch, so that samples of a short last batch come out larger: not done here.",
    checked="DeepCore's GraNd with one batch: scores to 1e-4 and the same sets at 10 and 30 %; written-out gradients",
)
