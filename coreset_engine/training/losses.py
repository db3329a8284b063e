"""Losses: cross-entropy, plain and weighted by sample; binary for multi-label tasks; one for classes that are grades."""

import torch
from torch.nn import functional

from coreset_engine import config
from coreset_engine.errors import ConfigError

Weighting = config.Weighting
Loss = config.Loss


def mean_loss(logits: torch.Tensor, labels: torch.Tensor, loss: Loss = "cross-entropy") -> torch.Tensor:
    """Return the mean loss of a batch, (), in nats; the ordinal one has no unit.

    Args:
        logits: (B, C), before softmax or sigmoid.
        labels: (B,) int64 classes, or (B, L) floating-point zeros and ones of a multi-label task.
        loss: of single-label tasks.
    """
    if labels.is_floating_point():
        return functional.binary_cross_entropy_with_logits(logits, labels)
    if loss == "ordinal":
        return squared_distances(logits, labels).mean()
    return functional.cross_entropy(logits, labels)


def sample_losses(logits: torch.Tensor, labels: torch.Tensor, loss: Loss = "cross-entropy") -> torch.Tensor:
    """Return the loss of every sample, (B,), as `mean_loss`; of a multi-label task the mean over its labels."""
    if labels.is_floating_point():
        return functional.binary_cross_entropy_with_logits(logits, labels, reduction="none").mean(dim=1)
    if loss == "ordinal":
        return squared_distances(logits, labels)
    return functional.cross_entropy(logits, labels, reduction="none")


def squared_distances(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Return the squared earth mover's distance from the softmax to the class, (B,), for classes that are grades in order.

    With F(c) = p_0 + .. + p_c it is sum over c of (F(c) - [y <= c])^2, 0 to C - 1: to take a grade for its neighbour costs
    less than for a far one. Of losses for grades it is the one with C outputs and a softmax, of which every score here is
    made; cumulative logits (CORAL, CORN) have C - 1 sigmoids. As the ranked probability score (Epstein 1969) it is least
    in expectation at the true probabilities, so error norms, entropies and margins mean what they mean after
    cross-entropy.

    Args:
        logits: (B, C), before softmax.
        labels: (B,) int64, from the lowest grade.

    Source: Hou, Yu and Samaras 2016, arXiv:1611.05916, its closed form for ordered classes without the factor 1 / C.
    """
    reached = logits.softmax(dim=1).cumsum(dim=1)
    grades = torch.arange(logits.shape[1], device=logits.device)
    return (reached - (labels[:, None] <= grades).to(reached.dtype)).square().sum(dim=1)


def class_losses(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Return the sum of the cross-entropies of every class and its number of samples, (2, C) float64 on the CPU.

    Args:
        logits: (B, C), before softmax.
        labels: (B,) int64 classes.
    """
    own, losses = labels.cpu(), sample_losses(logits, labels).double().cpu()
    classes = logits.shape[1]
    # on the CPU, where sums have an order: the same run gives the same bytes
    return torch.stack([torch.bincount(own, losses, classes).double(), torch.bincount(own, minlength=classes).double()])


def weighted_loss(
    logits: torch.Tensor,
    labels: torch.Tensor,
    weights: torch.Tensor | None,
    weighting: Weighting,
    loss: Loss = "cross-entropy",
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
        loss: of single-label tasks.

    Source: TDDS, Zhang et al. 2024, arXiv:2311.13613, and its code at 9c1e3bd; DeepCore, Guo et al. 2022,
    arXiv:2204.08499, and its code at 74ec709.
    """
    if weights is None or weighting == "none":
        return mean_loss(logits, labels, loss)
    losses = sample_losses(logits, labels, loss)
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
