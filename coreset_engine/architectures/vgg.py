"""VGG-11 and VGG-16 with batch normalisation, their convolutions taken from torchvision."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from coreset_engine.architectures import SMALL, Architecture, set_stem

if TYPE_CHECKING:
    from torch import nn


def vgg(letter: str, channels: int, outputs: int, side: int) -> nn.Module:
    """Return the VGG of the paper's column A (11 layers) or D (16).

    Deviations from the paper: batch normalisation after each convolution (torchvision's vgg11_bn and vgg16_bn), without
    which the 16 layers hardly train from scratch. Up to 64 px an average over the last map and one linear layer stand for
    the three of 4096 units, as in DeepCore: on 28 px these would see one value copied 49 times, in 120 million weights.
    Below 32 px the first convolution pads by 3: 28 px arrive as 32 and last through five pools.
    """
    from torch import nn
    from torchvision.models import vgg as torchvision_vgg

    features = torchvision_vgg.make_layers(torchvision_vgg.cfgs[letter], batch_norm=True)
    if side > SMALL:
        model = torchvision_vgg.VGG(features, num_classes=outputs)
        set_stem(model, channels)
        return model
    model = nn.Sequential(features, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, outputs))
    for module in features:
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    set_stem(model, channels, padding=3 if side < 32 else 1)
    return model


_SOURCE = "Simonyan & Zisserman 2015, arXiv:1409.1556, with batch normalisation; small images as in DeepCore"
ARCHITECTURES = tuple(
    Architecture(
        f"vgg{depth}",
        f"VGG-{depth} (BN)",
        partial(vgg, letter),
        _SOURCE,
        learning_rate=0.02,
        speed=speed,
        order=depth,
        smallest=28,
    )
    for depth, letter, speed in ((11, "A", 70), (16, "D", 35))
)
