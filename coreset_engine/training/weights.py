"""A network's weights as safetensors, with a sum over names, types, shapes and bytes in the file's `__metadata__`."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coreset_engine.errors import RunError

if TYPE_CHECKING:
    import torch

FILE_NAME = "model.safetensors"
_SUM = "sha256"


def to_bytes(state: dict[str, torch.Tensor]) -> bytes:
    """Return the file of a network's `state_dict`; equal weights give equal bytes."""
    from safetensors.torch import save

    tensors = {name: values.contiguous() for name, values in state.items()}
    header, start = _header(save(tensors))
    return save(tensors, {_SUM: _sum(header, save(tensors)[start:])})


def read(folder: Path) -> dict[str, torch.Tensor]:
    """Return the weights in a run's folder by name.

    Raises:
        RunError: they are missing, or do not match their checksum.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    path = folder / FILE_NAME
    try:
        content = path.read_bytes()
        _check(content)
        return dict(load(content))
    except (
        SafetensorError,
        OSError,
        RuntimeError,
        ValueError,
        LookupError,
        TypeError,
        ArithmeticError,
        MemoryError,
    ) as error:
        raise RunError(f"The weights {path} can't be read: {error}. Record the run again.") from None


def check(folder: Path) -> bool:
    """Return whether the weights in a run's folder hold a sum, which those of before do not.

    Raises:
        RunError: they can't be read, or do not match it.
    """
    path = folder / FILE_NAME
    try:
        content = path.read_bytes()
        _check(content)
        return "__metadata__" in _header(content)[0]
    except (OSError, ValueError) as error:
        raise RunError(f"The weights {path} can't be read: {error}. Record the run again.") from None


def _check(content: bytes) -> None:
    """Raise a ValueError when a file has a sum that its content does not match."""
    header, start = _header(content)
    stated = header.pop("__metadata__", None)
    if stated is None:
        return
    if not isinstance(stated, dict) or stated.get(_SUM) != _sum(header, content[start:]):
        raise ValueError("they do not match their checksum")


def _header(content: bytes) -> tuple[dict[str, Any], int]:
    """Return what a file says of its tensors, and where their bytes begin.

    Raises:
        ValueError: it says nothing that can be read.
    """
    end = 8 + int.from_bytes(content[:8], "little")
    if len(content) < 8 or end > len(content):
        raise ValueError("the file is cut off")
    try:
        header = json.loads(content[8:end])
    except RecursionError:
        raise ValueError("its header is nested too deeply") from None
    if not isinstance(header, dict):
        raise ValueError("its header names no tensors")
    return header, end


def _sum(header: dict[str, Any], tensors: bytes) -> str:
    """Return the SHA-256 over names, types, shapes and places, then the bytes of the tensors."""
    digest = hashlib.sha256(json.dumps(header, sort_keys=True, separators=(",", ":")).encode())
    digest.update(tensors)
    return digest.hexdigest()
