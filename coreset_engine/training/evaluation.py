"""Evaluation: what a network gives for a split, and how good that is."""

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

COLLAPSED_SHARE = 0.995  # of a split's predictions that fall into one class


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
    """

    accuracy: float
    auc: float
    balanced_accuracy: float
    recall: list[float]
    loss: float
    collapsed: bool


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
    return Evaluation(
        accuracy=float((predicted == labels).mean()),
        auc=auc,
        balanced_accuracy=float(np.nanmean(recall)),
        recall=recall,
        loss=float(-log_p[np.arange(len(labels)), labels].mean()),
        collapsed=bool(np.bincount(predicted).max() >= COLLAPSED_SHARE * len(labels) and len(np.unique(labels)) > 1),
    )


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
    return Evaluation(
        accuracy=float((predicted == truth).mean()),
        auc=_mean_auc(truth, z),
        balanced_accuracy=balanced,
        recall=recall,
        loss=loss,
        collapsed=bool((predicted == predicted[0]).all() and not (truth == truth[0]).all() and truth.mean() > 0.2),
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
