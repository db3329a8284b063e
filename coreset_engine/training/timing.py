"""How fast a network trains, tried out on noise."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn

from coreset_engine.config import Recipe
from coreset_engine.datasets import modality
from coreset_engine.datasets.modality import GREY
from coreset_engine.datasets.volumes import VOLUME
from coreset_engine.training.batches import Split
from coreset_engine.training.replay import WARM_UPS
from coreset_engine.training.trainer import Trainer


def images_per_second(build: Callable[[], nn.Module], shape: Any, batch: int, device: torch.device) -> float:
    """Return how many images per second a network trains: the fastest of three batches of noise once it is warm.

    Args:
        build: makes the network.
        shape: has `classes`, `channels` and `size`: height and width, of volumes depth, height and width.
        batch: images per step.
        device: where.
    """
    count = min(batch, shape.train)
    labels = np.arange(count) % shape.classes
    noise = modality.noise(count, shape.channels, *shape.size)
    kind = VOLUME if len(shape.size) == 3 else GREY
    split = Split(noise.to(device), torch.from_numpy(labels).to(device), labels, kind)
    trainer = Trainer(build, Recipe(epochs=1, batch_size=count), 0, split, split)
    trainer.model.train()
    trainer.set_rate(trainer.recipe.learning_rate)
    warm_ups = WARM_UPS + 1 if device.type == "cuda" else 1
    step, taken = trainer.stepper(), []
    for _ in range(warm_ups + 3):
        started = time.perf_counter()
        step(torch.arange(count, device=device))[1].item()
        taken.append(time.perf_counter() - started)
    return count / min(taken[warm_ups:])
