"""Record and retrain: the only place where images, networks, training, dynamics, scores and results meet."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine import api, architectures, config, paths, results, selection, store
from coreset_engine.config import Recipe
from coreset_engine.datasets import ImageSet, library
from coreset_engine.errors import ConfigError, DatasetError, RunError
from coreset_engine.training.progress import Progress
from coreset_engine.training.recorder import Recorder

if TYPE_CHECKING:
    from coreset_engine.training.loop import Split, Trained

Watch = Callable[[Progress], None]
PROBABILITIES_BYTES = 2**30  # how much room the probabilities of a recording may take unless they are asked for


@dataclass(frozen=True)
class Recording:
    """What is asked of a recording; stored as the run's `run.json`."""

    run: str
    dataset: str
    architecture: str
    recipe: Recipe
    side: int | None = None
    seed: int = 0
    device: str = "auto"
    probabilities: str = "auto"  # "float32", "float16" or "none"; "auto" keeps what fits PROBABILITIES_BYTES

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain values for JSON."""
        return asdict(self)

    @classmethod
    def of_run(cls, run: str) -> Recording:
        """Return what was asked of an existing run.

        Raises:
            RunError: there is no such run, or it was not recorded by the engine.
        """
        asked = store.read_request(paths.run_folder(run))
        if "recipe" not in asked or "dataset" not in asked:
            raise RunError(f"{run} was not recorded from a data set here, so it can't be resumed.")
        return cls(**{**asked, "recipe": Recipe.from_dict(asked["recipe"])})


@dataclass(frozen=True)
class Retraining:
    """What is asked of one retraining: one method, rate, architecture and seed on one run's data.

    `method="full"` trains on all samples. `epochs`, `batch_size` and `learning_rate` of None take the run's epochs, a
    batch that fits the coreset, and the architecture's learning rate.
    """

    run: str
    method: str
    rate: float
    seed: int
    architecture: str
    options: dict[str, Any] = field(default_factory=dict)
    rule: str = "top"
    average: tuple[str, ...] = ()
    epochs: int | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    device: str = "auto"


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
    outcome = _figures(trained, val, test) | _circumstances(device.type, time.monotonic() - started, images)
    results.append(_config(_reference(asked), images, asked.recipe, trained_on=None), outcome)
    (folder / "checkpoint.pt").unlink(missing_ok=True)
    return asked.run


def estimate(
    dataset: str, side: int | None, architecture: str, epochs: int, batch_size: int, device: str = "auto"
) -> dict[str, float | str]:
    """Return how long a recording would take, from the fastest of three batches of noise of the data set's shape.

    Keys: `images_per_second`, `seconds_per_epoch`, `seconds` and `device`. Nothing is downloaded for a known name.

    Raises:
        EngineError: the data set, the architecture or a value is not possible.
    """
    from coreset_engine.training import loop

    Recipe(epochs=epochs, batch_size=batch_size)
    shape = library.shape_of(dataset, side)
    chosen = loop.choose_device(device)
    speed = loop.images_per_second(
        lambda: architectures.build(architecture, shape.channels, shape.classes, shape.side), shape, batch_size, chosen
    )
    per_epoch = (shape.train + shape.val / 3) / speed  # evaluating costs a third of training
    return {
        "images_per_second": speed,
        "seconds_per_epoch": per_epoch,
        "seconds": per_epoch * epochs,
        "device": chosen.type,
    }


def import_dynamics(file: Path, run: str) -> str:
    """Make a run of foreign dynamics and return its name.

    Raises:
        EngineError: the file can't be read, its arrays do not fit, or the run exists already.
    """
    dynamics = store.read_foreign(file)
    folder = paths.run_folder(run)
    if (folder / store.FILE_NAME).exists():
        raise RunError(f"The run {run!r} exists already. Choose another name.")
    info = store.RunInfo(
        epochs=dynamics.epochs,
        samples=dynamics.n_samples,
        classes=dynamics.classes,
        multi_label=dynamics.multi_label,
        probabilities="float32",
        class_names=[f"class {c}" for c in range(dynamics.classes)],
        versions=config.versions(),
        created=store.utc_now(),
        origin="imported",
    )
    store.write_request(folder, {"imported": str(file)})
    with closing(store.RunWriter(folder, info, dynamics.labels)) as writer:
        try:
            for epoch in range(1, dynamics.epochs + 1):
                writer.write_epoch(epoch, {name: values[epoch - 1] for name, values in dynamics.signals.items()}, {})
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)  # half an import can't be gone on with
            raise
    return run


def plan(
    run: str,
    methods: list[tuple[str, dict[str, Any]]],
    rates: list[float],
    seeds: list[int],
    names: list[str],
    **common: Any,
) -> list[Retraining]:
    """Return the retrainings of all methods × rates × architectures × seeds; `full` is trained once a seed."""
    asked = [
        Retraining(run, method, rate, seed, architecture, options, **common)
        for architecture in names
        for method, options in methods
        for rate in ([1.0] if method == "full" else rates)
        for seed in seeds
    ]
    for item in asked:
        if item.method != "full":
            selection.coreset_size(item.rate, 1)
            _resolved(item)
    return asked


def retrain(
    asked: list[Retraining],
    *,
    watch: Callable[[int, Progress], None] | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[dict[str, Any]]:
    """Select, train from fresh weights and evaluate; yield one result row each. Rows that exist are not trained again.

    Args:
        asked: retrainings of one run.
        watch: told the number in `asked` and the progress after every epoch.
        should_stop: asked after every epoch.

    Raises:
        EngineError: the request can't be carried out.
        Interrupted: `should_stop` said so; the same call goes on from a checkpoint.
    """
    from coreset_engine.training import loop

    run = asked[0].run
    file = store.RunFile(paths.run_folder(run))
    images = library.cached(file.info.dataset, file.info.dataset_sha256, verify=True)
    device = loop.choose_device(asked[0].device)
    train, val, test = (loop.put_on(device, images.images[s], images.labels[s]) for s in ("train", "val", "test"))
    coresets = [select_for(item) for item in asked]  # all of them first: what can't be selected is told before training
    recipes = [_retraining_recipe(item, file, len(kept)) for item, kept in zip(asked, coresets, strict=True)]
    for number, (item, coreset, recipe) in enumerate(zip(asked, coresets, recipes, strict=True)):
        row = _config(item, images, recipe, coreset)
        if not results.exists(row):
            checkpoint = _checkpoint(results.key_of(row))
            started = time.monotonic()
            index = loop.torch.from_numpy(coreset).to(device)
            trained = loop.Trainer(
                lambda name=item.architecture: architectures.build(name, images.channels, images.classes, images.side),
                recipe,
                item.seed,
                loop.Split(train.images[index], train.labels[index], train.truth[coreset]),
                val,
                checkpoint=checkpoint,
                on_epoch=(lambda progress, n=number: watch(n, progress)) if watch else None,
                should_stop=should_stop,
            ).run()
            seconds = time.monotonic() - started
            results.append(row, _figures(trained, val, test) | _circumstances(device.type, seconds, images))
            checkpoint.unlink(missing_ok=True)
        yield next(found for found in results.rows() if found["key"] == results.key_of(row))


def select_for(asked: Retraining) -> NDArray[np.int64]:
    """Return the coreset of a retraining; methods and rules with a `seed` use the retraining's unless one is given."""
    runs = [store.load_run(name) for name in (asked.run, *asked.average)]
    if asked.method == "full":
        return np.arange(runs[0].n_samples, dtype=np.int64)
    of_method, of_rule = _resolved(asked)
    return api.select(runs, method=asked.method, rate=asked.rate, rule=asked.rule, **(of_rule | of_method))


