"""Which labels are likely wrong, judged by a run that was trained on them, and which classes are taken for each other.

The evidence is in-sample, unless the run has folds: the network has seen every label it is asked about. A network that
learns its train split by heart ends by agreeing with wrong labels, too, which the mean over all epochs stands best. What is
found are suspects to look at: hard, ambiguous and badly cut images are among them.

Measured on the synthetic demo (6,000 phantoms, 240 planted wrong labels; LeNet-5, 30 epochs, seed 0), as
`benchmarks/data_map.py` prints it: precision, recall, and average precision of the scores.

    rule                   n  precision  recall  average precision
    low-aum              404       0.55    0.93               0.87
    never-learned        199       0.78    0.65               0.73
    confident-elsewhere  220       0.77    0.71               0.77
    combined             249       0.73    0.75               0.85

The proposed class is the true one for 92 to 96 % of the wrong labels found. With `share=0.04`, as many suspects as there
are wrong labels, low-aum has precision and recall 0.78; of the 2 % with the lowest AUM 92 % are wrong.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from coreset_engine.analysis.proposals import Proposals, before_last_third
from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import ConfigError, DynamicsError, WindowError

Rule = Literal["low-aum", "never-learned", "confident-elsewhere", "combined"]
RULES: tuple[Rule, ...] = get_args(Rule)
EVIDENCE: dict[Rule, str] = {
    "low-aum": "the mean margin over all epochs speaks against the label",
    "never-learned": "the label was not predicted in any epoch",
    "confident-elsewhere": "in the last third of the epochs another class was predicted with confidence",
    "combined": "at least two of the three rules agree",
}


@dataclass(frozen=True)
class Suspects:
    """What one rule suspects.

    Attributes:
        rule: its name.
        scores: (N,) float64, high = more suspect; with "combined" the whole part is the number of votes.
        mask: (N,) which samples are suspected.
        proposals: the classes that labels should perhaps be, of any rows.
    """

    rule: Rule
    scores: NDArray[np.float64]
    mask: NDArray[np.bool_]
    proposals: Proposals

    @cached_property
    def proposed(self) -> NDArray[np.int64]:
        """Return (N,) what `proposals` says of all samples: of a million that takes seconds."""
        return self.proposals.of(np.arange(len(self.mask)))

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """Return (n,) the rows suspected, the most suspect first; ties by lower row."""
        rows = np.flatnonzero(self.mask)
        return rows[np.argsort(-self.scores[rows], kind="stable")]


def find(
    dynamics: Dynamics, rule: Rule = "combined", *, share: float | None = None, confidence: float = 0.5, votes: int = 2
) -> Suspects:
    """Return the samples whose labels a rule suspects to be wrong.

    low-aum: the score is minus the mean margin p_y - max other p over all T epochs; suspected when above 0.
    never-learned: the score is the share of epochs in which the label was not predicted; suspected at 1.
    confident-elsewhere: with c the class of `Suspects.proposed`, the score is the mean over the last third of the epochs
        of p_c where c was predicted and 0 elsewhere; suspected from `confidence`.
    combined: how many of the three suspect the sample, and below the point its mean rank among the three scores;
        suspected from `votes`.

    Args:
        dynamics: one single-label run. The probability of a predicted other class is p_y - margin, so that the (T, N, C)
            probabilities need not have been kept.
        rule: one of RULES.
        share: suspect instead this share of all samples, above 0 and up to 1, by the highest scores.
        confidence: of confident-elsewhere, above 0 and up to 1.
        votes: of combined, 1 to 3.

    Raises:
        ConfigError: the rule is unknown, or a number lies outside its range.
        DynamicsError: the task is multi-label, or a signal is missing or not finite.

    Source: AUM: Pleiss et al. 2020 (arXiv:2001.10528), with probabilities as in CCS. The others are this project's.
    """
    _check(dynamics, rule, share, confidence, votes)
    found = _judged(dynamics, confidence, votes)[rule]
    return found if share is None else _strongest(found, share)


def find_all(dynamics: Dynamics) -> dict[Rule, Suspects]:
    """Return what every rule suspects by its own limit, as `find` does; 0.3 s at N = 35,000 and T = 200.

    Raises:
        DynamicsError: the task is multi-label, or a signal is missing or not finite.
    """
    _single_label(dynamics)
    return _judged(dynamics, confidence=0.5, votes=2)


def _judged(dynamics: Dynamics, confidence: float, votes: int) -> dict[Rule, Suspects]:
    """Return what every rule suspects by its own limit."""
    proposals = Proposals(dynamics)
    aum = dynamics.margin.mean(axis=0, dtype=np.float64)
    wrong = 1 - _right(dynamics) / dynamics.epochs
    found: dict[Rule, tuple[NDArray[np.float64], NDArray[np.bool_]]]
    found = {"low-aum": (-aum, aum < 0), "never-learned": (wrong, wrong == 1)}
    found["confident-elsewhere"] = (proposals.pull, proposals.pull >= confidence)
    counted = np.sum([mask for _, mask in found.values()], axis=0)
    mean_rank = np.mean([_mean_ranks(scores) for scores, _ in found.values()], axis=0)
    found["combined"] = (counted + mean_rank / (dynamics.n_samples + 1), counted >= votes)
    return {rule: Suspects(rule, scores, mask, proposals) for rule, (scores, mask) in found.items()}


def _right(dynamics: Dynamics) -> NDArray[np.int64]:
    """Return (N,) in how many epochs the label was predicted; epoch by epoch, since a run may be a map."""
    labels, right = dynamics.labels.astype(dynamics.prediction.dtype), np.zeros(dynamics.n_samples, np.int64)
    for predicted in dynamics.prediction:
        right += predicted == labels
    return right


def _mean_ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (N,) ranks from 1 for the lowest, equal values sharing their mean; importing scipy.stats takes a second."""
    order = values.argsort()
    first = np.flatnonzero(np.diff(values[order], prepend=-np.inf))
    after = np.append(first[1:], len(values))
    ranks = np.empty(len(values))
    ranks[order] = np.repeat((first + 1 + after) / 2, after - first)
    return ranks


