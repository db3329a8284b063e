"""Devices: which one trains, in which number format, and how the C library keeps memory for it."""

import ctypes
import sys

import torch

from coreset_engine.config import Recipe
from coreset_engine.errors import ConfigError

_CUDA_BYTES = 600_000_000  # that a process takes of a GPU before its first tensor; a guess, rather too much
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of glibc's malloc.h


def choose_device(asked: str) -> torch.device:
    """Return the device for "auto", "cpu" or "cuda".

    Raises:
        ConfigError: CUDA is asked for and there is none.
    """
    if asked == "cuda" and not torch.cuda.is_available():
        raise ConfigError(
            "There is no CUDA device here. Use --device cpu, or auto, which takes a GPU when there is one."
        )
    return torch.device("cuda" if asked != "cpu" and torch.cuda.is_available() else "cpu")


def taken_bytes() -> int:
    """Return the memory that this process has taken of its GPU at most, what CUDA itself takes included; 0 without one."""
    if not torch.cuda.is_available() or not torch.cuda.is_initialized():
        return 0
    return torch.cuda.max_memory_reserved() + _CUDA_BYTES


def keep_freed_memory() -> None:
    """Let the C library keep up to 1 GiB that a batch frees for the next one, instead of asking the kernel again.

    The activations of every batch would otherwise be unmapped and mapped, page by page: 3 to 7 % of a step of ResNet-8 on
    the CPU. Where the library is another than glibc, nothing happens.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    # in this order: with the second setting alone every activation would be mapped anew, at half the speed
    if mallopt is not None and mallopt(_MMAP_THRESHOLD, 1 << 30):
        mallopt(_TRIM_THRESHOLD, 1 << 30)


def precision_on(recipe: Recipe, device: torch.device) -> str:
    """Return the number format of the recipe on a device."""
    if recipe.precision != "auto":
        return recipe.precision
    return "bfloat16" if device.type == "cuda" and torch.cuda.is_bf16_supported() else "float32"


def autocast(device: torch.device, precision: str) -> torch.autocast:
    """Return the context in which the network computes."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bfloat16")
