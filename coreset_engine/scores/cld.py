"""CLD: whether a sample's loss falls in the epochs in which the validation loss of its class falls."""

import numpy as np
from numpy.typing import NDArray

from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import DynamicsError, WindowError
from coreset_engine.kernels.sliding import by_blocks
from coreset_engine.scores import Score

_CONSTANT = 1e-24  # of its sum of squares: what rounding leaves of the spread of equal differences


def cld(dynamics: Dynamics) -> NDArray[np.float64]:
    """Return the correlation of a sample's loss differences with those of its class's mean validation loss.

    r(n) = Pearson over t of l_{t+1}(n) - l_t(n) and L_{t+1}(y) - L_t(y), with l the cross-entropy -ln p_y of the sample and
    L(c) the mean cross-entropy of the validation samples of class c after each epoch. Where either does not vary r is 0.
    The paper keeps as many of every class: rule `balanced` with budget=equal.

    Args:
        dynamics: one run of a single-label task that knows `val_loss`, with 3 epochs or more.

    Returns:
        (N,) float64 in -1..1; high = learned as the class is.

    Raises:
        DynamicsError: the run holds no validation losses, or none of a class that has samples, or one is not finite.
        WindowError: fewer than 3 epochs, of whose differences no two can be compared.

    Source: Nagaraj et al. 2025 (arXiv:2508.20230), TMLR; code manishnagaraj/CLD_Coresets_from_Trajectories.

    Example:
        >>> import numpy as np
        >>> from coreset_engine import Dynamics, score
        >>> p = np.array([[0.1, 0.5], [0.5, 0.1], [0.5, 0.1]])  # p_y of two samples, one line per epoch
        >>> val = np.array([[3, 1], [2, 1], [2, 1]])  # mean losses of two classes, one line per epoch
        >>> outputs = np.stack([p, 1 - p], axis=2)
        >>> run = Dynamics.from_probabilities(outputs, np.array([0, 0]), val_loss=val)
        >>> score(run, "cld").round(4).tolist()  # differences (-ln 5, 0) and (ln 5, 0) beside (-1, 0) of class 0
        [1.0, -1.0]
    """
    loss, labels = dynamics.loss, dynamics.labels
    of_class, _ = _centred(np.diff(_val_loss(dynamics), axis=0))
    class_squares = np.square(np.asfortranarray(of_class)).sum(axis=0)

    def correlation(part: slice) -> NDArray[np.float64]:
        """Return the correlations of some samples."""
        own, squares = _centred(np.diff(loss[:, part].astype(np.float64), axis=0))
        lengths = np.sqrt(squares * class_squares[labels[part]])
        own *= of_class.take(labels[part], axis=1)
        found = np.divide(own.sum(axis=0), lengths, out=np.zeros_like(lengths), where=lengths > 0)
        return np.clip(found, -1, 1)

    return by_blocks(dynamics.n_samples, dynamics.epochs, correlation)


def _val_loss(dynamics: Dynamics) -> NDArray[np.float64]:
    """Return the mean validation loss (T, C) of every class.

    Raises:
        DynamicsError: there are none, or none of a class that has samples, or one is not finite.
        WindowError: there are too few epochs.
    """
    if dynamics.val_loss is None:
        raise DynamicsError(
            f"CLD needs the validation loss of every class after each epoch, which {dynamics.name} does not hold. Record it "
            "again: new recordings of single-label tasks keep it; or give val_loss= to Dynamics.from_logits."
        )
    if dynamics.epochs < 3:
        raise WindowError(
            f"CLD correlates differences from epoch to epoch and needs at least 3 epochs; {dynamics.name} has "
            f"{dynamics.epochs}. Record longer."
        )
    unknown = ~np.isfinite(dynamics.val_loss)
    missing = np.unique(dynamics.labels[unknown.any(axis=0).reshape(dynamics.classes)[dynamics.labels]])
    if len(missing):
        raise DynamicsError(
            f"{dynamics.name} has no validation loss of class {', '.join(map(str, missing[:5]))} in every epoch (missing or "
            f"not finite in epoch {np.flatnonzero(unknown[:, missing[0]])[0] + 1}), so CLD has no score for its samples. "
            "Split the data so that validation has samples of every class, or lower the learning rate where the training "
            "diverged, and record again."
        )
    return dynamics.val_loss


def _centred(differences: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return columns (T - 1, n) less their means, and the sum of each one's squares, (n,).

    Both are 0 where only rounding tells the differences of a column apart.
    """
    centred = differences - differences.mean(axis=0)
    squares = np.square(centred).sum(axis=0)
    constant = squares <= _CONSTANT * np.square(differences, out=differences).sum(axis=0)
    if constant.any():
        centred[:, constant] = 0
        squares[constant] = 0
    return centred, squares


SCORE = Score(
    name="cld",
    label="CLD",
    compute=cld,
    keep="highest",
    formula="Pearson correlation over epochs of a sample's loss differences and those of its class's validation loss",
    source="Nagaraj et al. 2025, arXiv:2508.20230",
    order=34,
    colour=16,
    family="training dynamics",
    cost="O(T N) time; a block of samples beside the (T, N) losses",
    measured="29 ms of one core and 3 MB beside the run at N = 34,561, T = 200, beside other work",
    differences="The paper keeps as many samples of every class: rule balanced with budget=equal. The code takes a sample's "
    "loss in eval mode on clean images after the epoch; recordings hold that of the training pass before the update, with "
    "mode=eval the code's. Its README leads to training on other images, since row numbers of the training split are read "
    "as those of the whole set: not done here. A class without validation samples has no score.",
    checked="Float64 loops within 1e-7 of r, and the order of the released code in each of 11 classes",
)