def strongest(found: Mapping[Rule, Suspects], share: float) -> dict[Rule, Suspects]:
    """Return as suspects of every rule a share of all samples, those with the highest scores; ties by lower row.

    The same as `find` gives for this share, without judging the labels again.
    """
    return {rule: _strongest(of, share) for rule, of in found.items()}


def _strongest(found: Suspects, share: float) -> Suspects:
    """Return as suspects of one rule a share of all samples."""
    scores, count = found.scores, max(1, math.ceil(round(share * len(found.scores), 9)))
    lowest = np.partition(scores, -count)[-count]  # of those suspected
    mask = scores > lowest
    mask[np.flatnonzero(scores == lowest)[: count - np.count_nonzero(mask)]] = True
    return replace(found, mask=mask)


def surest(dynamics: Dynamics, found: Mapping[Rule, Suspects]) -> dict[int, int]:
    """Return for each class the sample of which the run is surest: highest mean p_y over all epochs, lowest row of equals.

    Samples that any rule suspects are no examples; a class with no other has none.

    Args:
        dynamics: of the run, single-label.
        found: what every rule suspects by its own limit.
    """
    sure = dynamics.target_probability.mean(axis=0)
    sure[np.any([of.mask for of in found.values()], axis=0)] = -1
    best, by_class = {}, np.argsort(dynamics.labels, kind="stable")
    labels, first = np.unique(dynamics.labels[by_class], return_index=True)
    for label, rows in zip(labels.tolist(), np.split(by_class, first[1:]), strict=True):
        row = int(rows[sure[rows].argmax()])
        if sure[row] >= 0:
            best[label] = row
    return best


def rows_of(
    found: Suspects, labels: NDArray[np.integer], label: int | None, pair: tuple[int, int] | None
) -> NDArray[np.int64]:
    """Return the suspected rows of a class, or of a pair (label, proposed class), the most suspect first.

    Args:
        found: of one rule.
        labels: (N,) classes.
        label: only this class; None for all.
        pair: only samples of this label that should perhaps carry that one; None for all.
    """
    rows = found.rows
    if label is not None:
        rows = rows[labels[rows] == label]
    if pair is not None:
        rows = rows[labels[rows] == pair[0]]
        rows = rows[found.proposals.of(rows) == pair[1]]
    return rows


