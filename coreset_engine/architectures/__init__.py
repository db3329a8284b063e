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


def check_size(name: str, height: int, width: int) -> None:
    """Refuse images of a size that an architecture can't take, before anything is made for them.

    Raises:
        UnknownNameError: there is no such architecture.
        ConfigError: the images are too small, or not square where they must be.
    """
    entry = get(name)
    if min(height, width) >= entry.smallest and (height == width or not entry.square):
        return
    takes = f"{'square ' if entry.square else ''}images from {entry.smallest}x{entry.smallest} px on"
    fitting = [
        other.name
        for other in all_architectures().values()
        if min(height, width) >= other.smallest and (height == width or not other.square)
    ]
    raise ConfigError(
        f"{entry.label} ({name}) takes {takes}; these images are {height}x{width}. Resize them, or choose one of: "
        f"{', '.join(fitting)}."
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
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    return model


def build(name: str, channels: int, outputs: int, side: int) -> nn.Module:
    """Return a fresh network whose head computes in float32 even under autocast.

    bfloat16 logits have 3 digits: too few for error norms whose late variances are 1e-8 and less.

    Raises:
        UnknownNameError: there is no such architecture.
    """
    model = get(name).build(channels, outputs, side)
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
