"""How much each class needs, for class budgets that ask: by its difficulty, or by its recall on val."""

import numpy as np
from numpy.typing import NDArray

from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import ConfigError
from coreset_engine.snapshot import Snapshot

EPOCHS = 10  # of EL2N
_TAILS = (0.05, 0.95)  # quantiles to which the difficulty of a class is clipped


def class_difficulty(dynamics: Dynamics) -> NDArray[np.float64]:
    """Return the winsorised mean of EL2N over the samples of each class, (C,); 0 for a class without samples.

    EL2N is the mean error norm of the first 10 epochs, clipped to the 5 % and 95 % quantiles of its class.

    Raises:
        DynamicsError: a signal is missing or not finite.

    Source: NUCS as its abstract describes it, the clipping in our numbers; so budgets by it are called "difficulty".
    """
    values = dynamics.error_norms[:EPOCHS].mean(axis=0, dtype=np.float64)
    labels = dynamics.strata_labels
    found = np.zeros(int(labels.max()) + 1)
    for c in np.unique(labels):
        own = values[labels == c]
        found[c] = np.clip(own, *np.quantile(own, _TAILS)).mean()
    return found


def one_minus_recall(snapshot: Snapshot) -> NDArray[np.float64]:
    """Return 1 - recall on val of each class, (C,); 1 for a class without val samples.

    Raises:
        ConfigError: the snapshot holds no outputs on val, or the task is multi-label.

    Source: Vysogorets et al. 2024, DRoP.
    """
    val = snapshot.validation
    if val is None or snapshot.multi_label:
        raise ConfigError(
            f"Class budgets by recall need the outputs on val of a task with classes, which {snapshot.name} does not hold: "
            "record the run again, or choose other class budgets."
        )
    classes = snapshot.logits.shape[1]
    hits = np.bincount(val.labels[val.logits.argmax(axis=1) == val.labels], minlength=classes)
    counts = np.bincount(val.labels, minlength=classes)
    return 1 - hits / np.maximum(1, counts)
