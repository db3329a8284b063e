"""The hard cut-off: per class and by rate, the samples whose labels the whole training spoke against are left out."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import ConfigError

BASE = 0.3  # β at α = 10 %, as the README of CCS gives it
LIMIT = 0.5  # of a class, that is cut at most
_AT = 0.1  # α at which β is the base


def hard_cutoff(dynamics: Dynamics | Sequence[Dynamics], rate: float, *, base: float = BASE) -> NDArray[np.bool_]:
    """Return (N,) bool, True = kept: in each class the int(β_c n_c) samples of lowest AUM are cut.

    β_c(α) = clip(max(base √(0.1/α), q_c), 0, 0.5), where q_c is the share of the class with AUM < 0 that was correct in
    under half of the last max(1, T // 4) epochs. AUM is in probability, the mean over all epochs and over all runs.

    Args:
        dynamics: one run, or several of one recipe on the same samples; only of tasks with classes.
        rate: α, above 0 and up to 1: the less is kept, the more is cut.
        base: β at α = 10 %, 0..0.5; 0 cuts nothing, not even q_c.

    Raises:
        ConfigError: `base` or the rate is out of range, or the task has several labels per sample.
        DynamicsError: a signal is missing or not finite.

    Source: Zheng et al. 2023, CCS (arXiv:2210.15809), for β = 0.3 at α = 10 %; the square root, q_c and cutting class by
        class are ours.

    Example:
        >>> import numpy as np
        >>> from coreset_engine import Dynamics, hard_cutoff
        >>> p = np.array([[0.9, 0.8, 0.7, 0.6, 0.1]])  # p_y of five samples of one class in one epoch
        >>> run = Dynamics.from_probabilities(np.stack([p, 1 - p], axis=2), np.zeros(5, int))
        >>> hard_cutoff(run, 0.1).tolist()  # int(0.3 * 5) = 1 is cut
        [True, True, True, True, False]
    """
    runs = [dynamics] if isinstance(dynamics, Dynamics) else list(dynamics)
    if runs[0].multi_label:
        raise ConfigError(f"The hard cut-off needs one label per sample; {runs[0].name} is multi-label. Set it to 0.")
    kept = np.ones(runs[0].n_samples, bool)
    if base:
        aum, never = evidence(runs)
        for c, beta in enumerate(shares(aum, never, runs[0].labels, rate, base)):
            rows = np.flatnonzero(runs[0].labels == c)
            kept[rows[np.argsort(aum[rows], kind="stable")[: int(round(beta * len(rows), 9))]]] = False
    return kept


def evidence(runs: Sequence[Dynamics]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return AUM, (N,) float64, and which samples were not learned by the end, (N,) bool; both over all runs."""
    aum = np.mean([run.margin.mean(axis=0, dtype=np.float64) for run in runs], axis=0)
    correct = np.mean([run.correct[-max(1, run.epochs // 4) :].mean(axis=0) for run in runs], axis=0)
    return aum, correct < 0.5


def shares(
    aum: NDArray[np.float64], never: NDArray[np.bool_], labels: NDArray[np.integer], rate: float, base: float = BASE
) -> NDArray[np.float64]:
    """Return β_c, (C,) float64, for the evidence (N,) that `evidence` gives.

    Raises:
        ConfigError: `base` or the rate is out of range.
    """
    check(base)
    if not 0 < rate <= 1:
        raise ConfigError(f"The selection rate is {rate}; give the kept share as a number above 0 and up to 1.")
    counts = np.bincount(labels)
    against = np.bincount(labels[(aum < 0) & never], minlength=len(counts))
    return np.clip(np.maximum(base * np.sqrt(_AT / rate), against / np.maximum(1, counts)), 0, LIMIT)


def check(base: float) -> float:
    """Return β at α = 10 % if it is possible.

    Raises:
        ConfigError: it is not in 0..0.5.
    """
    if not 0 <= base <= LIMIT:
        raise ConfigError(f"The hard cut-off is {base}; give β at α = 10 % from 0 (none) to {LIMIT}, e.g. {BASE}.")
    return float(base)
