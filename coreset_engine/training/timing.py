"""How fast a network trains and what it holds for it, tried out on noise."""

import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from coreset_engine.config import Recipe
from coreset_engine.datasets import modality
from coreset_engine.datasets.modality import GREY
from coreset_engine.datasets.volumes import VOLUME
from coreset_engine.training.batches import Split
from coreset_engine.training.replay import WARM_UPS
from coreset_engine.training.trainer import Trainer


@dataclass(frozen=True)
class Parts:
    """What a network holds.

    Attributes:
        width: D, of its features.
        weight_bytes: of its weights and buffers.
        activation_bytes: that a training step keeps for each image, the image in float32 included.
        prediction_bytes: that a prediction, which keeps nothing, has of each image at once at most, the image included.
    """

    width: int
    weight_bytes: int
    activation_bytes: int
    prediction_bytes: int


class _Living(TorchDispatchMode):
    """Counts the bytes of all tensors that are made and not yet gone, at most, while it is entered."""

    def __init__(self, before: Sequence[torch.Tensor]) -> None:
        """Begin with none; views of what was there before are not counted."""
        super().__init__()
        self.peak = self._now = 0
        self._known = {values.untyped_storage()._cdata for values in before}

    def __torch_dispatch__(
        self, function: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Return what an operation gives, whose tensors are counted."""
        found = function(*args, **(kwargs or {}))
        for values in tree_leaves(found):
            storage = values.untyped_storage() if isinstance(values, torch.Tensor) else None
            if storage is not None and storage._cdata not in self._known:  # results in place have their own again
                self._known.add(storage._cdata)
                self._now += storage.nbytes()
                self.peak = max(self.peak, self._now)
                weakref.finalize(storage, self._forget, storage._cdata, storage.nbytes())
        return found

    def _forget(self, key: int, size: int) -> None:
        """Take off what is gone."""
        self._known.discard(key)
        self._now -= size


def measured(build: Callable[[], nn.Module], shape: Any, batch: int, device: torch.device) -> tuple[float, Parts]:
    """Return how many images per second a network trains, and what it holds: the fastest of three batches of noise.

    The first batch only warms it up.

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
    return count / min(taken[warm_ups:]), _parts(trainer.model, kind.scale(noise[:2].to(device)))


def _parts(model: nn.Module, batch: torch.Tensor) -> Parts:
    """Return what a network holds for a batch."""
    kept: dict[int, int] = {}

    def keep(values: torch.Tensor) -> torch.Tensor:
        kept[values.untyped_storage().data_ptr()] = values.untyped_storage().nbytes()
        return values

    held = [*model.parameters(), *model.buffers()]
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda values: values):
        model(batch)
    for values in held:  # saved, too, but once and not for each image
        kept.pop(values.untyped_storage().data_ptr(), None)
    linear = [module for module in model.modules() if isinstance(module, nn.Linear)][-1]
    weights = sum(values.nbytes for values in held)
    model.eval()
    with torch.inference_mode(), _Living([batch, *held]) as living:
        model(batch)
    at_once = (living.peak + batch.nbytes) // len(batch)
    return Parts(linear.in_features, weights, (sum(kept.values()) + batch.nbytes) // len(batch), at_once)