class Quality(NamedTuple):
    """How well suspects meet planted errors: shares 0..1, and n suspects; precision is NaN where nothing is suspected."""

    precision: float
    recall: float
    f1: float
    n: int


def quality(mask: NDArray[np.bool_], truth: NDArray[np.bool_]) -> Quality:
    """Return how well suspects meet the labels known to be wrong, e.g. `ImageSet.truth["wrong_label"]`.

    Args:
        mask: (N,) what is suspected.
        truth: (N,) what is wrong.

    Raises:
        ConfigError: the two differ in length.
    """
    if mask.shape != truth.shape:
        raise ConfigError(f"Suspects {mask.shape} and truth {truth.shape} must be about the same samples.")
    hits, suspected, wrong = (int(np.count_nonzero(of)) for of in (mask & truth, mask, truth))
    precision, recall = (hits / of if of else math.nan for of in (suspected, wrong))
    return Quality(precision, recall, 2 * hits / (suspected + wrong) if suspected + wrong else math.nan, suspected)


class Confusion(NamedTuple):
    """How often samples labelled `label` were predicted to be `predicted`.

    `count` adds over the samples and the window's epochs; `rate` is its share of all predictions for that label, 0..1.
    """

    label: int
    predicted: int
    count: int  # type: ignore[assignment] # takes the place of a tuple's own `count`, which nobody calls
    rate: float


def confused_pairs(dynamics: Dynamics, start: int | None = None, stop: int | None = None) -> list[Confusion]:
    """Return which classes were taken for which in epochs start .. stop, the most frequent first.

    Args:
        dynamics: one single-label run.
        start: first epoch, from 1; by default that of the last third.
        stop: last epoch, included; by default the last one.

    Returns:
        One entry for each (label, other class) that occurred at all; ties by lower label, then by lower class.

    Raises:
        WindowError: the epochs do not lie in the run.
        DynamicsError: the task is multi-label, or a signal is missing.
    """
    _single_label(dynamics)
    start = before_last_third(dynamics.epochs) + 1 if start is None else start
    stop = dynamics.epochs if stop is None else stop
    if not 1 <= start <= stop <= dynamics.epochs:
        raise WindowError(
            f"Epochs {start} to {stop} do not lie in a run of {dynamics.epochs}. Choose 1 to {dynamics.epochs}."
        )
    classes = dynamics.classes
    counts = np.zeros(classes**2, np.int64)
    for t in range(start - 1, stop):
        counts += np.bincount(dynamics.labels * classes + dynamics.prediction[t], minlength=classes**2)
    pairs = counts.reshape(classes, classes)
    rates = pairs / np.maximum(1, pairs.sum(axis=1, keepdims=True))
    np.fill_diagonal(pairs, 0)
    order = np.argsort(-pairs, axis=None, kind="stable")[: np.count_nonzero(pairs)]
    return [
        Confusion(int(a), int(b), int(pairs[a, b]), float(rates[a, b])) for a, b in (divmod(p, classes) for p in order)
    ]


def _check(dynamics: Dynamics, rule: str, share: float | None, confidence: float, votes: int) -> None:
    """Raise an EngineError where `find` can't do what it is asked for."""
    if rule not in RULES:
        raise ConfigError(f"There is no rule {rule!r} for suspects. Choose one of: {', '.join(RULES)}.")
    for name, value in (("share", 1.0 if share is None else share), ("confidence", confidence)):
        if not 0 < value <= 1:
            raise ConfigError(f"{name}={value} is not possible: give a number above 0 and up to 1.")
    if votes not in (1, 2, 3):
        raise ConfigError(f"votes={votes} is not possible: three rules vote, so give 1, 2 or 3.")
    _single_label(dynamics)


def _single_label(dynamics: Dynamics) -> None:
    """Raise a DynamicsError for a multi-label run."""
    if dynamics.multi_label:
        raise DynamicsError(
            f"{dynamics.name} is a multi-label run, where a sample has no single class that could be wrong. Suspects and "
            "confused classes need a run with one class a sample."
        )