def _resolved(asked: Retraining) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return all options of method and rule as used; those that draw take the retraining's seed unless one is given."""
    if asked.method == "full":
        return {}, {}
    return api.resolve(asked.method, asked.rule, asked.rate, asked.options, asked.seed)


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
    config = _config(_reference(asked), images, asked.recipe, trained_on=None)
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


def _retraining_recipe(asked: Retraining, file: store.RunFile, samples: int) -> Recipe:
    """Return the recipe of a retraining on `samples` samples: the recording's, with what was asked for instead.

    The batch shrinks with a coreset, but not on all data, so that a `full` row is the recording's own; another network
    than the surrogate takes its own learning rate.
    """
    if file.info.origin != "recorded":
        raise ConfigError(f"{asked.run} has no images here, so nothing can be retrained. Export the coreset instead.")
    recipe = Recipe.from_dict(file.info.recipe)
    if asked.architecture != file.info.architecture:
        recipe = replace(recipe, learning_rate=architectures.get(asked.architecture).learning_rate)
    given = {name: getattr(asked, name) for name in ("epochs", "batch_size", "learning_rate")}
    recipe = replace(recipe, **{name: value for name, value in given.items() if value is not None})
    return recipe if asked.batch_size is not None or asked.method == "full" else recipe.for_samples(samples)


