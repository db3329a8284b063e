"""Evaluation: what a network gives for a split, and how good that is."""

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

COLLAPSED_SHARE = 0.995  # of a split's predictions that fall into one class
CALIBRATION_BINS = 15  # as Guo et al. report it


@dataclass(frozen=True)
class Evaluation:
    """How good the outputs for one split are.

    Attributes:
        accuracy: 0..1; of a multi-label task the share of single label decisions that are right.
        auc: area under the ROC curve, one against the rest, mean over the classes (labels) that occur in the split.
        balanced_accuracy: mean recall.
        recall: of every class (label), NaN where the split has none of it.
        loss: mean cross-entropy (binary cross-entropy), in nats.
        collapsed: nearly all predictions are one class although the split holds several.
        ece: expected calibration error, 0..1, lower is better; of a multi-label task over all single label decisions.
        confusion: (C, C) samples of the true class (row) that are taken for a class (column); None of a multi-label task.
    """

    accuracy: float
    auc: float
    balanced_accuracy: float
    recall: list[float]
    loss: float
    collapsed: bool
    ece: float
    confusion: list[list[int]] | None


def evaluate(logits: NDArray[np.float32], labels: NDArray[np.integer]) -> Evaluation:
    """Return the figures of logits (N, C) against labels (N,), or (N, L) zeros and ones.

    Accuracy and AUC are those of `medmnist.Evaluator`: argmax, a threshold of 0.5 for each label of a multi-label task,
    the macro one-against-rest AUC. Where a class does not occur in the split the Evaluator fails; here it is left out.
    """
    z = logits.astype(np.float64)
    if labels.ndim == 2:
        return _evaluate_labels(z, labels)
    classes = z.shape[1]
    shifted = z - z.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    predicted = z.argmax(axis=1)
    recall = [
        float((predicted[labels == c] == c).mean()) if (labels == c).any() else float("nan") for c in range(classes)
    ]
    score = np.exp(log_p)
    auc = _mean_auc(np.arange(classes) == labels[:, None], score)
    confusion = np.bincount(classes * labels.astype(np.int64) + predicted, minlength=classes**2)
    return Evaluation(
        accuracy=float((predicted == labels).mean()),
        auc=auc,
        balanced_accuracy=float(np.nanmean(recall)),
        recall=recall,
        loss=float(-log_p[np.arange(len(labels)), labels].mean()),
        collapsed=bool(np.bincount(predicted).max() >= COLLAPSED_SHARE * len(labels) and len(np.unique(labels)) > 1),
        ece=calibration_error(score.max(axis=1), predicted == labels),
        confusion=confusion.reshape(classes, classes).tolist(),
    )


def quadratic_kappa(confusion: ArrayLike) -> float:
    """Return Cohen's kappa with quadratic weights, of classes that are grades in order.

    kappa = 1 - sum w O / sum w E with w(i, j) = (i - j)^2, O the confusion and E what its margins would give by chance.

    Args:
        confusion: (C, C) samples of the true class (row) that are taken for a class (column).

    Returns:
        Up to 1, higher is better; 0 for chance, as for a network that says one class of several; NaN where truth and
        predictions are one and the same class.

    Source: Cohen 1968, Weighted kappa, Psychological Bulletin 70(4).
    """
    seen = np.asarray(confusion, np.float64)
    grades = np.arange(len(seen))
    weight = np.square(grades[:, None] - grades)
    chance = float((weight * np.outer(seen.sum(axis=1), seen.sum(axis=0))).sum() / max(1.0, seen.sum()))
    return 1 - float((weight * seen).sum()) / chance if chance else float("nan")


def calibration_error(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Return the expected calibration error: how far, on average, confidence and the share of right answers differ.

    ECE = sum over the 15 bins B of |B| / n · |acc(B) - conf(B)|, with bins of equal width that hold confidences in
    ((m - 1) / 15, m / 15].

    Args:
        confidence: (n,) the largest probability of each decision, 0..1.
        right: (n,) whether the decision is right.

    Returns:
        0..1; NaN where a confidence is not finite, as of a network that diverged.

    Source: Guo et al. 2017, Eq. 3 (arXiv:1706.04599).
    """
    if not np.isfinite(confidence).all():
        return float("nan")
    place = np.ceil(np.round(CALIBRATION_BINS * confidence, 12)).astype(np.int64).clip(1, CALIBRATION_BINS)
    gap = np.bincount(place, right.astype(np.float64) - confidence, minlength=CALIBRATION_BINS + 1)
    return float(np.abs(gap).sum() / len(confidence))


def _evaluate_labels(z: NDArray[np.float64], labels: NDArray[np.integer]) -> Evaluation:
    """Return the figures of a multi-label split."""
    predicted = z > 0  # a sigmoid above 0.5
    truth = labels == 1
    columns = range(labels.shape[1])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a label without a positive sample has no recall: NaN
        recall = [float(predicted[truth[:, c], c].mean()) for c in columns]
        balanced = float(np.nanmean([*recall, *[(~predicted[~truth[:, c], c]).mean() for c in columns]]))
    with np.errstate(invalid="ignore"):  # the loss of a network that diverged is NaN, which is said, not warned of
        loss = float(np.logaddexp(0, np.where(truth, -z, z)).mean())
        of_decision = np.exp(-np.logaddexp(0, -np.abs(z)))  # the sigmoid of |z|: of "yes" or of "no", whichever is said
    return Evaluation(
        accuracy=float((predicted == truth).mean()),
        auc=_mean_auc(truth, z),
        balanced_accuracy=balanced,
        recall=recall,
        loss=loss,
        collapsed=bool((predicted == predicted[0]).all() and not (truth == truth[0]).all() and truth.mean() > 0.2),
        ece=calibration_error(of_decision.ravel(), (predicted == truth).ravel()),
        confusion=None,
    )


def _mean_auc(truth: NDArray[np.bool_], score: NDArray[np.float64]) -> float:
    """Return the mean over the columns that hold both cases of the area under the ROC curve; NaN after a divergence."""
    both = [c for c in range(truth.shape[1]) if 0 < truth[:, c].sum() < len(truth)]
    if not both or not np.isfinite(score).all():
        return float("nan")
    return float(np.mean([_auc(truth[:, c], score[:, c]) for c in both]))


def _auc(truth: NDArray[np.bool_], score: NDArray[np.float64]) -> float:
    """Return the share of pairs of a positive and a negative sample that `score` orders rightly, ties counting half.

    From the positives' ranks (Mann-Whitney); importing scikit-learn for it would cost every process 2 s.
    """
    _, place, counts = np.unique(score, return_inverse=True, return_counts=True)
    rank = np.cumsum(counts) - (counts - 1) / 2
    positive = int(truth.sum())
    return (rank[place][truth].sum() - positive * (positive + 1) / 2) / (positive * (len(truth) - positive))
