"""Batch normalisation over the shares of several processes: the statistics are those of the whole batch."""

from typing import Any

import torch
from torch import distributed, nn
from torch.nn.modules.batchnorm import _BatchNorm


class _Summed(torch.autograd.Function):
    """The sum of a tensor over all processes; so is that of its gradient."""

    @staticmethod
    def forward(ctx: Any, values: torch.Tensor) -> torch.Tensor:
        """Return the sum."""
        summed = values.clone()
        distributed.all_reduce(summed)
        return summed

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        """Return the sum of the gradients."""
        summed = gradient.clone()
        distributed.all_reduce(summed)
        return summed


class SharedBatchNorm(_BatchNorm):
    """Batch normalisation whose mean and variance in training are those of all shares; a share may be empty.

    torch's own `SyncBatchNorm` does the same on GPUs only.
    """

    def __init__(self, norm: _BatchNorm) -> None:
        """Take the place of a layer, with its own weights and running statistics."""
        super().__init__(norm.num_features, norm.eps, norm.momentum)
        self.weight, self.bias = norm.weight, norm.bias
        self.running_mean, self.running_var = norm.running_mean, norm.running_var
        self.num_batches_tracked = norm.num_batches_tracked
        self.train(norm.training)

    def _check_input_dim(self, input: torch.Tensor) -> None:
        """Accept every shape (B, C, ...)."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Return the normalised values; in training all processes must come here together."""
        if not self.training:
            return super().forward(input)
        mean, variance, count = _statistics(input.float())
        self._follow(mean.detach(), variance.detach() * count / (count - 1).clamp_min(1))
        scale = self.weight * torch.rsqrt(variance + self.eps)
        shape = (1, -1, *[1] * (input.dim() - 2))
        shift = self.bias - mean * scale
        return (input * scale.float().view(shape) + shift.float().view(shape)).to(input.dtype)

    def _follow(self, mean: torch.Tensor, variance: torch.Tensor) -> None:
        """Move the running statistics towards those of a batch; they are the same in every process."""
        with torch.no_grad():
            self.num_batches_tracked.add_(1)  # type: ignore[union-attr]  # every layer here tracks
            self.running_mean.lerp_(mean.float(), self.momentum)  # type: ignore[union-attr, arg-type]
            self.running_var.lerp_(variance.float(), self.momentum)  # type: ignore[union-attr, arg-type]


def _statistics(values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return mean and variance (C,) float64 over all shares of a batch (B, C, ...), and how many values they are of."""
    axes = [0, *range(2, values.dim())]
    channels, count = values.shape[1], values.numel() // values.shape[1]
    if count:
        variance, mean = torch.var_mean(values, axes, correction=0)
    else:  # zeros that are still part of the graph, so that this process takes part in the sum of the gradients
        variance = mean = values.sum(axes)
    mean, variance = mean.double(), variance.double()
    sums = _Summed.apply(torch.cat([count * mean, count * (variance + mean**2), mean.new_full((1,), count)]))
    total = sums[-1].detach()
    mean = sums[:channels] / total
    return mean, sums[channels:-1] / total - mean**2, total


def share_norms(model: nn.Module) -> None:
    """Let every batch normalisation of a network on the CPU take its statistics over all processes; names stay."""
    for name, child in model.named_children():
        if isinstance(child, _BatchNorm):
            setattr(model, name, SharedBatchNorm(child))
        else:
            share_norms(child)
