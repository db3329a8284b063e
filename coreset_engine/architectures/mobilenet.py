"""MobileNet-v2 and -v3 of torchvision, with strides fit for small images."""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from coreset_engine.architectures import SMALL, Architecture, in_three_dimensions, set_stem

if TYPE_CHECKING:
    from torch import nn


def mobilenet(name: str, channels: int, outputs: int, side: int) -> nn.Module:
    """Return a torchvision MobileNet; up to 64 px its first two strides are 1, else 28 px would end as 1 px.

    Deviation: the running statistics of batch normalisation move by 0.1 a step, torch's default. torchvision's v3 has 0.01,
    for the long trainings on ImageNet: a coreset of a few steps an epoch would be evaluated with those of the start.
    """
    from torch import nn
    from torchvision import models

    model = getattr(models, name)(weights=None, num_classes=outputs)
    strided = (module for module in model.modules() if isinstance(module, nn.Conv2d) and module.stride == (2, 2))
    for convolution in islice(strided, 2 if side <= SMALL else 0):
        convolution.stride = (1, 1)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 0.1
    set_stem(model, channels)
    return model


def mobilenet_v2_of_volumes(channels: int, outputs: int, side: int) -> nn.Module:
    """Return MobileNet-v2 with a third axis: 3x3x3 depthwise convolutions, all else as in the form for images.

    torchvision's own network pools two axes in its `forward`, so its parts are put together anew.
    """
    from torch import nn

    flat = mobilenet("mobilenet_v2", channels, outputs, side)
    features, classifier = flat.get_submodule("features"), flat.get_submodule("classifier")
    return in_three_dimensions(nn.Sequential(features, nn.AdaptiveAvgPool2d(1), nn.Flatten(), classifier))


ARCHITECTURES = (
    Architecture(
        "mobilenet_v2",
        "MobileNet-v2",
        partial(mobilenet, "mobilenet_v2"),
        "Sandler et al. 2018, arXiv:1801.04381",
        learning_rate=0.05,
        speed=70,
        order=60,
        build_volumes=mobilenet_v2_of_volumes,
    ),
    Architecture(
        "mobilenet_v3_small",
        "MobileNet-v3 small",
        partial(mobilenet, "mobilenet_v3_small"),
        "Howard et al. 2019, arXiv:1905.02244",
        learning_rate=0.05,
        speed=190,
        order=61,
    ),
    Architecture(
        "mobilenet_v3_large",
        "MobileNet-v3 large",
        partial(mobilenet, "mobilenet_v3_large"),
        "Howard et al. 2019, arXiv:1905.02244",
        learning_rate=0.05,
        speed=80,
        order=62,
    ),
)
