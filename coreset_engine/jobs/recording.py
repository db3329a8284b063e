"""Recording: a surrogate is trained on all images while its dynamics are written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from coreset_engine import architectures, paths, results, store
from coreset_engine.datasets import ImageSet, library
from coreset_engine.errors import DatasetError, RunError
from coreset_engine.jobs import rows
from coreset_engine.jobs.requests import Recording
from coreset_engine.training.progress import Progress
from coreset_engine.training.recorder import Recorder

if TYPE_CHECKING:
    from torch import nn

    from coreset_engine.training import loop
    from coreset_engine.training.batches import Split

Watch = Callable[[Progress], None]
CHECKPOINT = "checkpoint.pt"
PROBABILITIES_BYTES = 2**30  # how much room the probabilities of a recording may take unless they are asked for


def record(
    asked: Recording,
    *,
    resume: bool = False,
    watch: Watch | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> str:
    """Train a surrogate on all train images while its dynamics are recorded; return the run's name.

    Writes the run folder (`run.json`, `dynamics.h5`, `model.safetensors`, `snapshot.h5`) and a result row: the surrogate
    is the full-data reference of its own recipe.

    Raises:
        EngineError: the request can't be carried out; nothing half-written stays under a final name.
        Interrupted: `should_stop` said so; `resume` goes on.
    """
    from coreset_engine.training import batches, checkpoints, loop

    folder = paths.run_folder(asked.run)
    if (folder / store.FILE_NAME).exists() and not resume:
        raise RunError(f"The run {asked.run!r} exists already. Choose another name, or resume it with --resume.")
    architectures.get(asked.architecture)
    device = loop.choose_device(asked.device)
    images = library.load(asked.dataset, asked.side, asked.corruption)
    _same_run(folder, asked, images)
    if resume and _finished(folder, asked, images):
        return asked.run
    if not (folder / store.FILE_NAME).exists():  # what an attempt asked that never began is of no account
        store.clear_snapshots(folder)
        store.write_request(folder, asked.to_dict())
    train, val = (batches.put_on(device, images.images[s], images.labels[s]) for s in ("train", "val"))
    resumed = (folder / CHECKPOINT).is_file()
    with _recorder(asked, images, device.type, resume) as recorder:
        trainer = _trainer(asked, images, train, val, recorder, on_epoch=watch, should_stop=should_stop)
        with rows.meter_of(device) as meter:
            trained = trainer.run()
        _write_weights(folder, trained.model)
        store.write_snapshot(folder, _snapshot(trained.model, train), asked.recipe.epochs)
    test = batches.put_on(device, images.images["test"], images.labels["test"])
    outcome = rows.figures(trained, val, test) | rows.circumstances(device.type, trained, images, meter, resumed)
    results.append(rows.config_of(rows.reference(asked), images, asked.recipe, trained_on=None), outcome)
    checkpoints.remove(folder / CHECKPOINT)
    return asked.run


def _trainer(
    asked: Recording, images: ImageSet, train: Split, val: Split, recorder: Recorder, **told: Any
) -> loop.Trainer:
    """Return the training of a recording; `told` are those who are told of epochs and asked whether to stop."""
    from coreset_engine.training import loop

    folder = paths.run_folder(asked.run)
    return loop.Trainer(
        lambda: architectures.build(asked.architecture, images.channels, images.classes, images.side),
        asked.recipe,
        asked.seed,
        train,
        val,
        recorder=recorder,
        mode=asked.mode,
        checkpoint=folder / CHECKPOINT,
        on_weights=lambda epoch, model: _keep_snapshot(folder, asked, epoch, model, train),
        **told,
    )


def _recorder(asked: Recording, images: ImageSet, device: str, resume: bool) -> Recorder:
    """Return the recorder of a recording; it holds the run's lock."""
    facts: dict[str, Any] = {
        "dataset": images.name,
        "dataset_sha256": images.sha256,
        "class_names": list(images.class_names),
    }
    facts |= {"architecture": asked.architecture, "recipe": asked.recipe.to_dict(), "seed": asked.seed}
    return Recorder(
        asked.run,
        labels=images.labels["train"],
        classes=images.classes,
        epochs=asked.recipe.epochs,
        probabilities=_kept_probabilities(asked, images),
        info=facts | {"device": device, "origin": "recorded", "mode": asked.mode},
        resume=resume,
    )


def _same_run(folder: Path, asked: Recording, images: ImageSet) -> None:
    """Refuse to go on with a run that was begun on other images or in another mode.

    Raises:
        DatasetError: the images differ.
        RunError: the mode differs.
    """
    if not (folder / store.FILE_NAME).exists():
        return
    info = store.RunFile(folder).info
    if info.dataset_sha256 != images.sha256:
        raise DatasetError(
            f"{images.spec} has other images than those the run {folder.name!r} was begun on "
            f"({images.sha256[:12]}, then {info.dataset_sha256[:12]}). Record it under a new name."
        )
    if info.mode != asked.mode:
        raise RunError(
            f"The run {folder.name!r} was begun in {info.mode} mode, so it can't go on in {asked.mode} mode. Record it "
            "under a new name."
        )


def _finished(folder: Path, asked: Recording, images: ImageSet) -> bool:
    """Return whether a recording has nothing left to do: the files written last and its result row are there."""
    if not (folder / "snapshot.h5").is_file() or (folder / CHECKPOINT).exists():
        return False
    file = store.RunFile(folder)
    config = rows.config_of(rows.reference(asked), images, asked.recipe, trained_on=None)
    return file.done() == file.info.epochs and results.exists(config)


def _kept_probabilities(asked: Recording, images: ImageSet) -> str:
    """Return the type in which a recording keeps all class probabilities, "" for not at all."""
    if asked.probabilities != "auto":
        return asked.probabilities.replace("none", "")
    values = asked.recipe.epochs * len(images.labels["train"]) * images.classes
    return "float32" if 4 * values <= PROBABILITIES_BYTES else "float16" if 2 * values <= PROBABILITIES_BYTES else ""


def _write_weights(folder: Path, model: nn.Module) -> None:
    """Write a network's weights.

    Raises:
        RunError: the disk has no room.
    """
    from safetensors.torch import save

    weights = save({k: v.contiguous() for k, v in model.state_dict().items()})
    try:
        paths.write_atomically(folder / "model.safetensors", weights)
    except OSError as error:
        raise RunError(
            f"No room for the model ({len(weights):,} bytes at {folder}): {error}. Free some space."
        ) from None


def _keep_snapshot(folder: Path, asked: Recording, epoch: int, model: nn.Module, train: Split) -> None:
    """Write the snapshot of an epoch where it was asked for; that of the last epoch is the final one."""
    if epoch in asked.snapshots and epoch < asked.recipe.epochs:
        store.write_snapshot(folder, _snapshot(model, train), epoch, final=False)


def _snapshot(model: nn.Module, train: Split) -> dict[str, NDArray[Any]]:
    """Return eval-mode features (N, D) and logits (N, C) of the train split, its labels, and the head's weight and bias."""
    from coreset_engine.training import loop

    features, logits = architectures.features_and_logits(model, lambda: loop.predict(model, train))
    layer = architectures.head(model)
    found: dict[str, Any] = {
        "features": features,
        "logits": logits,
        "head_weight": layer.weight,
        "head_bias": layer.bias,
    }
    return {name: values.detach().cpu().numpy() for name, values in found.items()} | {"labels": train.truth}
