"""ResNet-8: three residual blocks of 16, 32 and 64 channels; the default on a CPU."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coreset_engine.architectures import Architecture, in_three_dimensions

if TYPE_CHECKING:
    from torch import nn


def resnet8(channels: int, outputs: int, side: int) -> nn.Module:
    """Return the CIFAR form of ResNet with n = 1 (6n + 2 layers), its blocks being torchvision's."""
    from torch import nn
    from torchvision.models.resnet import BasicBlock

    def block(inside: int, outside: int, stride: int) -> nn.Module:
        """Return one residual block; a 1x1 convolution carries the input over where its shape changes."""
        shortcut = nn.Sequential(nn.Conv2d(inside, outside, 1, stride, bias=False), nn.BatchNorm2d(outside))
        return BasicBlock(inside, outside, stride, shortcut if stride > 1 else None)

    model = nn.Sequential(
        nn.Conv2d(channels, 16, 3, padding=1, bias=False),
        nn.BatchNorm2d(16),
        nn.ReLU(inplace=True),
        block(16, 16, 1),
        block(16, 32, 2),
        block(32, 64, 2),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(64, outputs),
    )
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    return model


def resnet8_of_volumes(channels: int, outputs: int, side: int) -> nn.Module:
    """Return the same network with a third axis."""
    return in_three_dimensions(resnet8(channels, outputs, side))


ARCHITECTURE = Architecture(
    "resnet8",
    "ResNet-8",
    resnet8,
    "He et al. 2016, Sec. 4.2, arXiv:1512.03385",
    speed=1_000,
    order=2,
    build_volumes=resnet8_of_volumes,
)
