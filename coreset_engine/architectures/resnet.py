"""ResNet-18, -34 and -50 of torchvision, with a 3x3 stem and no max-pool up to 64 px."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from coreset_engine.architectures import SMALL, Architecture, in_three_dimensions

if TYPE_CHECKING:
    from torch import nn


def resnet(name: str, channels: int, outputs: int, side: int) -> nn.Module:
    """Return a torchvision ResNet; small images would be 1 px wide after the original stem."""
    from torch import nn
    from torchvision import models

    model = getattr(models, name)(num_classes=outputs)
    if side <= SMALL:
        model.conv1 = nn.Conv2d(channels, 64, 3, padding=1, bias=False)
        model.maxpool = nn.Identity()
    elif channels != 3:
        model.conv1 = nn.Conv2d(channels, 64, 7, stride=2, padding=3, bias=False)
    nn.init.kaiming_normal_(model.conv1.weight, mode="fan_out", nonlinearity="relu")
    return model


def resnet_of_volumes(name: str, channels: int, outputs: int, side: int) -> nn.Module:
    """Return the same network with a third axis, as MedMNIST's 3D baselines; up to 64 voxels with a small stem."""
    return in_three_dimensions(resnet(name, channels, outputs, side))


_SOURCE = "He et al. 2016, arXiv:1512.03385; 3x3 stem as in the code of EVA, CCS and DeepCore"
ARCHITECTURES = tuple(
    Architecture(
        f"resnet{depth}",
        f"ResNet-{depth}",
        partial(resnet, f"resnet{depth}"),
        _SOURCE,
        speed=speed,
        order=depth,
        build_volumes=partial(resnet_of_volumes, f"resnet{depth}"),
    )
    for depth, speed in ((18, 30), (34, 16), (50, 11))
)
