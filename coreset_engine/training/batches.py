"""Images on their device: a split, its batches, scaling and augmentation."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from coreset_engine.errors import ConfigError


@dataclass(frozen=True)
class Split:
    """One split on the device: images (N, C, H, W) uint8 and labels (N,) int64 or (N, L) float32."""

    images: torch.Tensor
    labels: torch.Tensor
    truth: NDArray[np.integer]

    def __len__(self) -> int:
        """Return N."""
        return len(self.images)


def put_on(device: torch.device, images: NDArray[np.uint8], labels: NDArray[np.integer]) -> Split:
    """Return a split as tensors on the device; images stay uint8 there and are scaled batch by batch.

    Raises:
        ConfigError: the GPU has no room for the images.
    """
    layout = images[:, None] if images.ndim == 3 else images.transpose(0, 3, 1, 2)
    try:
        pixels = torch.from_numpy(np.array(layout, order="C")).to(device)  # a copy: caches are read-only maps
    except torch.cuda.OutOfMemoryError:
        raise ConfigError(f"The images need {images.nbytes / 2**30:.1f} GiB on the GPU. Use --device cpu.") from None
    target = torch.from_numpy(np.ascontiguousarray(labels)).to(device)
    return Split(pixels, target.float() if labels.ndim == 2 else target, np.asarray(labels))


def scale(images: torch.Tensor) -> torch.Tensor:
    """Return uint8 images as (x - 0.5) / 0.5 with x in 0..1, float32, channels last."""
    return images.to(torch.float32, memory_format=torch.channels_last).div_(127.5).sub_(1.0)


def batch_bounds(samples: int, batch: int) -> list[tuple[int, int]]:
    """Return start and stop of every batch of an epoch: every sample once, the last batch short.

    A last batch of one sample joins the one before: batch normalisation of a 1x1 map can't train on a single sample.
    """
    starts = list(range(0, samples, batch))
    if len(starts) > 1 and samples - starts[-1] == 1:
        starts.pop()
    return list(zip(starts, [*starts[1:], samples], strict=True))


def augmented(images: torch.Tensor, padding: int = 4) -> torch.Tensor:
    """Return images randomly moved by up to `padding` px (zeros outside) and flipped left to right, on their device."""
    count, _, height, width = images.shape
    padded = functional.pad(images, (padding,) * 4)
    top, left = torch.randint(0, 2 * padding + 1, (2, count), device=images.device)
    rows = top[:, None] + torch.arange(height, device=images.device)
    columns = left[:, None] + torch.arange(width, device=images.device)
    flip = torch.rand(count, device=images.device) < 0.5
    columns = torch.where(flip[:, None], columns.flip(1), columns)
    sample = torch.arange(count, device=images.device)[:, None, None]
    return padded[sample, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
