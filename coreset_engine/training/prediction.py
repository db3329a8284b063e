"""What a network gives for a split, in eval mode."""

import torch
from torch import nn

from coreset_engine.training.batches import Split
from coreset_engine.training.devices import autocast
from coreset_engine.training.evaluation import Evaluation, evaluate

BATCH = 1024


def predict(model: nn.Module, split: Split, precision: str = "float32") -> torch.Tensor:
    """Return a network's eval-mode logits for a split, (N, C) float32 on the device; nothing shuffled or dropped."""
    model.eval()
    with torch.inference_mode(), autocast(split.images.device, precision):
        parts = [model(split.seen(batch)).float() for batch in split.images.split(BATCH)]
    return torch.cat(parts)


def measure(model: nn.Module, split: Split, precision: str = "float32") -> Evaluation:
    """Return how good a network is on a split."""
    return evaluate(predict(model, split, precision).cpu().numpy(), split.truth)
