"""Losses: cross-entropy, plain and weighted by sample; binary cross-entropy for multi-label tasks."""

import torch
from torch.nn import functional

from coreset_engine import config
from coreset_engine.errors import ConfigError

Weighting = config.Weighting


def mean_loss(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Return the mean loss of a batch, (), in nats.

    Args:
        logits: (B, C), before softmax or sigmoid.
        labels: (B,) int64 classes, or (B, L) floating-point zeros and ones of a multi-label task.
    """
    if labels.is_floating_point():
        return functional.binary_cross_entropy_with_logits(logits, labels)
    return functional.cross_entropy(logits, labels)


def sample_losses(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Return the loss of every sample, (B,), in nats; of a multi-label task the mean over its labels."""
    if labels.is_floating_point():
        return functional.binary_cross_entropy_with_logits(logits, labels, reduction="none").mean(dim=1)
    return functional.cross_entropy(logits, labels, reduction="none")


def class_losses(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Return the sum of the losses of every class and its number of samples, (2, C) float64 on the CPU.

    Args:
        logits: (B, C), before softmax.
        labels: (B,) int64 classes.
    """
    own, losses = labels.cpu(), sample_losses(logits, labels).double().cpu()
    classes = logits.shape[1]
    # on the CPU, where sums have an order: the same run gives the same bytes
    return torch.stack([torch.bincount(own, losses, classes).double(), torch.bincount(own, minlength=classes).double()])


def weighted_loss(
    logits: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor | None, weighting: Weighting
) -> torch.Tensor:
    """Return the weighted loss of a batch, ().

    With the samples' losses l and weights w:
    "batch"       mean(l) * mean(w): every sample of a batch weighs the same, as in the released code of TDDS.
    "per-sample"  mean(w * l): TDDS's Eq. 13; the mean weight scales the learning rate.
    "normalised"  sum(w * l) / sum(w): as DeepCore trains on weighted coresets; 0 for a batch whose weights are all 0, where
                  that code divides by 0.
    "none"        mean(l).

    Args:
        logits: (B, C).
        labels: (B,) int64 classes, or (B, L) floating-point zeros and ones of a multi-label task.
        weights: (B,), not negative; None with "none".
        weighting: one of the above.

    Source: TDDS, Zhang et al. 2024, arXiv:2311.13613, and its code at 9c1e3bd; DeepCore, Guo et al. 2022,
    arXiv:2204.08499, and its code at 74ec709.
    """
    if weights is None or weighting == "none":
        return mean_loss(logits, labels)
    losses = sample_losses(logits, labels)
    weights = weights.to(losses.dtype)
    if weighting == "batch":
        return losses.mean() * weights.mean()
    if weighting == "per-sample":
        return (weights * losses).mean()
    return (weights * losses).sum() / weights.sum().clamp_min(torch.finfo(losses.dtype).tiny)


def check_weights(weights: torch.Tensor | None, weighting: str, samples: int) -> None:
    """Refuse weights that do not fit the samples, or the weighting.

    Raises:
        ConfigError: the weighting is unknown, weights are missing or not wanted, or they are not `samples` finite numbers
            from 0 on that are not all 0.
    """
    if weighting not in config.WEIGHTINGS:
        raise ConfigError(f"weighting={weighting!r} is unknown. Choose one of: {', '.join(config.WEIGHTINGS)}.")
    if (weights is None) != (weighting == "none"):
        given = "no weights are given" if weights is None else "weights are given"
        raise ConfigError(f"weighting={weighting!r}, but {given}. Give both, or neither.")
    if weights is None:
        return
    if weights.shape != (samples,):
        raise ConfigError(
            f"The weights have shape {tuple(weights.shape)} for {samples:,} train samples. Give one each."
        )
    if not bool(torch.isfinite(weights).all()) or bool((weights < 0).any()) or not bool((weights > 0).any()):
        raise ConfigError("Weights must be finite numbers from 0 on, not all 0. Scale the scores first.")


def count_right(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Return how many samples are right, (); of a multi-label task the mean over its labels of that."""
    if labels.is_floating_point():
        return ((logits > 0) == (labels > 0.5)).float().mean(dim=1).sum()
    return (logits.argmax(dim=1) == labels).sum()
