"""The best epoch of a training by a figure on val, and its weights."""

import math
from dataclasses import dataclass, field

import torch
from torch import nn

from coreset_engine.training.evaluation import COLLAPSED_SHARE, quadratic_kappa

FIGURES = ("accuracy", "balanced")  # by which an epoch can be the best
KAPPA = "kappa"  # the same, where classes are grades


@dataclass
class Best:
    """The best epoch until now; of equal ones the later, and one that collapsed to a class only where all did.

    Attributes:
        epoch: from 1; 0 before the first.
        value: of the figure.
        collapsed: whether nearly all of its predictions are one class.
        state: weights of that epoch.
    """

    epoch: int = 0
    value: float = -1.0
    collapsed: bool = True
    state: dict[str, torch.Tensor] = field(default_factory=dict)

    def offer(self, epoch: int, value: float, collapsed: bool, model: nn.Module) -> None:
        """Take an epoch where it is the best until now."""
        if (not collapsed, value) >= (not self.collapsed, self.value):
            self.epoch, self.value, self.collapsed = epoch, value, collapsed
            self.state = {name: part.detach().clone() for name, part in model.state_dict().items()}


def tally(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Return right answers, samples and predictions of every class, (3, C) float64 on the CPU.

    Of a multi-label task each label counts as two classes, yes and no, (3, 2 L).

    Args:
        logits: (B, C) or (B, L).
        labels: (B,) int64 classes, or (B, L) floating-point zeros and ones.
    """
    if labels.is_floating_point():
        said, truth = torch.cat([logits > 0, logits <= 0], 1), torch.cat([labels > 0.5, labels <= 0.5], 1)
        return torch.stack([(said & truth).sum(0), truth.sum(0), said.sum(0)]).double().cpu()
    predicted, own, classes = logits.argmax(dim=1).cpu(), labels.cpu(), logits.shape[1]
    groups = (own[predicted == own], own, predicted)
    return torch.stack([torch.bincount(group, minlength=classes) for group in groups]).double()


def balanced_accuracy(counts: torch.Tensor) -> float:
    """Return the mean recall of the classes that have samples, from what `tally` gives."""
    right, samples, _ = counts
    return float((right[samples > 0] / samples[samples > 0]).mean())


def confusion(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Return the samples of every class (row) that are taken for a class (column), (C, C) float64 on the CPU."""
    classes = logits.shape[1]
    place = classes * labels.cpu() + logits.argmax(dim=1).cpu()
    return torch.bincount(place, minlength=classes**2).reshape(classes, classes).double()


def kappa(counts: torch.Tensor) -> float:
    """Return the quadratic kappa of what `confusion` gives; -1 where there is none, so that any other epoch is better."""
    value = quadratic_kappa(counts.numpy())
    return -1.0 if math.isnan(value) else value


def is_collapsed(counts: torch.Tensor, labels: torch.Tensor) -> bool:
    """Return whether nearly all predictions are one class although the split holds several; never of a multi-label task."""
    _, samples, said = counts
    several = int((samples > 0).sum()) > 1
    return several and not labels.is_floating_point() and float(said.max()) >= COLLAPSED_SHARE * float(said.sum())
