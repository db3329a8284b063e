"""Recording: a surrogate is trained on all images while its dynamics are written."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coreset_engine import architectures, paths, results, store
from coreset_engine.access import require_writable
from coreset_engine.datasets import ImageSet, library
from coreset_engine.errors import ConfigError, DatasetError, RunError
from coreset_engine.names import counted
from coreset_engine.pipeline import folds, networks, rows
from coreset_engine.pipeline.cell import check_recipe, facts_of_channels, splits_for
from coreset_engine.pipeline.requests import RecordingRequest
from coreset_engine.stopping import waits_for_epoch
from coreset_engine.training.folds import check, check_room, left, needed_bytes, sentence
from coreset_engine.training.place import place
from coreset_engine.training.progress import Progress
from coreset_engine.training.recorder import Recorder

if TYPE_CHECKING:
    import torch

    from coreset_engine.training.batches import Split
    from coreset_engine.training.ranks import Ranks
    from coreset_engine.training.trainer import Trainer

Watch = Callable[[Progress], None]
CHECKPOINT = "checkpoint.pt"
PROBABILITIES_BYTES = 2**30  # how much room the probabilities of a recording may take unless they are asked for


def record(
    request: RecordingRequest,
    *,
    resume: bool = False,
    watch: Watch | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> str:
    """Train a surrogate on all train images while its dynamics are recorded; return the run's name.

    Writes the run folder (`run.json`, `dynamics.h5`, `model.safetensors`, `snapshot.h5`) and a result row: the surrogate
    is the full-data reference of its own recipe. With folds there is no network of all samples, so `run.json` and
    `dynamics.h5` are all that is written.

    Raises:
        EngineError: the request can't be carried out; nothing half-written stays under a final name.
        Interrupted: `should_stop` said so; `resume` goes on.
    """
    from coreset_engine.training import devices

    require_writable("record a run")
    if place().count > 1:
        if request.folds:
            raise ConfigError("Folds are recorded by one process. Leave out --folds, or run `record` without torchrun.")
        return _record_on_ranks(request, resume, watch, should_stop)
    folder = paths.run_folder(request.run)
    architectures.get(request.architecture)
    device = devices.choose_device(request.device)
    with store.RunClaim(folder) as claim:  # before anything is written: of two who record one name, one is refused
        images = _begin(request, resume)
        if images is not None:
            with waits_for_epoch():
                _train(request, images, device, claim, on_epoch=watch, should_stop=should_stop)
    return request.run


def _record_on_ranks(
    request: RecordingRequest, resume: bool, watch: Watch | None, should_stop: Callable[[], bool]
) -> str:
    """Record together with the other processes that torchrun started; rank 0 claims, writes and tells for all."""
    from coreset_engine.training import ranks

    with ranks.joined(request.device) as group, ExitStack() as held:
        first = group.own.rank == 0
        request = group.from_first(request)
        architectures.get(request.architecture)
        folder = paths.run_folder(request.run)
        claim = group.agree(lambda: held.enter_context(store.RunClaim(folder)) if first else None)
        begun = group.agree(lambda: _begin(request, resume) if first else None)
        if group.from_first(begun is None):
            return request.run
        images = group.agree(lambda: begun or _images(request))
        with waits_for_epoch():
            if claim is not None:
                _train(request, images, group.device, claim, ranks=group, on_epoch=watch, should_stop=should_stop)
            else:
                train, val = splits_for(request.recipe, images, group.device, ("train", "val"))
                _trainer(request, images, train, val, None, ranks=group, should_stop=should_stop).run()
    return request.run


def _begin(request: RecordingRequest, resume: bool) -> ImageSet | None:
    """Return the images of a recording whose folder is claimed and now says what was asked; None where it is finished.

    Raises:
        EngineError: the request can't be carried out, or the run exists or was begun otherwise.
    """
    folder = paths.run_folder(request.run)
    begun = store.is_taken(folder)
    if begun and not resume:
        raise RunError(f"The run {request.run!r} exists already. Choose another name, or resume it with --resume.")
    if begun:
        _same_request(folder, request)
    else:
        request.check_augmentation()
    request.check_size()
    images = _images(request)
    if request.folds:
        check(images.labels["train"], request.folds, images.class_names)
        kept = sum(path.stat().st_size for path in left(folder) if path.suffix == ".npy")
        needed = needed_bytes(request.recipe.epochs, len(images.labels["train"]), images.classes)
        check_room(folder, max(0, needed - kept))
    if begun:
        _same_run(folder, request, images)
        return None if _finished(folder, request, images) else images
    store.clear(folder)  # what an attempt asked that never recorded an epoch is of no account
    scored = [sentence(request.folds)] if request.folds else []
    store.write_request(folder, request.to_dict(), [*images.read_as, *scored])
    return images


def _images(request: RecordingRequest) -> ImageSet:
    """Return the images of a recording, their classes named as asked.

    Raises:
        EngineError: they can't be read, there are more or fewer names than classes, or the loss does not fit them.
    """
    images = library.load(request.dataset, request.side, request.corruption, request.folder)
    if len(request.class_names) not in (0, images.classes):
        given = counted(len(request.class_names), "{name|names}")
        raise DatasetError(
            f"{images.name} has {images.classes} classes, but {given} for them. Give each class one name."
        )
    check_recipe(images, request.recipe)
    return replace(images, class_names=request.class_names or images.class_names)


def _train(
    request: RecordingRequest, images: ImageSet, device: torch.device, claim: store.RunClaim, **told: Any
) -> None:
    """Train, write what comes of it, and append the result row; `told` as for `_trainer`."""
    from coreset_engine.training import checkpoints

    if request.folds:
        with _recorder(request, images, device.type, claim) as recorder:
            folds.record(request, images, device, recorder, **told)
        return
    folder = claim.folder
    train, val = splits_for(request.recipe, images, device, ("train", "val"))
    resumed = (folder / CHECKPOINT).is_file()
    with _recorder(request, images, device.type, claim) as recorder:
        trainer = _trainer(request, images, train, val, recorder, **told)
        with rows.meter_of(device) as meter:
            trained = trainer.run()
        networks.write_weights(folder, trained.model)
        store.write_snapshot(folder, networks.snapshot(trained.model, train, val), request.recipe.epochs)
    (test,) = splits_for(request.recipe, images, device, ("test",))
    unmetered = resumed or (device.type == "cuda" and place().count > 1)  # the other GPUs are not looked at
    outcome = rows.figures(trained, val, test) | rows.circumstances(device.type, trained, images, meter, unmetered)
    results.append(rows.config_of(rows.reference(request), images, request.recipe, trained_on=None), outcome)
    checkpoints.remove(folder / CHECKPOINT)


def _trainer(
    request: RecordingRequest,
    images: ImageSet,
    train: Split,
    val: Split,
    recorder: Recorder | None,
    ranks: Ranks | None = None,
    **told: Any,
) -> Trainer:
    """Return the training of a recording; `told` are those who are told of epochs and asked whether to stop."""
    folder = paths.run_folder(request.run)
    return _kind_of_trainer(ranks)(
        lambda: architectures.build(request.architecture, images.channels, images.classes, *images.size),
        request.recipe,
        request.seed,
        train,
        val,
        recorder=recorder,
        mode=request.mode,
        checkpoint=folder / CHECKPOINT,
        on_weights=(lambda epoch, model: networks.keep_snapshot(folder, request, epoch, model, train, val))
        if recorder
        else None,
        ordinal=images.ordinal,
        **told,
    )


def _kind_of_trainer(ranks: Ranks | None) -> Callable[..., Trainer]:
    """Return what makes the trainer of one process, or that of one among several."""
    if ranks is None:
        from coreset_engine.training.trainer import Trainer

        return Trainer
    from coreset_engine.training.ranks import SharedTrainer

    return partial(SharedTrainer, ranks=ranks)


def _recorder(request: RecordingRequest, images: ImageSet, device: str, claim: store.RunClaim) -> Recorder:
    """Return the recorder of a recording, which goes on with a run that has been begun."""
    facts = _facts(request, images)
    return Recorder(
        request.run,
        labels=images.labels["train"],
        classes=images.classes,
        epochs=request.recipe.epochs,
        probabilities=facts.pop("probabilities"),
        info=facts | {"device": device, "origin": "recorded"},
        resume=True,
        claim=claim,
    )


def _facts(request: RecordingRequest, images: ImageSet) -> dict[str, Any]:
    """Return what a recording's file says of how it is made."""
    return facts_of_channels(request.recipe, images) | {
        "dataset": images.name,
        "dataset_sha256": images.sha256,
        "class_names": list(images.class_names),
        "architecture": request.architecture,
        "recipe": request.recipe.to_dict(),
        "seed": request.seed,
        "mode": request.mode,
        "folds": request.folds,
        "val_loss_per_class": images.labels["train"].ndim == 1,
        "probabilities": _kept_probabilities(request, images),
    }


