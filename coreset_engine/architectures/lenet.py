"""LeNet-5 with ReLU and max-pooling, for any size of image."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from coreset_engine.architectures import Architecture, start_from_kaiming

if TYPE_CHECKING:
    import torch
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
        _pool_class()(5),
        nn.Flatten(),
        nn.Linear(400, 120),
        nn.ReLU(),
        nn.Linear(120, 84),
        nn.ReLU(),
        nn.Linear(84, outputs),
    )
    return start_from_kaiming(model)


def lenet_of_volumes(channels: int, outputs: int, side: int) -> nn.Module:
    """Return LeNet-5 with a third axis: two 5x5x5 convolutions (6, 16), pooled to 5x5x5, then 120-84-C."""
    from torch import nn

    model = nn.Sequential(
        nn.Conv3d(channels, 6, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool3d(2),
        nn.Conv3d(6, 16, 5),
        nn.ReLU(),
        nn.AdaptiveMaxPool3d(5),
        nn.Flatten(),
        nn.Linear(2000, 120),
        nn.ReLU(),
        nn.Linear(120, 84),
        nn.ReLU(),
        nn.Linear(84, outputs),
    )
    return start_from_kaiming(model)


@cache
def _pool_class() -> type[nn.Module]:
    """Return the class of the last pooling, made at the first call: importing this file must not import torch."""
    from torch import nn

    class PoolToFive(nn.AdaptiveMaxPool2d):
        """Max-pooling to 5x5; of 10x10, which 28 px arrive as, by the faster 2x2 pool, with the same result."""

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            """Return (B, C, 5, 5)."""
            return nn.functional.max_pool2d(x, 2) if x.shape[2:] == (10, 10) else super().forward(x)

    return PoolToFive


ARCHITECTURE = Architecture(
    "lenet",
    "LeNet-5",
    lenet,
    "LeCun et al. 1998, Proc. IEEE 86(11)",
    learning_rate=0.02,
    speed=8_000,
    order=1,
    smallest=10,
    build_volumes=lenet_of_volumes,
)
