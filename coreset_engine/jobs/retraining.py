"""Retraining: a network is trained from fresh weights on a coreset, and becomes a result row."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from coreset_engine import api, architectures, compute, paths, results, selection, store
from coreset_engine.config import Recipe
from coreset_engine.datasets import ImageSet, library
from coreset_engine.errors import ConfigError, RunError
from coreset_engine.jobs import rows
from coreset_engine.jobs.reading import sources_of
from coreset_engine.jobs.requests import Retraining
from coreset_engine.sources import Sources
from coreset_engine.training.progress import Progress

if TYPE_CHECKING:
    from coreset_engine.training.batches import Split
    from coreset_engine.training.loop import Trained
    from coreset_engine.training.losses import Weighting


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
            rows.resolved(item)
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
    from coreset_engine.training import batches, checkpoints, loop

    file = store.RunFile(paths.run_folder(asked[0].run))
    if file.info.origin != "recorded":
        raise ConfigError(
            f"{asked[0].run} has no images here, so nothing can be retrained. Export the coreset instead."
        )
    images = library.cached(file.info.dataset, file.info.dataset_sha256, verify=True)
    device = loop.choose_device(asked[0].device)
    train, val, test = (batches.put_on(device, images.images[s], images.labels[s]) for s in ("train", "val", "test"))
    sources = {runs: sources_of(*runs) for runs in {(item.run, item.average, item.snapshot) for item in asked}}
    # all of them first: what can't be selected is told before training
    with compute.on(device.type):
        parts = [_part(item, sources[item.run, item.average, item.snapshot]) for item in asked]
    for number, (item, (coreset, weights)) in enumerate(zip(asked, parts, strict=True)):
        recipe = _retraining_recipe(item, file, len(coreset))
        row = rows.config_of(item, images, recipe, coreset)
        key = results.key_of(row)
        if not results.exists(row):
            told = (lambda progress, n=number: watch(n, progress)) if watch else None
            with _claimed(key, item):
                if not results.exists(row):  # nor has another process made it meanwhile
                    part = batches.Split(train.images[coreset], train.labels[coreset], train.truth[coreset])
                    resumed = _checkpoint(key).is_file()
                    with rows.meter_of(device) as meter:
                        trained = _train(item, recipe, images, part, weights, val, key, told, should_stop)
                    outcome = rows.figures(trained, val, test)
                    outcome |= rows.circumstances(device.type, trained, images, meter, resumed)
                    results.append(row, outcome | ({"excluded_set": item.exclude_name} if item.exclude else {}))
                    checkpoints.remove(_checkpoint(key))
        yield next(found for found in results.rows() if found["key"] == key)


def _train(
    asked: Retraining,
    recipe: Recipe,
    images: ImageSet,
    train: Split,
    weights: NDArray[np.float64] | None,
    val: Split,
    key: str,
    watch: Callable[[Progress], None] | None,
    should_stop: Callable[[], bool],
) -> Trained:
    """Return the network of one retraining, trained from fresh weights or from its checkpoint."""
    import torch

    from coreset_engine.training import loop

    return loop.Trainer(
        lambda: architectures.build(asked.architecture, images.channels, images.classes, images.side),
        recipe,
        asked.seed,
        train,
        val,
        weights=None if weights is None else torch.from_numpy(weights),
        weighting=cast("Weighting", asked.weighting),  # checked when it was asked
        checkpoint=_checkpoint(key),
        on_epoch=watch,
        should_stop=should_stop,
    ).run()


@contextmanager
def _claimed(key: str, asked: Retraining) -> Iterator[None]:
    """Keep other processes from training the same row, by a lock on one byte of a file that all share.

    The kernel frees it when the process ends, however that comes, and no file is left behind for each row.

    Raises:
        RunError: another process is training this row.
    """
    with open(paths.cache_root() / "retrainings.lock", "ab") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, int(key[:15], 16))
        except (BlockingIOError, PermissionError):  # which of them depends on the system
            raise RunError(
                f"{asked.method} at α={asked.rate:g}, seed {asked.seed} is being trained by another process. Wait for it, "
                "or cancel it with `jobs cancel`; then start this again."
            ) from None
        yield


def select_for(asked: Retraining, sources: Sources | None = None) -> NDArray[np.int64]:
    """Return the coreset of a retraining; methods and rules with a `seed` use the retraining's unless one is given.

    Args:
        asked: method, rate, rule and the runs to read.
        sources: of those runs, where they are at hand: they keep what they have read and computed.

    Raises:
        EngineError: as `api.choose` says, or a run can't be read.
    """
    return _part(asked, sources or sources_of(asked.run, asked.average, asked.snapshot))[0]


def _part(asked: Retraining, sources: Sources) -> tuple[NDArray[np.int64], NDArray[np.float64] | None]:
    """Return the rows of a retraining's coreset and their training weights, None where none are asked for."""
    if asked.method == "full":
        rows_of_all = np.arange(store.RunFile(paths.run_folder(asked.run)).info.samples, dtype=np.int64)
        return np.setdiff1d(rows_of_all, asked.exclude, assume_unique=True), None
    of_method, of_rule = rows.resolved(asked)
    choice = api.choose(
        sources, asked.method, rate=asked.rate, rule=asked.rule, exclude=asked.exclude, **(of_rule | of_method)
    )
    return choice.rows, None if asked.weighting == "none" else api.training_weights(choice, asked.method)


def _retraining_recipe(asked: Retraining, file: store.RunFile, samples: int) -> Recipe:
    """Return the recipe of a retraining on `samples` samples: the recording's, with what was asked for instead.

    The batch shrinks with a coreset, but not on all data, so that a `full` row is the recording's own; another network
    than the surrogate takes its own learning rate.
    """
    recipe = Recipe.from_dict(file.info.recipe)
    if asked.architecture != file.info.architecture:
        recipe = replace(recipe, learning_rate=architectures.get(asked.architecture).learning_rate)
    given = {name: getattr(asked, name) for name in ("epochs", "batch_size", "learning_rate", "warmup", "augment")}
    recipe = replace(recipe, **{name: value for name, value in given.items() if value is not None})
    return recipe if asked.batch_size is not None or asked.method == "full" else recipe.for_samples(samples)


def _checkpoint(key: str) -> Path:
    """Return the checkpoint file of an unfinished retraining."""
    paths.retrainings_folder().mkdir(parents=True, exist_ok=True)
    return paths.retrainings_folder() / f"{key}.pt"
