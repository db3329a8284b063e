"""LeNet-5 with ReLU and max-pooling, for any size of image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coreset_engine.architectures import Architecture, start_from_kaiming

if TYPE_CHECKING:
    from torch import nn


def lenet(channels: int, outputs: int, side: int) -> nn.Module:
    """Return LeNet-5: two 5x5 convolutions (6, 16), pooled to 5x5, then 120-84-C.

    The pooling to 5x5 is the original's size at 28 px and lets larger images through.
    """
    from torch import nn

    model = nn.Sequential(
        nn.Conv2d(channels, 6, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.ReLU(),
        nn.MaxPool2d(2) if side == 28 else nn.AdaptiveMaxPool2d(5),
        nn.Flatten(),
        nn.Linear(400, 120),
        nn.ReLU(),
        nn.Linear(120, 84),
        nn.ReLU(),
        nn.Linear(84, outputs),
    )
    return start_from_kaiming(model)


ARCHITECTURE = Architecture(
    "lenet", "LeNet-5", lenet, "LeCun et al. 1998, Proc. IEEE 86(11)", learning_rate=0.02, speed=8_000, order=1
)
