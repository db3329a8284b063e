"""What methods read of a run of the cache, with the surrogate itself for methods that need gradients of images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from coreset_engine import architectures, paths, store
from coreset_engine.alike import several
from coreset_engine.config import Recipe
from coreset_engine.datasets import library
from coreset_engine.errors import RunError
from coreset_engine.pipeline.cell import channels_of_run
from coreset_engine.snapshot import Snapshot
from coreset_engine.sources import Sources, load_snapshot

if TYPE_CHECKING:
    import torch
    from torch import nn


def sources_of(run: str, average: Sequence[str] = (), epoch: int | None = None) -> Sources:
    """Return the sources of a run and of further runs; final snapshots bring the network that made them.

    Args:
        run: name of the run.
        average: further runs of the same recipe on the same samples.
        epoch: the epoch whose snapshots are read; the last by default.

    Raises:
        ConfigError: a run is named twice.
    """
    names = several(run, average)
    found = Sources(
        lambda: [store.load_run(name) for name in names], lambda: [_with_network(name, epoch) for name in names]
    )
    return found.named_as(run)


def _with_network(run: str, epoch: int | None) -> Snapshot:
    """Return a run's snapshot; the weights are kept of the final one only."""
    snapshot = load_snapshot(run, epoch)
    return snapshot if epoch is not None else replace(snapshot, network=lambda: surrogate(run))


def surrogate(run: str) -> tuple[nn.Module, torch.Tensor]:
    """Return a run's trained network in eval mode and its train images as it reads them, (N, C, H, W) float32.

    Raises:
        RunError: the run was not recorded here, its weights are missing or damaged, or its images are larger than memory.
        DatasetError: its images are not in the cache.
    """
    import torch

    from coreset_engine.training import batches, devices, weights

    folder = paths.run_folder(run)
    info = store.RunFile(folder).info
    if info.origin != "recorded":
        raise RunError(
            f"{run} was not recorded here, so its network is not known. Choose an option that reads features."
        )
    images = library.cached(info.dataset, info.dataset_sha256)
    model = architectures.build(info.architecture, images.channels, images.classes, *images.size)
    state = weights.read(folder)
    try:
        model.load_state_dict(state)
    except (RuntimeError, ValueError) as error:
        raise RunError(f"The weights of {run} can't be read: {error}. Record the run again.") from None
    split = batches.put_on(devices.choose_device("auto"), images.images["train"], images.labels["train"])
    split = split.seen_by(Recipe.from_dict(info.recipe), channels_of_run(info))
    if not isinstance(split.images, torch.Tensor):
        raise RunError(f"The images of {run} are larger than memory bears. Choose an option that reads features.")
    return model.eval().to(split.images.device), split.seen(split.images)
