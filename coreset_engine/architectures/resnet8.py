"""ResNet-8: three residual blocks of 16, 32 and 64 channels; the default on a CPU."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from coreset_engine.architectures import Architecture, in_three_dimensions

if TYPE_CHECKING:
    import torch
    from torch import nn


def resnet8(channels: int, outputs: int, side: int) -> nn.Module:
    """Return the CIFAR form of ResNet with n = 1 (6n + 2 layers)."""
    from torch import nn

    block = _block_class()
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


@cache
def _block_class() -> type[nn.Module]:
    """Return the class of the blocks, made at the first call: importing this file must not import torch.

    torchvision's `BasicBlock` is the same, but importing it takes a process longer than importing torch.
    """
    from torch import nn

    class ResidualBlock(nn.Module):
        """x -> relu(x + bn(conv(relu(bn(conv(x)))))); where the shape changes, a 1x1 convolution carries x over."""

        def __init__(self, inside: int, outside: int, stride: int) -> None:
            """Make the layers for (B, inside, H, W) -> (B, outside, H / stride, W / stride)."""
            super().__init__()
            carried = nn.Conv2d(inside, outside, 1, stride, bias=False)  # drawn in any case: a seed keeps its weights
            self.conv1 = nn.Conv2d(inside, outside, 3, stride, padding=1, bias=False)
            self.bn1 = nn.BatchNorm2d(outside)
            self.relu = nn.ReLU(inplace=True)
            self.conv2 = nn.Conv2d(outside, outside, 3, padding=1, bias=False)
            self.bn2 = nn.BatchNorm2d(outside)
            self.downsample = nn.Sequential(carried, nn.BatchNorm2d(outside)) if stride > 1 else None

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            """Return (B, outside, H / stride, W / stride)."""
            inner = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
            return self.relu(inner + (x if self.downsample is None else self.downsample(x)))

    return ResidualBlock


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
