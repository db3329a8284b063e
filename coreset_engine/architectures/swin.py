"""Swin-T of torchvision, with patches and windows fit for small images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coreset_engine.architectures import SMALL, Architecture, set_stem

if TYPE_CHECKING:
    from torch import nn


def swin_t(channels: int, outputs: int, side: int) -> nn.Module:
    """Return Swin-T: 96 channels, depths 2-2-6-2, heads 3-6-12-24, stochastic depth 0.2.

    Up to 64 px patches are 2x2 px and windows 4x4 patches instead of 4x4 and 7x7, as usual on CIFAR: the four stages see
    grids of 14, 7, 4 and 2 patches at 28 px and of 32, 16, 8 and 4 at 64. The paper's patches would leave the last stages
    of 28 px with one patch in a window padded to 49. Above 64 px it is torchvision's swin_t.
    """
    from torchvision.models import SwinTransformer

    patch, window = (2, 4) if side <= SMALL else (4, 7)
    model = SwinTransformer(
        patch_size=[patch, patch],
        embed_dim=96,
        depths=[2, 2, 6, 2],
        num_heads=[3, 6, 12, 24],
        window_size=[window, window],
        stochastic_depth_prob=0.2,
        num_classes=outputs,
    )
    set_stem(model, channels)
    return model


ARCHITECTURE = Architecture(
    "swin_t",
    "Swin-T",
    swin_t,
    "Liu et al. 2021, arXiv:2103.14030",
    learning_rate=0.01,
    speed=25,
    order=80,
)
