"""MLP: two hidden layers of 128 units on the pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coreset_engine.architectures import Architecture, start_from_kaiming

if TYPE_CHECKING:
    from torch import nn

WIDTH = 128


def mlp(channels: int, outputs: int, side: int) -> nn.Module:
    """Return the multilayer perceptron of DeepCore: pixels-128-128-C with ReLU.

    Deviation: DeepCore's takes 28 px in grey and 32 px in colour only; here the first layer fits any image.
    """
    from torch import nn

    model = nn.Sequential(
        nn.Flatten(),
        nn.Linear(channels * side * side, WIDTH),
        nn.ReLU(),
        nn.Linear(WIDTH, WIDTH),
        nn.ReLU(),
        nn.Linear(WIDTH, outputs),
    )
    return start_from_kaiming(model)


ARCHITECTURE = Architecture(
    "mlp",
    "MLP",
    mlp,
    "as in DeepCore, Guo et al. 2022, arXiv:2204.08499",
    learning_rate=0.05,
    speed=20_000,
    order=3,
    square=True,
)
