"""Recording: a surrogate is trained on all images while its dynamics are written."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coreset_engine import architectures, paths, results, store
from coreset_engine.datasets import ImageSet, library
from coreset_engine.errors import DatasetError, RunError
from coreset_engine.jobs import rows
from coreset_engine.jobs.requests import Recording
from coreset_engine.training.progress import Progress
from coreset_engine.training.recorder import Recorder

if TYPE_CHECKING:
    from coreset_engine.training.loop import Split, Trained

Watch = Callable[[Progress], None]
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
    from coreset_engine.training import loop

    folder = paths.run_folder(asked.run)
    if (folder / store.FILE_NAME).exists() and not resume:
        raise RunError(f"The run {asked.run!r} exists already. Choose another name, or resume it with --resume.")
    architectures.get(asked.architecture)
    device = loop.choose_device(asked.device)
    images = library.load(asked.dataset, asked.side)
    _same_images(folder, images)
    if resume and _finished(folder, asked, images):
        return asked.run
    if not (folder / store.FILE_NAME).exists():  # what an attempt asked that never began is of no account
        store.write_request(folder, asked.to_dict())
    train, val = (loop.put_on(device, images.images[s], images.labels[s]) for s in ("train", "val"))
    with Recorder(
        asked.run,
        labels=images.labels["train"],
        classes=images.classes,
        epochs=asked.recipe.epochs,
        probabilities=_kept_probabilities(asked, images),
        info=_info(asked, images, device.type),
        resume=resume,
    ) as recorder:
        started = time.monotonic()
        trainer = loop.Trainer(
            lambda: architectures.build(asked.architecture, images.channels, images.classes, images.side),
            asked.recipe,
            asked.seed,
            train,
            val,
            recorder=recorder,
            checkpoint=folder / "checkpoint.pt",
            on_epoch=watch,
            should_stop=should_stop,
        )
        trained = trainer.run()
        _write_model(folder, trained, train, asked.recipe.epochs)
    test = loop.put_on(device, images.images["test"], images.labels["test"])
    outcome = rows.figures(trained, val, test) | rows.circumstances(device.type, time.monotonic() - started, images)
    results.append(rows.config_of(rows.reference(asked), images, asked.recipe, trained_on=None), outcome)
    (folder / "checkpoint.pt").unlink(missing_ok=True)
    return asked.run


def _same_images(folder: Path, images: ImageSet) -> None:
    """Raise a DatasetError when a run that exists was recorded on other images than these."""
    if (folder / store.FILE_NAME).exists():
        info = store.RunFile(folder).info
        if info.dataset_sha256 != images.sha256:
            raise DatasetError(
                f"{images.spec} has other images than those the run {folder.name!r} was begun on "
                f"({images.sha256[:12]}, then {info.dataset_sha256[:12]}). Record it under a new name."
            )


def _finished(folder: Path, asked: Recording, images: ImageSet) -> bool:
    """Return whether a recording has nothing left to do: the files written last and its result row are there."""
    if not (folder / "snapshot.h5").is_file() or (folder / "checkpoint.pt").exists():
        return False
    file = store.RunFile(folder)
    config = rows.config_of(rows.reference(asked), images, asked.recipe, trained_on=None)
    return file.done() == file.info.epochs and results.exists(config)


def _info(asked: Recording, images: ImageSet, device: str) -> dict[str, Any]:
    """Return the attributes of a recording's file."""
    facts = {"dataset": images.name, "dataset_sha256": images.sha256, "class_names": list(images.class_names)}
    facts |= {"architecture": asked.architecture, "recipe": asked.recipe.to_dict(), "seed": asked.seed}
    return facts | {"device": device, "origin": "recorded"}


def _kept_probabilities(asked: Recording, images: ImageSet) -> str:
    """Return the type in which a recording keeps all class probabilities, "" for not at all."""
    if asked.probabilities != "auto":
        return asked.probabilities.replace("none", "")
    values = asked.recipe.epochs * len(images.labels["train"]) * images.classes
    return "float32" if 4 * values <= PROBABILITIES_BYTES else "float16" if 2 * values <= PROBABILITIES_BYTES else ""


def _write_model(folder: Path, trained: Trained, train: Split, epoch: int) -> None:
    """Write the final weights, and features and logits of the train split."""
    from safetensors.torch import save

    from coreset_engine.training import loop

    weights = save({k: v.contiguous() for k, v in trained.model.state_dict().items()})
    try:
        paths.write_atomically(folder / "model.safetensors", weights)
    except OSError as error:
        raise RunError(
            f"No room for the model ({len(weights):,} bytes at {folder}): {error}. Free some space."
        ) from None
    features, logits = architectures.features_and_logits(trained.model, lambda: loop.predict(trained.model, train))
    layer = architectures.head(trained.model)
    arrays = {
        "features": features,
        "logits": logits,
        "head_weight": layer.weight.detach(),
        "head_bias": layer.bias.detach(),
    }
    plain = {name: values.cpu().numpy() for name, values in arrays.items()}
    store.write_snapshot(folder, plain | {"labels": train.truth}, epoch)
