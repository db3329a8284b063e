"""Images on their device: a split and its batches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from coreset_engine.datasets import modality
from coreset_engine.datasets.modality import GREY, Modality
from coreset_engine.errors import ConfigError


@dataclass(frozen=True)
class Split:
    """One split on the device.

    Attributes:
        images: (N, ...) uint8, as `Modality.tensor` gives them.
        labels: (N,) int64 or (N, L) float32.
        truth: the labels as they came.
        modality: scales and augments the images.
    """

    images: torch.Tensor
    labels: torch.Tensor
    truth: NDArray[np.integer]
    modality: Modality = GREY

    def __len__(self) -> int:
        """Return N."""
        return len(self.images)

    def take(self, rows: NDArray[np.integer]) -> Split:
        """Return the split of some samples only."""
        return Split(self.images[rows], self.labels[rows], self.truth[rows], self.modality)


def put_on(device: torch.device, images: NDArray[np.uint8], labels: NDArray[np.integer]) -> Split:
    """Return a split as tensors on the device; images stay uint8 there and are scaled batch by batch.

    Raises:
        ConfigError: the GPU has no room for the images.
    """
    kind = modality.of(images)
    try:
        pixels = torch.from_numpy(np.array(kind.tensor(images), order="C")).to(
            device
        )  # a copy: caches are read-only maps
    except torch.cuda.OutOfMemoryError:
        raise ConfigError(f"The images need {images.nbytes / 2**30:.1f} GiB on the GPU. Use --device cpu.") from None
    target = torch.from_numpy(np.ascontiguousarray(labels)).to(device)
    return Split(pixels, target.float() if labels.ndim == 2 else target, np.asarray(labels), kind)


def batch_bounds(samples: int, batch: int) -> list[tuple[int, int]]:
    """Return start and stop of every batch of an epoch: every sample once, the last batch short.

    A last batch of one sample joins the one before: batch normalisation of a 1x1 map can't train on a single sample.
    """
    starts = list(range(0, samples, batch))
    if len(starts) > 1 and samples - starts[-1] == 1:
        starts.pop()
    return list(zip(starts, [*starts[1:], samples], strict=True))
