"""What a network gives for a split, in eval mode."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import nn

from coreset_engine.training.batches import Split
from coreset_engine.training.devices import autocast
from coreset_engine.training.evaluation import Evaluation, evaluate

MOST, LEAST = 1024, 16  # images at a time
CACHED = 64 * 28 * 28  # pixels at a time per thread of a CPU; what early layers make of more leaves its caches


def batch_size(kind: str, size: Sequence[int]) -> int:
    """Return how many images are predicted at a time.

    Args:
        kind: of the device, as torch names it.
        size: height and width of an image, of volumes depth, height and width.
    """
    if kind != "cpu":
        return MOST
    return min(MOST, torch.get_num_threads() * max(LEAST, CACHED // math.prod(size)))


def predict(model: nn.Module, split: Split, precision: str = "float32") -> torch.Tensor:
    """Return a network's eval-mode logits for a split, (N, C) float32 on the device; nothing shuffled or dropped."""
    model.eval()
    device = split.images.device
    batches = split.images.split(batch_size(device.type, split.images.shape[2:]))
    with torch.inference_mode(), autocast(device, precision):
        parts = [model(split.seen(batch)).float() for batch in batches]
    return torch.cat(parts)


def measure(model: nn.Module, split: Split, precision: str = "float32") -> Evaluation:
    """Return how good a network is on a split."""
    return evaluate(predict(model, split, precision).cpu().numpy(), split.truth)
