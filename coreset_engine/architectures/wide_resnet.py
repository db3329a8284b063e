"""WideResNet-16-8: three groups of two pre-activation blocks with 128, 256 and 512 channels."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from coreset_engine.architectures import SMALL, Architecture, start_from_kaiming

if TYPE_CHECKING:
    import torch
    from torch import nn

DEPTH, WIDTH = 16, 8


def wide_resnet16_8(channels: int, outputs: int, side: int) -> nn.Module:
    """Return WRN-16-8 of Table 1 with N = (16 - 4) / 6 = 2 blocks a group, k = 8 and no dropout.

    Deviations: the average is taken over the last map whatever its size (8x8 at the paper's 32 px). Above 64 px a 7x7 stem
    of stride 2 and a max-pool, those of the ResNets, come first: 224 px would else cost 49 times as much as 32.
    """
    from torch import nn

    if side <= SMALL:
        stem: list[nn.Module] = [nn.Conv2d(channels, 16, 3, padding=1, bias=False)]
    else:
        stem = [nn.Conv2d(channels, 16, 7, stride=2, padding=3, bias=False), nn.MaxPool2d(3, stride=2, padding=1)]
    blocks, inside = [], 16
    for outside, stride in ((16 * WIDTH, 1), (32 * WIDTH, 2), (64 * WIDTH, 2)):
        for number in range((DEPTH - 4) // 6):
            blocks.append(_block_class()(inside, outside, 1 if number else stride))
            inside = outside
    model = nn.Sequential(
        *stem,
        *blocks,
        nn.BatchNorm2d(inside),
        nn.ReLU(inplace=True),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(inside, outputs),
    )
    return start_from_kaiming(model)


@cache
def _block_class() -> type[nn.Module]:
    """Return the class of the blocks, made at the first call: importing this file must not import torch."""
    from torch import nn

    class WideBlock(nn.Module):
        """x -> x + conv(relu(bn(conv(relu(bn(x)))))); where the shape changes, a 1x1 convolution of relu(bn(x)) is added.

        Source: the authors' code, github.com/szagoruyko/wide-residual-networks.
        """

        def __init__(self, inside: int, outside: int, stride: int) -> None:
            """Make the layers for (B, inside, H, W) -> (B, outside, H / stride, W / stride)."""
            super().__init__()
            self.before = nn.Sequential(nn.BatchNorm2d(inside), nn.ReLU(inplace=True))
            self.inner = nn.Sequential(
                nn.Conv2d(inside, outside, 3, stride, padding=1, bias=False),
                nn.BatchNorm2d(outside),
                nn.ReLU(inplace=True),
                nn.Conv2d(outside, outside, 3, padding=1, bias=False),
            )
            self.shortcut = nn.Conv2d(inside, outside, 1, stride, bias=False) if inside != outside else None

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            """Return (B, outside, H / stride, W / stride)."""
            ready = self.before(x)
            return self.inner(ready) + (x if self.shortcut is None else self.shortcut(ready))

    return WideBlock


ARCHITECTURE = Architecture(
    "wide_resnet16_8",
    "WideResNet-16-8",
    wide_resnet16_8,
    "Zagoruyko & Komodakis 2016, arXiv:1605.07146",
    speed=14,
    order=52,
)