def _same_request(folder: Path, request: RecordingRequest) -> None:
    """Refuse to go on with a run for which other injected errors or snapshots were asked; its file does not say them.

    Raises:
        RunError: they differ, or what was asked can't be read.
    """
    if not (folder / "run.json").exists():
        return
    before = RecordingRequest.of_run(folder.name)
    for name in ("corruption", "snapshots"):
        was, now = getattr(before, name), getattr(request, name)
        if was != now:
            raise RunError(
                f"The run {folder.name!r} was begun with {name} {was or 'none'}, so it can't go on with {now or 'none'}. "
                "Record it under a new name."
            )


def _same_run(folder: Path, request: RecordingRequest, images: ImageSet) -> None:
    """Refuse to go on with a run that was begun on other images or otherwise, as its file says.

    Raises:
        DatasetError: the images differ.
        RunError: another field differs.
    """
    info = store.RunFile(folder).info
    if info.dataset_sha256 != images.sha256:
        raise DatasetError(
            f"{images.spec} has other images than those the run {folder.name!r} was begun on "
            f"({images.sha256[:12]}, then {info.dataset_sha256[:12]}). Record it under a new name."
        )
    if request.class_names and list(request.class_names) != info.class_names:
        raise RunError(
            f"The run {folder.name!r} was begun with the classes {', '.join(info.names)}, so it can't go on with "
            f"{', '.join(request.class_names)}. Record it under a new name."
        )
    store.refuse_other(folder.name, info, _facts(request, images))


