"""Retraining: a network is trained from fresh weights on a coreset, and becomes a result row."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from coreset_engine import api, architectures, compute, paths, results, store
from coreset_engine.access import require_writable
from coreset_engine.config import Recipe
from coreset_engine.coreset import FULL, Coreset
from coreset_engine.datasets import ImageSet, library
from coreset_engine.errors import ConfigError, RunError
from coreset_engine.faults import unwritable
from coreset_engine.pipeline import rows
from coreset_engine.pipeline.requests import Retraining, RetrainingRequest
from coreset_engine.pipeline.surrogate import sources_of
from coreset_engine.sources import Sources
from coreset_engine.stopping import waits_for_epoch
from coreset_engine.training.progress import Progress

if TYPE_CHECKING:
    from coreset_engine.training.batches import Split
    from coreset_engine.training.losses import Weighting
    from coreset_engine.training.trainer import TrainingResult


def retrain(
    asked: RetrainingRequest | Sequence[Retraining],
    *,
    watch: Callable[[int, Progress], None] | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[dict[str, Any]]:
    """Select, train from fresh weights and evaluate; yield one result row each. Rows that exist are not trained again.

    Args:
        asked: a request, or retrainings of one run.
        watch: told the number of the retraining and the progress after every epoch.
        should_stop: asked after every epoch.

    Raises:
        EngineError: the request can't be carried out.
        Interrupted: `should_stop` said so; the same call goes on from a checkpoint.
    """
    from coreset_engine.training import batches, checkpoints, devices

    require_writable("retrain")
    items = asked.retrainings() if isinstance(asked, RetrainingRequest) else list(asked)
    if not items:
        raise ConfigError("Nothing is asked for: name a method or a reference, a rate and a seed.")
    run = items[0].spec.run
    file = store.RunFile(paths.run_folder(run))
    if file.info.origin != "recorded":
        raise ConfigError(f"{run} has no images here, so nothing can be retrained. Export the coreset instead.")
    images = library.cached(file.info.dataset, file.info.dataset_sha256, verify=True)
    for name in {item.architecture for item in items}:
        architectures.check_size(name, *images.size)
    device = devices.choose_device(items[0].device)
    train, val, test = (batches.put_on(device, images.images[s], images.labels[s]) for s in ("train", "val", "test"))
    # all of them first: what can't be selected is told before training
    with compute.on(device.type):
        parts = _parts(items)
    for number, (item, part) in enumerate(zip(items, parts, strict=True)):
        recipe = _retraining_recipe(item, file, len(part.coreset.rows))
        row = rows.config_of(item, images, recipe, part.coreset.rows, part.excluded)
        key = results.key_of(row)
        if not results.exists(row):
            told = (lambda progress, n=number: watch(n, progress)) if watch else None
            with _claimed(key, item), waits_for_epoch():
                if not results.exists(row):  # nor has another process made it meanwhile
                    subset = train.take(part.coreset.rows)
                    resumed = _checkpoint(key).is_file()
                    with rows.meter_of(device) as meter:
                        trained = _train(item, recipe, images, subset, part.weights, val, key, told, should_stop)
                    outcome = rows.figures(trained, val, test)
                    outcome |= rows.circumstances(device.type, trained, images, meter, resumed)
                    outcome |= {"excluded_set": part.excluded_set} if len(part.excluded) else {}
                    results.append(row, outcome)
                    checkpoints.remove(_checkpoint(key))
        yield results.get(key)


def _train(
    item: Retraining,
    recipe: Recipe,
    images: ImageSet,
    train: Split,
    weights: NDArray[np.float64] | None,
    val: Split,
    key: str,
    watch: Callable[[Progress], None] | None,
    should_stop: Callable[[], bool],
) -> TrainingResult:
    """Return the network of one retraining, trained from fresh weights or from its checkpoint."""
    import torch

    from coreset_engine.training.trainer import Trainer

    return Trainer(
        lambda: architectures.build(item.architecture, images.channels, images.classes, min(images.size)),
        recipe,
        item.seed,
        train,
        val,
        weights=None if weights is None else torch.from_numpy(weights),
        weighting=cast("Weighting", item.weighting),  # checked when it was asked
        checkpoint=_checkpoint(key),
        on_epoch=watch,
        should_stop=should_stop,
    ).run()


@contextmanager
def _claimed(key: str, item: Retraining) -> Iterator[None]:
    """Keep other processes from training the same row, by a lock on one byte of a file that all share.

    The kernel frees it when the process ends, however that comes, and no file is left behind for each row.

    Raises:
        RunError: another process is training this row, or the cache can't be written to.
    """
    lock = paths.cache_root() / "retrainings.lock"
    try:
        file = open(lock, "ab")  # noqa: SIM115 - closed below; a lock that is held is another error than none
    except OSError as error:
        raise RunError(unwritable(lock, error)) from None
    with file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, int(key[:15], 16))
        except (BlockingIOError, PermissionError):  # which of them depends on the system
            raise RunError(
                f"{item.spec.method} at α={item.spec.rate:g}, seed {item.seed} is being trained by another process. Wait "
                "for it, or cancel it with `jobs cancel`; then start this again."
            ) from None
        yield


@dataclass(frozen=True)
class _Part:
    """What one retraining is trained on: coreset, training weights where asked for, and what is never kept."""

    coreset: Coreset
    weights: NDArray[np.float64] | None
    excluded_set: str
    excluded: NDArray[np.int64]


def _parts(items: Sequence[Retraining]) -> list[_Part]:
    """Return what every retraining is trained on; runs are opened and exclusions read once."""
    runs = {(item.spec.run, item.spec.average, item.spec.snapshot) for item in items}
    sources = {which: sources_of(*which) for which in runs}
    excluded = {item.spec.exclusion: api.excluded_by(item.spec) for item in items}
    return [
        _part(item, sources[item.spec.run, item.spec.average, item.spec.snapshot], excluded[item.spec.exclusion])
        for item in items
    ]


def _part(item: Retraining, sources: Sources, excluded: tuple[str, NDArray[np.int64]]) -> _Part:
    """Return what one retraining is trained on."""
    coreset = api.coreset_of(item.spec.with_seed(item.seed), sources, excluded[1])
    weights = None
    if item.weighting != "none" and item.spec.method != FULL:
        weights = api.training_weights(coreset, item.spec.method)
    return _Part(coreset, weights, *excluded)


def select_for(retraining: Retraining, sources: Sources | None = None) -> NDArray[np.int64]:
    """Return the coreset of a retraining; methods and rules with a `seed` use the retraining's unless one is given.

    Args:
        retraining: which coreset and which seed.
        sources: of its runs, where they are at hand: they keep what they have read and computed.

    Raises:
        EngineError: as `api.coreset_of` says.
    """
    spec = retraining.spec
    opened = sources or sources_of(spec.run, spec.average, spec.snapshot)
    return api.coreset_of(spec.with_seed(retraining.seed), opened).rows


def _retraining_recipe(item: Retraining, file: store.RunFile, samples: int) -> Recipe:
    """Return the recipe of a retraining on `samples` samples: the recording's, with what was asked for instead.

    The batch shrinks with a coreset, but not on all data, so that a `full` row is the recording's own; another network
    than the surrogate takes its own learning rate.
    """
    recipe = Recipe.from_dict(file.info.recipe)
    if item.architecture != file.info.architecture:
        recipe = replace(recipe, learning_rate=architectures.get(item.architecture).learning_rate)
    given = {name: getattr(item, name) for name in ("epochs", "batch_size", "learning_rate", "warmup", "augment")}
    recipe = replace(recipe, **{name: value for name, value in given.items() if value is not None})
    return recipe if item.batch_size is not None or item.spec.method == "full" else recipe.for_samples(samples)


def _checkpoint(key: str) -> Path:
    """Return the checkpoint file of an unfinished retraining."""
    return paths.retrainings_folder() / f"{key}.pt"
