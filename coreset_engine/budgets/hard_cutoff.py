"""The hard cut-off: by rate, per class or over all, the samples whose labels the training spoke against are left out."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from coreset_engine.alike import check_alike
from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import ConfigError

BASE = 0.3  # β at α = 10 %, as the README of CCS gives it
LIMIT = 0.5  # of a class, that is cut at most
_AT = 0.1  # α at which β is the base
BY = "aum"  # evidence where nothing else is asked for
_GLOBAL = ":global"
WORDS = {
    "aum": "the lowest mean margin over all epochs",
    "never-learned": "the lowest of those that were correct in under half of the last quarter of the epochs, and no others",
    "folds": "the lowest mean margin over the last quarter of the epochs, by networks that never saw the sample",
}
EVIDENCE = (*WORDS, *(f"{name}{_GLOBAL}" for name in WORDS))


def hard_cutoff(
    dynamics: Dynamics | Sequence[Dynamics], rate: float, *, base: float = BASE, by: str = BY
) -> NDArray[np.bool_]:
    """Return (N,) bool, True = kept: in each class the int(β_c n_c) samples with most evidence against them are cut.

    β_c(α) = clip(max(base √(0.1/α), q_c), 0, 0.5), where q_c is the share of the class with AUM < 0 that was correct in
    under half of the last max(1, T // 4) epochs. AUM is in probability, the mean over all epochs and over all runs.

    Args:
        dynamics: one run, or several of one recipe on the same samples; only of tasks with classes.
        rate: α, above 0 and up to 1: the less is kept, the more is cut.
        base: β at α = 10 %, 0..0.5; 0 cuts nothing, not even q_c.
        by: the evidence: "aum" orders by AUM; "never-learned" does so too, but cuts only samples that were correct in under
            half of the last max(1, T // 4) epochs, so that β_c is a limit; "folds" orders by the mean margin over these
            epochs in a run with folds, where no network has seen the sample, and q_c takes this margin. With ":global"
            behind it, as "aum:global", there is one β for all samples, and classes are not told apart.

    Raises:
        ConfigError: `base`, the rate or the evidence is not possible, the task has several labels per sample, or a run has
            no folds where they are asked for.
        DynamicsError: a signal is missing or not finite, or the runs do not match.

    Source: Zheng et al. 2023, CCS (arXiv:2210.15809), for β = 0.3 at α = 10 % by AUM over all samples; the square root, q_c,
        cutting class by class and the other evidence are ours.

    Example:
        >>> import numpy as np
        >>> from coreset_engine import Dynamics, hard_cutoff
        >>> p = np.array([[0.9, 0.8, 0.7, 0.6, 0.1]])  # p_y of five samples of one class in one epoch
        >>> run = Dynamics.from_probabilities(np.stack([p, 1 - p], axis=2), np.zeros(5, int))
        >>> hard_cutoff(run, 0.1).tolist()  # int(0.3 * 5) = 1 is cut
        [True, True, True, True, False]
    """
    runs = [dynamics] if isinstance(dynamics, Dynamics) else list(dynamics)
    check_alike(runs)
    if runs[0].multi_label:
        raise ConfigError(
            f"The hard cut-off needs one label per sample; {runs[0].name} is multi-label. Set it to 0, or of auto take "
            "goal=accuracy."
        )
    name, colon, _ = check_by(by).partition(_GLOBAL)
    kept = np.ones(runs[0].n_samples, bool)
    if base:
        aum, never = evidence(runs)
        margin = _unseen_margin(runs) if name == "folds" else aum
        strata = np.zeros(len(kept), np.int64) if colon else runs[0].labels
        for c, beta in enumerate(shares(margin, never, strata, rate, base)):
            rows = np.flatnonzero(strata == c)
            most = int(round(beta * len(rows), 9))
            rows = rows[never[rows]] if name == "never-learned" else rows
            kept[rows[np.argsort(margin[rows], kind="stable")[:most]]] = False
    return kept


def _unseen_margin(runs: Sequence[Dynamics]) -> NDArray[np.float64]:
    """Return the mean margin over the last max(1, T // 4) epochs and over all runs, (N,), of runs with folds.

    Raises:
        ConfigError: a run has none.
    """
    for run in runs:
        if not run.folds:
            raise ConfigError(
                f"{run.name} was recorded without folds, so every network has seen the samples it judges. Cut off by "
                "another evidence, or record with --folds 5."
            )
    late = [run.margin[-max(1, run.epochs // 4) :].mean(axis=0, dtype=np.float64) for run in runs]
    return np.asarray(np.mean(late, axis=0))


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


def check_by(by: str) -> str:
    """Return the evidence of a cut-off if there is such.

    Raises:
        ConfigError: there is none.
    """
    if by not in EVIDENCE:
        raise ConfigError(f"There is no evidence {by!r} for the hard cut-off. Choose one of: {', '.join(EVIDENCE)}.")
    return by