def _finished(folder: Path, request: RecordingRequest, images: ImageSet) -> bool:
    """Return whether a recording has nothing left to do: the files written last and its result row are there."""
    if request.folds:
        return store.RunFile(folder).done() == request.recipe.epochs and not left(folder)
    whole = (folder / "snapshot.h5").is_file() and not (folder / CHECKPOINT).exists()
    config = rows.config_of(rows.reference(request), images, request.recipe, trained_on=None)
    return whole and (file := store.RunFile(folder)).done() == file.info.epochs and results.exists(config)


def _kept_probabilities(request: RecordingRequest, images: ImageSet) -> str:
    """Return the type in which a recording keeps all class probabilities, "" for not at all."""
    if request.probabilities != "auto":
        return request.probabilities.replace("none", "")
    if store.is_taken(folder := paths.run_folder(request.run)):
        return store.RunFile(folder).info.probabilities
    return probabilities_kept(request.recipe.epochs, len(images.labels["train"]), images.classes)


def probabilities_kept(epochs: int, samples: int, classes: int) -> str:
    """Return the type in which all class probabilities are kept unless another is asked for, "" for not at all."""
    values = epochs * samples * classes
    return "float32" if 4 * values <= PROBABILITIES_BYTES else "float16" if 2 * values <= PROBABILITIES_BYTES else ""
