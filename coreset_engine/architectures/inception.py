"""Inception-v3 of torchvision without its auxiliary head, its stem fit for small images."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from coreset_engine.architectures import Architecture, set_stem

if TYPE_CHECKING:
    from torch import nn


def inception_v3(channels: int, outputs: int, side: int) -> nn.Module:
    """Return Inception-v3.

    The paper's stem halves 299 px three times, to 35, before the first Inception block; below 75 px nothing would be left
    after the last. Here the stem halves as often as brings an image nearest to 32 px: never at 28 px (26 at the first
    block), once at 64 (30), twice at 128 (29), three times, as in the paper, from 182 px on (25 at 224). A stem with fewer
    halvings pads its first two convolutions by 1, as DeepCore's for 32 px does; that one also pads 28 px to 32, which
    costs a third more time, and is left out here.

    The auxiliary head is off: the logits of training are those of the main head only. Weights start as torch draws them.
    """
    from torch import nn
    from torchvision import models

    model = models.inception_v3(weights=None, num_classes=outputs, aux_logits=False, init_weights=False)
    halvings = min(3, max(0, round(math.log2(side / 32))))
    if halvings == 3:
        set_stem(model, channels)
        return model
    set_stem(model, channels, stride=2 if halvings else 1, padding=1)
    model.Conv2d_2a_3x3.conv.padding = (1, 1)
    model.maxpool2 = nn.Identity()
    if halvings < 2:
        model.maxpool1 = nn.Identity()
    return model


ARCHITECTURE = Architecture(
    "inception_v3",
    "Inception-v3",
    inception_v3,
    "Szegedy et al. 2016, arXiv:1512.00567; small images after DeepCore, arXiv:2204.08499",
    learning_rate=0.02,
    speed=6,
    order=70,
    smallest=9,
)
