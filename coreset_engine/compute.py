"""Where the heavy linear algebra of the selection methods runs: NumPy, or a CUDA device with the same code.

NumPy and torch share the names and signatures that the methods use (`@`, `maximum`, `argmax`, `exp`, `axis=`), so an
algorithm is written once on what `place` returns. Pages use NumPy only and never load torch.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine.errors import ConfigError

_device: ContextVar[str] = ContextVar("device", default="numpy")


@contextmanager
def on(device: str) -> Iterator[None]:
    """Run what stands inside on a device: "numpy", or a torch device such as "cuda"; "auto" takes CUDA if there is one.

    Raises:
        ConfigError: CUDA is asked for and there is none.
    """
    if device in ("auto", "cuda"):
        import torch

        if device == "cuda" and not torch.cuda.is_available():
            raise ConfigError("There is no CUDA device here. Use --device cpu, or auto.")
        device = "cuda" if torch.cuda.is_available() else "numpy"
    token = _device.set("numpy" if device == "cpu" else device)
    try:
        yield
    finally:
        _device.reset(token)


def place(values: NDArray) -> Any:
    """Return an array on the chosen device: itself, or a torch tensor of the same type."""
    if _device.get() == "numpy":
        return values
    import torch

    return torch.from_numpy(np.ascontiguousarray(values)).to(_device.get().removeprefix("torch:"))


def namespace(values: Any) -> ModuleType:
    """Return numpy for arrays and torch for tensors."""
    if isinstance(values, np.ndarray):
        return np
    import torch

    return torch


def host(values: Any) -> NDArray:
    """Return an array or tensor as a NumPy array."""
    return values if isinstance(values, np.ndarray) else values.cpu().numpy()
