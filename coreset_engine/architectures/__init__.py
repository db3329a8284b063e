"""Architectures: name -> network. A file of this folder that defines an `Architecture` adds one.

Importing this package does not import torch: the pages list architectures without it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from types import MethodType
from typing import TYPE_CHECKING, Any

from coreset_engine import registry
from coreset_engine.errors import ConfigError

if TYPE_CHECKING:
    import torch
    from torch import nn

SMALL = 64  # px; up to this side networks made for 224 px leave out the strides that would shrink images to nothing


@dataclass(frozen=True)
class Architecture:
    """A network of the registry.

    Attributes:
        name, label: in scripts and on pages.
        build: (channels, outputs, shorter side in px) -> nn.Module whose last `nn.Linear` is the head.
        source: paper.
        learning_rate: the default one: networks without batch normalisation need a lower one.
        speed: images/s that two CPU cores train at 28 px, for a first idea of the time; measured in benchmarks/.
        smallest: px that height and width of an image must have at least.
        square: only images as high as wide.
        build_volumes: the same as `build` for volumes; None where the network has no form for them.
    """

    name: str
    label: str
    build: Callable[[int, int, int], nn.Module]
    source: str
    learning_rate: float = 0.1
    speed: float = 100.0
    order: int = 50
    smallest: int = 8
    square: bool = False
    build_volumes: Callable[[int, int, int], nn.Module] | None = None

    def takes(self, *size: int) -> bool:
        """Return whether it takes images of a height and width, or volumes of a depth, height and width."""
        *depth, height, width = size
        fits = min(size) >= self.smallest and (height == width or not self.square)
        return fits and (self.build_volumes is not None or not depth)


@cache
def all_architectures() -> dict[str, Architecture]:
    """Return every architecture by name."""
    return registry.discover(__name__, Architecture)


def get(name: str) -> Architecture:
    """Return one architecture.

    Raises:
        UnknownNameError: there is none of this name.
    """
    return registry.lookup(all_architectures(), name, "architecture")


def check_size(name: str, *size: int) -> None:
    """Refuse images of a size that an architecture can't take, before anything is made for them.

    Args:
        name: of the architecture.
        size: height and width in pixels; of volumes depth, height and width.

    Raises:
        UnknownNameError: there is no such architecture.
        ConfigError: the images are too small, not square where they must be, or volumes where it takes none.
    """
    entry = get(name)
    if entry.takes(*size):
        return
    takes = f"{'square ' if entry.square else ''}images from {entry.smallest}x{entry.smallest} px on"
    volumes = len(size) == 3
    no_form = volumes and entry.build_volumes is None
    takes += " and no volumes" if no_form else ""
    fitting = [other.name for other in all_architectures().values() if other.takes(*size)]
    raise ConfigError(
        f"{entry.label} ({name}) takes {takes}; these {'volumes' if volumes else 'images'} are {'x'.join(map(str, size))}. "
        f"{'C' if no_form else 'Resize them, or c'}hoose one of: {', '.join(fitting)}."
    )


def head(model: nn.Module) -> nn.Linear:
    """Return a network's last linear layer: its input are the features, its output the logits."""
    from torch import nn

    return [module for module in model.modules() if isinstance(module, nn.Linear)][-1]


def set_stem(
    model: nn.Module,
    channels: int,
    *,
    stride: int | None = None,
    padding: int | None = None,
) -> None:
    """Replace a network's first convolution by one that reads `channels`, with fresh weights as torchvision draws them.

    Args:
        model: the network, changed in place.
        channels: 1 for grey images, 3 for colour.
        stride: in px; None keeps that of the old convolution.
        padding: in px; None keeps that of the old convolution.
    """
    from torch import nn

    name, old = next((name, module) for name, module in model.named_modules() if isinstance(module, nn.Conv2d))
    shape: dict[str, Any] = {
        "kernel_size": old.kernel_size,
        "stride": old.stride if stride is None else stride,
        "padding": old.padding if padding is None else padding,
    }
    new = nn.Conv2d(channels, old.out_channels, **shape, bias=old.bias is not None)
    nn.init.kaiming_normal_(new.weight, mode="fan_out", nonlinearity="relu")
    if new.bias is not None:
        nn.init.zeros_(new.bias)
    parent, _, own = name.rpartition(".")
    setattr(model.get_submodule(parent), own, new)


def start_from_kaiming(model: nn.Module) -> nn.Module:
    """Return `model` with weights drawn for ReLU (fan-in, arXiv:1502.01852) and biases of 0.

    torch's own start is smaller: without batch normalisation it leaves small coresets on a plateau for epochs.
    """
    from torch import nn

    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.Conv3d | nn.Linear):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    return model


def in_three_dimensions(model: nn.Module) -> nn.Module:
    """Return a network of images as one of volumes: each convolution, normalisation and pooling with a third axis, as long.

    The weights are fresh, drawn for ReLU as torchvision draws those of its ResNets.
    """
    from torch import nn

    for name, child in model.named_children():
        setattr(model, name, _with_depth(child))
    for module in model.modules():
        if isinstance(module, nn.Conv3d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    return model


def _with_depth(module: nn.Module) -> nn.Module:
    """Return a layer with a third axis; one that has layers inside with those changed."""
    from torch import nn

    if isinstance(module, nn.Conv2d):
        return nn.Conv3d(
            module.in_channels,
            module.out_channels,
            module.kernel_size[0],
            module.stride[0],
            module.padding[0],
            groups=module.groups,
            bias=module.bias is not None,
        )
    if isinstance(module, nn.BatchNorm2d):
        return nn.BatchNorm3d(module.num_features)
    if isinstance(module, nn.AdaptiveAvgPool2d):
        return nn.AdaptiveAvgPool3d(1)
    if isinstance(module, nn.MaxPool2d):
        return nn.MaxPool3d(module.kernel_size, module.stride, module.padding)
    for name, child in module.named_children():
        setattr(module, name, _with_depth(child))
    return module


def build(name: str, channels: int, outputs: int, *size: int) -> nn.Module:
    """Return a fresh network whose head computes in float32 even under autocast.

    bfloat16 logits have 3 digits: too few for error norms whose late variances are 1e-8 and less.

    Args:
        name: of the architecture.
        channels: that it reads.
        outputs: C.
        size: of the images in pixels, of which the shortest side decides; three sides are those of volumes.

    Raises:
        UnknownNameError: there is no such architecture.
        ConfigError: it has no form for volumes.
    """
    if len(size) == 3:
        check_size(name, *size)
    entry = get(name)
    made = entry.build_volumes if len(size) == 3 and entry.build_volumes else entry.build
    model = made(channels, outputs, min(size))
    layer = head(model)
    # bound, so that a deep copy of the network gets its own; to replace the method of this one layer is the purpose
    layer.forward = MethodType(_forward_in_float32, layer)  # type: ignore[method-assign]
    return model


def _forward_in_float32(layer: nn.Linear, features: torch.Tensor) -> torch.Tensor:
    """Return the logits of features, computed in float32."""
    import torch

    with torch.autocast(features.device.type, enabled=False):
        return type(layer).forward(layer, features.float())


def features_and_logits(model: nn.Module, run: Callable[[], object]) -> tuple[torch.Tensor, object]:
    """Return the inputs of the head while `run` evaluates the network, (N, D) on its device, and what `run` returns."""
    import torch

    seen: list[torch.Tensor] = []
    handle = head(model).register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].detach().float()))
    try:
        result = run()
    finally:
        handle.remove()
    return torch.cat(seen), result
