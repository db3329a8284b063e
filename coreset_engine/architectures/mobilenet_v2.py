"""MobileNet-v2 of torchvision, with strides fit for small images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coreset_engine.architectures import Architecture

if TYPE_CHECKING:
    from torch import nn

SMALL = 64  # px


def mobilenet_v2(channels: int, outputs: int, side: int) -> nn.Module:
    """Return torchvision's MobileNet-v2; up to 64 px its first two strides are 1, else 28 px would end as 1 px."""
    from torch import nn
    from torchvision import models

    model = models.mobilenet_v2(num_classes=outputs)
    stem = model.features[0][0]
    small = side <= SMALL
    model.features[0][0] = nn.Conv2d(channels, stem.out_channels, 3, 1 if small else 2, 1, bias=False)
    nn.init.kaiming_normal_(model.features[0][0].weight, mode="fan_out")
    if small:
        first_strided = next(m for m in model.features[2].modules() if isinstance(m, nn.Conv2d) and m.stride == (2, 2))
        first_strided.stride = (1, 1)
    return model


ARCHITECTURE = Architecture(
    "mobilenet_v2",
    "MobileNet-v2",
    mobilenet_v2,
    "Sandler et al. 2018, arXiv:1801.04381",
    learning_rate=0.05,
    speed=200,
    order=60,
)