def _reference(asked: Recording) -> Retraining:
    """Return the retraining that a recording is equal to: all samples, its own recipe."""
    return Retraining(asked.run, "full", 1.0, asked.seed, asked.architecture)


def _config(
    asked: Retraining, images: ImageSet, recipe: Recipe, trained_on: NDArray[np.int64] | None
) -> dict[str, Any]:
    """Return what decides a result row. Reference rows name no run: they are shared by all runs on the same images."""
    samples = len(images.labels["train"]) if trained_on is None else len(trained_on)
    shared = asked.method in results.REFERENCES and asked.rule == "top"
    of_method, of_rule = _resolved(asked)
    return {
        "run": "" if shared else asked.run,
        "average": [] if shared else list(asked.average),
        "dynamics": [] if shared else [_state(name) for name in (asked.run, *asked.average)],
        "dataset": images.name,
        "dataset_sha256": images.sha256,
        "method": asked.method,
        "options": of_method,
        "rule": "" if asked.method == "full" else asked.rule,
        "rule_options": of_rule,
        "rate": asked.rate,
        "samples": samples,
        "architecture": asked.architecture,
        "recipe": recipe.to_dict(),
        "seed": asked.seed,
    }


def _state(run: str) -> str:
    """Return what tells a run's dynamics from others recorded under the same name, or from more epochs of them."""
    file = store.RunFile(paths.run_folder(run))
    return f"{file.info.created} {file.done()}/{file.info.epochs}"


def _figures(trained: Trained, val: Split, test: Split) -> dict[str, Any]:
    """Return a training's figures on val and test, with the last weights and with those of the best val epoch."""
    from coreset_engine.training import loop

    found: dict[str, Any] = {"best_epoch": trained.best_epoch, "curve": _curve(trained.history)}
    rules = (("last", "last", None), ("best", "best_val", trained.best_state))
    for of_val, of_test, state in rules:
        if state is not None:
            trained.model.load_state_dict(state)
        for split, name, data in (("val", of_val, val), ("test", of_test, test)):
            quality = loop.measure(trained.model, data)
            found |= {f"{split}_acc_{name}": quality.accuracy, f"{split}_auc_{name}": quality.auc}
            found |= {f"{split}_bal_acc_{name}": quality.balanced_accuracy, f"{split}_recall_{name}": quality.recall}
            if (split, of_val) == ("test", "last"):
                found["collapsed"] = quality.collapsed or not np.isfinite(quality.loss)
    return found


def _curve(history: list[dict[str, float]]) -> dict[str, list[float]]:
    """Return the per-epoch figures, rounded to what a chart can show."""
    return {name: [round(row[name], 5) for row in history] for name in ("train_loss", "val_loss", "val_accuracy")}


def _circumstances(device: str, seconds: float, images: ImageSet) -> dict[str, Any]:
    """Return under which circumstances a row came to be."""
    return {
        "device": device,
        "seconds": round(seconds, 2),
        "versions": config.versions(),
        "synthetic": images.synthetic,
    }


def _checkpoint(key: str) -> Path:
    """Return the checkpoint file of an unfinished retraining."""
    paths.retrainings_folder().mkdir(parents=True, exist_ok=True)
    return paths.retrainings_folder() / f"{key}.pt"
