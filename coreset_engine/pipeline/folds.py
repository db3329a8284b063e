"""Recording with folds: every sample is scored, in every epoch, by a network that has never seen it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine import architectures, paths, store
from coreset_engine.config import Recipe
from coreset_engine.datasets import ImageSet
from coreset_engine.errors import Interrupted
from coreset_engine.pipeline.cell import splits_for
from coreset_engine.pipeline.requests import RecordingRequest
from coreset_engine.store import CLASS_LOSS
from coreset_engine.training import folds
from coreset_engine.training.folds import FoldOutputs, FoldWriter
from coreset_engine.training.progress import Progress
from coreset_engine.training.recorder import Recorder

if TYPE_CHECKING:
    import torch
    from torch import nn

    from coreset_engine.training.batches import Split


def record(
    request: RecordingRequest,
    images: ImageSet,
    device: torch.device,
    recorder: Recorder,
    *,
    on_epoch: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> None:
    """Train the network of every fold that is not kept yet, then write the dynamics from what all of them say.

    Raises:
        Interrupted: `should_stop` said so; folds that are done stay.
        DynamicsError: a training diverged.
        RunError: the disk refuses, or a fold that is kept is damaged.
    """
    folder = paths.run_folder(request.run)
    if recorder.done < request.recipe.epochs:
        train, val = splits_for(request.recipe, images, device, ("train", "val"))
        of = folds.fold_of(images.labels["train"], request.folds, request.seed)
        for fold in range(request.folds):
            if folds.is_kept(folder, fold + 1):
                folds.read(folder, fold + 1)  # damage is told before hours of training, not after
                continue
            tell = None if on_epoch is None else partial(_tell, on_epoch, fold, request.folds)
            _train(request, images, train, val, of == fold, fold + 1, on_epoch=tell, should_stop=should_stop)
            if fold + 1 < request.folds and should_stop():
                raise Interrupted(f"stopped after fold {fold + 1} of {request.folds}")
        _write(recorder, of, [folds.read(folder, fold + 1) for fold in range(request.folds)])
    for path in folds.left(folder):
        path.unlink()


def _train(
    request: RecordingRequest,
    images: ImageSet,
    train: Split,
    val: Split,
    held: NDArray[np.bool_],
    fold: int,
    **told: Any,
) -> None:
    """Train on all samples but those held out, and keep what the network says of these after every epoch."""
    from coreset_engine.training.trainer import Trainer

    folder, recipe = paths.run_folder(request.run), request.recipe
    out = train.take(np.flatnonzero(held))
    with FoldWriter(folder, fold, (recipe.epochs, len(out), images.classes)) as writer:
        trained = Trainer(
            lambda: architectures.build(request.architecture, images.channels, images.classes, *images.size),
            recipe,
            request.seed,
            train.take(np.flatnonzero(~held)),
            val,
            on_weights=lambda epoch, model: _keep(writer, epoch, model, out, val, recipe),
            all_samples=len(train),
            **told,
        ).run()
        writer.finish(trained.history)


def _keep(writer: FoldWriter, epoch: int, model: nn.Module, held: Split, val: Split, recipe: Recipe) -> None:
    """Keep what a network says of the samples held out, and its losses on val."""
    from coreset_engine.training import devices, losses, prediction

    precision = devices.precision_on(recipe, held.images.device)
    on_val = np.empty(0)
    if not val.labels.is_floating_point():  # of several labels per sample there are none class by class
        sums, counts = losses.class_losses(prediction.predict(model, val, precision), val.labels).numpy()
        on_val = np.divide(sums, counts, out=np.full(len(sums), np.nan), where=counts > 0)
    writer.write(epoch, prediction.predict(model, held, precision).cpu().numpy(), on_val)


def _tell(on_epoch: Callable[[Progress], None], fold: int, folds_: int, progress: Progress) -> None:
    """Tell of an epoch as one of all that the networks train; folds from 0."""
    epochs = progress.epochs
    on_epoch(replace(progress, epoch=fold * epochs + progress.epoch, epochs=folds_ * epochs))


def _write(recorder: Recorder, of: NDArray[np.int64], found: Sequence[FoldOutputs]) -> None:
    """Write the dynamics: every sample's outputs are those of its fold; figures are means over the networks.

    The seconds of an epoch are those of all of them.
    """
    rows = [np.flatnonzero(of == fold) for fold in range(len(found))]
    for row in range(recorder.epochs):
        for index, one in zip(rows, found, strict=True):
            recorder.record(row + 1, index, one.logits[row])
        figures = {name: [one.history[row][name] for one in found] for name in store.METRICS}
        means = {name: float(np.mean(values)) for name, values in figures.items()}
        losses = np.mean([one.class_losses[row] for one in found], axis=0)
        per_class = {CLASS_LOSS: losses} if losses.size else {}
        recorder.end_epoch(row + 1, **means | {"seconds": sum(figures["seconds"])}, **per_class)
    recorder.sync()
