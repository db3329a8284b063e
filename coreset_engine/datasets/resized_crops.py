"""Crops of random area and ratio, brought back to the size of the images: ImageNet's usual augmentation, for whole batches.

The boxes are drawn as torchvision's `RandomResizedCrop` draws them, and enlarged as its tensors are: bilinear, antialiased.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

SCALE = (0.08, 1.0)  # share of the image's area
RATIO = (3 / 4, 4 / 3)  # width to height
TRIES = 10  # until the largest box in the middle is taken
MIDDLE = 224 / 256  # of each side, which `centred` shows


def augmented(batch: torch.Tensor) -> torch.Tensor:
    """Return images (n, C, H, W), each a random box of itself in its full size, flipped left to right with a chance of ½."""
    import torch

    count, _, height, width = batch.shape
    found = boxes(count, height, width, batch.device)
    return resized(batch, found, torch.rand(count, device=batch.device) < 0.5)


def boxes(count: int, height: int, width: int, device: torch.device) -> torch.Tensor:
    """Return random boxes (count, 4) within an image, each its top, left, height and width in pixels, float32.

    Of `TRIES` boxes that are drawn for an image the first one that fits counts, without a wait for the device.
    """
    import torch

    def uniform(low: float, high: float) -> torch.Tensor:
        """Return a number for every try and image."""
        return low + (high - low) * torch.rand(TRIES, count, device=device)

    area = height * width * uniform(*SCALE)
    ratio = uniform(math.log(RATIO[0]), math.log(RATIO[1])).exp()
    tall, wide = (area / ratio).sqrt().round(), (area * ratio).sqrt().round()
    fits = (tall > 0) & (tall <= height) & (wide > 0) & (wide <= width)
    first, any_fits = fits.byte().argmax(0, keepdim=True), fits.any(0)
    tall, wide = (sides.gather(0, first)[0] for sides in (tall, wide))
    top, left = (
        (torch.rand(count, device=device) * (room + 1)).floor().minimum(room) for room in (height - tall, width - wide)
    )
    middle = central(height, width)
    drawn = zip((top, left, tall, wide), middle, strict=True)
    return torch.stack([torch.where(any_fits, value, float(usual)) for value, usual in drawn], 1)


def central(height: int, width: int) -> tuple[int, int, int, int]:
    """Return the largest box in the middle of an image whose ratio is allowed: its top, left, height and width."""
    tall, wide = height, width
    if width / height < RATIO[0]:
        tall = round(width / RATIO[0])
    elif width / height > RATIO[1]:
        wide = round(height * RATIO[1])
    return (height - tall) // 2, (width - wide) // 2, tall, wide


def centred(batch: torch.Tensor) -> torch.Tensor:
    """Return the middle of images (n, C, H, W), 7/8 of each side, in their full size.

    So do torchvision's `Resize(256)` and `CenterCrop(224)` with a square picture, as usual for evaluation on ImageNet.
    """
    import torch

    sides = [round(MIDDLE * side) for side in batch.shape[2:]]
    starts = [(side - inner) // 2 for side, inner in zip(batch.shape[2:], sides, strict=True)]
    box = [torch.full((len(batch),), float(value), device=batch.device) for value in (*starts, *sides)]
    return resized(batch, torch.stack(box, 1), torch.zeros(len(batch), dtype=torch.bool, device=batch.device))


def resized(batch: torch.Tensor, found: torch.Tensor, flipped: torch.Tensor) -> torch.Tensor:
    """Return the boxes of images (n, C, H, W), uint8, in the size of the images.

    Args:
        batch: the images.
        found: (n, 4), as `boxes` gives them.
        flipped: (n,), which of them are flipped left to right.
    """
    import torch

    rows = _weights(found[:, 0], found[:, 2], batch.shape[2])
    columns = _weights(found[:, 1], found[:, 3], batch.shape[3])
    columns = torch.where(flipped[:, None, None], columns.flip(1), columns)
    enlarged = rows[:, None] @ batch.float() @ columns.transpose(1, 2)[:, None]
    return enlarged.round().to(batch.dtype)


def _weights(start: torch.Tensor, length: torch.Tensor, side: int) -> torch.Tensor:
    """Return how much each pixel of an axis counts in each pixel of the result, (n, side, side); rows sum to 1.

    A triangle around the place that a pixel comes from, as wide as the step from one to the next where that is above 1.
    """
    import torch

    step = (length / side)[:, None, None]
    places = torch.arange(side, device=start.device) + 0.5
    inside = places - start[:, None, None]
    far = (inside - step * places[:, None]).abs() / step.clamp(min=1)
    weights = (1 - far).clamp(min=0) * ((inside > 0) & (inside < length[:, None, None]))
    return weights / weights.sum(2, keepdim=True)
