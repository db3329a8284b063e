"""Entropy: how undecided the surrogate is about a sample at the end of training."""

import numpy as np
from numpy.typing import NDArray

from coreset_engine.dynamics import Dynamics
from coreset_engine.scores import Score


def entropy(dynamics: Dynamics) -> NDArray[np.float64]:
    """Return -sum_c p ln p of the last recorded epoch, in nats.

    Deviation: the papers evaluate the final network once more in eval mode; this is the last epoch's training forward
    pass, so that recorded and imported dynamics give the same method.

    Returns:
        (N,) float64 in 0..ln C; high = undecided.

    Source: Coleman et al. 2020 (arXiv:1906.11829), as used by CCS (arXiv:2210.15809).
    """
    return dynamics.entropy[-1].astype(np.float64)


SCORE = Score(
    name="entropy",
    label="Entropy",
    compute=entropy,
    keep="highest",
    formula="-sum_c p ln p at the last epoch",
    source="Coleman et al. 2020, arXiv:1906.11829",
    order=21,
)
