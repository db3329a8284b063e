"""What a recording keeps of its network: weights, and snapshots of what it makes of every train sample."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from coreset_engine import architectures, paths, store
from coreset_engine.errors import RunError
from coreset_engine.faults import unwritable
from coreset_engine.pipeline.requests import RecordingRequest

if TYPE_CHECKING:
    from torch import nn

    from coreset_engine.training.batches import Split


def write_weights(folder: Path, model: nn.Module) -> None:
    """Write a network's weights.

    Raises:
        RunError: the disk has no room.
    """
    from coreset_engine.training import weights

    content = weights.to_bytes(model.state_dict())
    try:
        paths.write_atomically(folder / weights.FILE_NAME, content)
    except OSError as error:
        raise RunError(unwritable(f"The model ({len(content):,} bytes at {folder})", error)) from None


def keep_snapshot(
    folder: Path, request: RecordingRequest, epoch: int, model: nn.Module, train: Split, val: Split
) -> None:
    """Write the snapshot of an epoch where it was asked for; that of the last epoch is the final one."""
    if epoch in request.snapshots and epoch < request.recipe.epochs:
        store.write_snapshot(folder, snapshot(model, train, val), epoch, final=False)


def snapshot(model: nn.Module, train: Split, val: Split) -> dict[str, NDArray[Any]]:
    """Return eval-mode features, logits and labels of both splits, val's as `val_…`, and the head's weight and bias."""
    from coreset_engine.training.prediction import predict

    layer = architectures.head(model)
    found: dict[str, Any] = {"head_weight": layer.weight, "head_bias": layer.bias}
    for prefix, split in (("", train), ("val_", val)):
        features, logits = architectures.features_and_logits(model, partial(predict, model, split))
        found |= {f"{prefix}features": features, f"{prefix}logits": logits}
    arrays = {name: values.detach().cpu().numpy() for name, values in found.items()}
    return arrays | {"labels": train.truth, "val_labels": val.truth}
