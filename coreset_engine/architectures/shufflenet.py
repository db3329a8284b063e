"""ShuffleNet-v2 x1.0 of torchvision, with a stem fit for small images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coreset_engine.architectures import SMALL, Architecture, set_stem

if TYPE_CHECKING:
    from torch import nn


def shufflenet_v2_x1_0(channels: int, outputs: int, side: int) -> nn.Module:
    """Return torchvision's ShuffleNet-v2 x1.0; up to 64 px its stem has stride 1 and no max-pool, as with the ResNets.

    28 px then reach the three stages as 28, 14 and 7 px instead of 7, 4 and 2.
    """
    from torch import nn
    from torchvision import models

    model = models.shufflenet_v2_x1_0(weights=None, num_classes=outputs)
    if side <= SMALL:
        model.maxpool = nn.Identity()
    set_stem(model, channels, stride=1 if side <= SMALL else None)
    return model


ARCHITECTURE = Architecture(
    "shufflenet_v2_x1_0",
    "ShuffleNet-v2 x1.0",
    shufflenet_v2_x1_0,
    "Ma et al. 2018, arXiv:1807.11164",
    learning_rate=0.05,
    speed=150,
    order=65,
)
