"""Retraining: a network is trained from fresh weights on a coreset, and becomes a result row."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine import api, architectures, paths, results, selection, store
from coreset_engine.config import Recipe
from coreset_engine.datasets import library
from coreset_engine.errors import ConfigError
from coreset_engine.jobs import rows
from coreset_engine.jobs.requests import Retraining
from coreset_engine.training.progress import Progress


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
    from coreset_engine.training import loop

    run = asked[0].run
    file = store.RunFile(paths.run_folder(run))
    images = library.cached(file.info.dataset, file.info.dataset_sha256, verify=True)
    device = loop.choose_device(asked[0].device)
    train, val, test = (loop.put_on(device, images.images[s], images.labels[s]) for s in ("train", "val", "test"))
    coresets = [select_for(item) for item in asked]  # all of them first: what can't be selected is told before training
    recipes = [_retraining_recipe(item, file, len(kept)) for item, kept in zip(asked, coresets, strict=True)]
    for number, (item, coreset, recipe) in enumerate(zip(asked, coresets, recipes, strict=True)):
        row = rows.config_of(item, images, recipe, coreset)
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
            results.append(row, rows.figures(trained, val, test) | rows.circumstances(device.type, seconds, images))
            checkpoint.unlink(missing_ok=True)
        yield next(found for found in results.rows() if found["key"] == results.key_of(row))


def select_for(asked: Retraining) -> NDArray[np.int64]:
    """Return the coreset of a retraining; methods and rules with a `seed` use the retraining's unless one is given."""
    runs = [store.load_run(name) for name in (asked.run, *asked.average)]
    if asked.method == "full":
        return np.arange(runs[0].n_samples, dtype=np.int64)
    of_method, of_rule = rows.resolved(asked)
    return api.select(runs, method=asked.method, rate=asked.rate, rule=asked.rule, **(of_rule | of_method))


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


def _checkpoint(key: str) -> Path:
    """Return the checkpoint file of an unfinished retraining."""
    paths.retrainings_folder().mkdir(parents=True, exist_ok=True)
    return paths.retrainings_folder() / f"{key}.pt"
