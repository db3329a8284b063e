"""Entropy: how undecided the surrogate is about a sample at the end of training."""

import numpy as np
from numpy.typing import NDArray

from coreset_engine import signals
from coreset_engine.dynamics import Dynamics
from coreset_engine.scores import Score
from coreset_engine.snapshot import Snapshot


def entropy(source: Dynamics | Snapshot) -> NDArray[np.float64]:
    """Return -sum_c p ln p in nats, of the last recorded epoch or of a snapshot.

    The papers evaluate the final network once more in eval mode: that is a snapshot's entropy. Of dynamics it is that of
    the last epoch's training forward pass, so that recorded and imported dynamics give the same method.

    Args:
        source: one run with N samples, or a snapshot, whose logits are those of eval mode.

    Returns:
        (N,) float64 in 0..ln C; high = undecided. Multi-label: the mean over the labels.

    Source: Coleman et al. 2020 (arXiv:1906.11829), as used by CCS (arXiv:2210.15809).

    Example:
        >>> import numpy as np
        >>> from coreset_engine import Dynamics, score
        >>> p = np.array([[0.5, 0.5], [0.5, 1]])  # p_y of two samples, one line per epoch
        >>> run = Dynamics.from_probabilities(np.stack([p, 1 - p], axis=2), np.array([0, 0]))
        >>> score(run, "entropy").round(4).tolist()  # of the last epoch: ln 2, and 0
        [0.6931, 0.0]
    """
    if isinstance(source, Snapshot):
        return signals.from_logits(source.logits, source.labels)["entropy"].astype(np.float64)
    return source.entropy[-1].astype(np.float64)


SCORE = Score(
    name="entropy",
    label="Entropy",
    compute=entropy,
    keep="highest",
    formula="-sum_c p ln p at the last epoch",
    source="Coleman et al. 2020, arXiv:1906.11829",
    reads="any",
    order=21,
    colour=5,
    family="uncertainty",
    cost="O(N) time and memory from dynamics, O(N C) from a snapshot",
    measured="0.2 ms of one core and 1 MB beside the run at N = 34,561, T = 200",
    differences="CCS evaluates the final network on images that are not normalised as in training, a defect; DeepCore's "
    "code keeps the most certain samples when it does not select class by class (keep=lowest). Dynamics hold the "
    "training forward pass of the last epoch, a snapshot the evaluation after it.",
    checked="CCS's entropies within 1e-5; from a snapshot DeepCore's scores within 1e-5 and its selections of 10 and "
    "30 %, class by class and over all",
)
