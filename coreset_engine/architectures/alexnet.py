"""AlexNet: DeepCore's form for small images up to 64 px, torchvision's above."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coreset_engine.architectures import SMALL, Architecture, set_stem, start_from_kaiming

if TYPE_CHECKING:
    from torch import nn


def alexnet(channels: int, outputs: int, side: int) -> nn.Module:
    """Return AlexNet.

    Up to 64 px the original's 11x11 stem of stride 4 and its overlapping pools would leave nothing of 28 px. The form of
    DeepCore has a 5x5 stem of stride 1, 128-192-256-192-192 channels, three 2x2 pools to 4x4, and one linear layer
    without dropout instead of three. Below 32 px the stem pads by 4, so that 28 px arrive as 32.

    Deviations: DeepCore pads grey images of 28 px only, here any below 32 px; larger ones are pooled to 4x4 as well.
    Both forms start from Kaiming's weights.
    """
    from torch import nn
    from torchvision import models

    if side <= SMALL:
        return start_from_kaiming(nn.Sequential(*_small_features(channels, side), nn.Linear(192 * 4 * 4, outputs)))
    model = models.alexnet(weights=None, num_classes=outputs)
    set_stem(model, channels)
    return start_from_kaiming(model)


def _small_features(channels: int, side: int) -> list[nn.Module]:
    """Return the layers from images (B, C, side, side) to features (B, 192·4·4)."""
    from torch import nn

    return [
        nn.Conv2d(channels, 128, 5, padding=4 if side < 32 else 2),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Conv2d(128, 192, 5, padding=2),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Conv2d(192, 256, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.Conv2d(256, 192, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.Conv2d(192, 192, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.AdaptiveMaxPool2d(4),  # of 8x8, which 28 to 32 px arrive as, this is the 2x2 pool
        nn.Flatten(),
    ]


ARCHITECTURE = Architecture(
    "alexnet",
    "AlexNet",
    alexnet,
    "Krizhevsky et al. 2012, NeurIPS 25; small images as in DeepCore, arXiv:2204.08499",
    learning_rate=0.01,
    speed=90,
    order=10,
)
