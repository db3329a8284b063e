"""Retraining: a network is trained from fresh weights on a coreset, and becomes a result row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine import api, architectures, compute, paths, results, store, training_modes
from coreset_engine.access import require_writable
from coreset_engine.config import ASKED, Recipe
from coreset_engine.coreset import FULL
from coreset_engine.datasets import ImageSet, library
from coreset_engine.errors import BusyError, ConfigError
from coreset_engine.names import counted
from coreset_engine.pipeline import rows, sample_weights
from coreset_engine.pipeline.cell import Cell, Part, channels_of_run, check_recipe, notes_of, outcome, splits_on
from coreset_engine.pipeline.claims import Claims
from coreset_engine.pipeline.requests import Retraining, RetrainingRequest
from coreset_engine.pipeline.surrogate import sources_of
from coreset_engine.selection import coreset_size
from coreset_engine.sources import Sources
from coreset_engine.stopping import waits_for_epoch
from coreset_engine.training.progress import Progress

if TYPE_CHECKING:
    import torch

    from coreset_engine.training.batches import Split


def retrain(
    asked: RetrainingRequest | Sequence[Retraining],
    *,
    watch: Callable[[int, Progress], None] | None = None,
    tell: Callable[[str], None] = lambda note: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[dict[str, Any]]:
    """Select, train from fresh weights and evaluate; yield one result row each. Rows that exist are not trained again.

    Args:
        asked: a request, or retrainings of one run.
        watch: told the number of the retraining and the progress after every epoch.
        tell: told the notes of the coresets, once each, before training.
        should_stop: asked after every epoch.

    Raises:
        EngineError: the request can't be carried out.
        Interrupted: `should_stop` said so; the same call goes on from a checkpoint.
    """
    require_writable("retrain")
    items = asked.retrainings() if isinstance(asked, RetrainingRequest) else list(asked)
    if not items:
        raise ConfigError("Nothing is asked for: name a method or a reference, a rate and a seed.")
    bench = Bench(items[0].spec.run, items[0].device)
    planned = bench.plan(items)  # all of them first: what can't be selected is told before training
    for note in notes_of(planned):
        tell(note)
    for number, cell in enumerate(planned):
        told = (lambda progress, n=number: watch(n, progress)) if watch else None
        yield bench.train(cell, watch=told, should_stop=should_stop)


class Bench:
    """What retrainings on one run share: its file, images, and the sources of its coresets, each read once."""

    def __init__(
        self,
        run: str,
        device: str = "auto",
        *,
        images: ImageSet | None = None,
        sources: Mapping[Any, Sources] = MappingProxyType({}),
    ) -> None:
        """Open a run whose images are in the cache.

        Args:
            run: its name.
            device: that trains.
            images: of the run, where they are read already; else their bytes are hashed again before they are trusted.
            sources: that are open already, by run, further runs and epoch of the snapshot, as `sources_of` takes them.

        Raises:
            EngineError: the run or its images are missing or damaged, or the device is not here.
        """
        self._file = store.RunFile(paths.run_folder(run))
        facts = self._file.info
        if facts.origin != "recorded":
            raise ConfigError(
                f"{run} was not trained by `record`, so its recipe is not known. Export the coreset, or record the images."
            )
        self.images = images or library.cached(facts.dataset, facts.dataset_sha256, verify=True)
        self._asked = device
        self._sources: dict[Any, Sources] = dict(sources)
        self._parts: dict[Any, Part] = {}
        self._outside: dict[str, NDArray[np.float64]] = {}

    @cached_property
    def device(self) -> torch.device:
        """Return the device that trains."""
        from coreset_engine.training import devices

        return devices.choose_device(self._asked)

    @cached_property
    def splits(self) -> dict[str, Split]:
        """Return train, val and test on the device."""
        return splits_on(self.device, self.images)

    def plan(self, items: Sequence[Retraining], *, on: str = "") -> list[Cell]:
        """Return what retrainings are, with their coresets and the keys of their rows; nothing is trained.

        Args:
            items: retrainings of the run.
            on: device that selects; "" for the one that trains, "numpy" where torch is not to be loaded.

        Raises:
            EngineError: a coreset can't be selected, or an augmentation is asked for that has no effect.
        """
        for name in {item.architecture for item in items}:
            architectures.check_size(name, *self.images.size)
        for item in items:
            _check_augmentation(item, Recipe.from_dict(self._file.info.recipe))
        excluded = {name: api.excluded_by(spec) for name, spec in {i.spec.exclusion: i.spec for i in items}.items()}
        with compute.on(on or self.device.type):
            state = cache(rows.state_of)  # one reading of each run's file for all items
            return [self._cell(item, excluded[item.spec.exclusion], state) for item in items]

    def _cell(self, item: Retraining, excluded: tuple[str, NDArray[np.int64]], state: Callable[[str], str]) -> Cell:
        """Return one retraining; coresets that several share are selected once."""
        which = (item.spec.run, item.spec.average, item.spec.snapshot)
        if which not in self._sources:
            self._sources[which] = sources_of(*which)
        same = (item.spec.with_seed(item.seed), item.weighting, item.weights)
        if same not in self._parts:
            part = _part(item, self._sources[which], excluded)
            outside = self._of_rows(item.weights, part.rows) if item.weights else part.weights
            self._parts[same] = replace(part, weights=outside)
        part = self._parts[same]
        taken = coreset_size(training_modes.parse(item.mode).rate, len(part.rows))
        recipe = _retraining_recipe(item, self._file, taken)
        check_recipe(self.images, recipe)
        summed = sample_weights.digest(self._weights(item.weights)) if item.weights else ""
        config = rows.config_of(item, self.images, recipe, part.rows, part.excluded, summed, state)
        return Cell(item, recipe, config, results.key_of(config), part, channels_of_run(self._file.info))

    def _of_rows(self, file: str, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the weights of a coreset's samples in a file.

        Raises:
            ConfigError: the file can't be read as weights, or all of these are 0.
        """
        found = self._weights(file)[rows]
        if not found.any():
            raise ConfigError(
                f"{file} gives the {counted(len(rows), '{sample|samples}')} of a coreset the weight 0, so nothing would be "
                "trained on. Give weights for the samples that are kept."
            )
        return found

    def _weights(self, file: str) -> NDArray[np.float64]:
        """Return the weights of all train samples in a file, read once."""
        if file not in self._outside:
            self._outside[file] = sample_weights.read(Path(file), len(self.images.labels["train"]))
        return self._outside[file]

    def train(
        self,
        cell: Cell,
        *,
        watch: Callable[[Progress], None] | None = None,
        should_stop: Callable[[], bool] = lambda: False,
        note: Mapping[str, Any] = MappingProxyType({}),
    ) -> dict[str, Any]:
        """Return the row of a retraining, trained unless it exists.

        Args:
            cell: as `plan` gives it.
            watch: told the progress after every epoch.
            should_stop: asked after every epoch.
            note: further facts of a new row, e.g. which search asked for it.

        Raises:
            BusyError: another process is training it.
            Interrupted: `should_stop` said so; the same call goes on from a checkpoint.
        """
        if not results.exists(cell.config):
            from coreset_engine.training import checkpoints

            with _claimed(cell.key, cell.item), waits_for_epoch():
                if not results.exists(cell.config):  # nor has another process made it meanwhile
                    found = self.outcome(cell, watch, should_stop)
                    results.append(cell.config, found | dict(note))
                    checkpoints.remove(_checkpoint(cell.key))
        return results.get(cell.key)

    def outcome(
        self,
        cell: Cell,
        watch: Callable[[Progress], None] | None,
        should_stop: Callable[[], bool],
    ) -> dict[str, Any]:
        """Return the figures of a retraining and the circumstances of its training."""
        given: dict[str, Any] = {"watch": watch, "should_stop": should_stop, "checkpoint": _checkpoint(cell.key)}
        return outcome(cell, self.images, self.splits, **given)


@contextmanager
def _claimed(key: str, item: Retraining) -> Iterator[None]:
    """Keep other processes from training the same row.

    Raises:
        BusyError: another process is training this row.
        RunError: the cache can't be written to.
    """
    with Claims() as claims:
        if not claims.take(key):
            raise BusyError(
                f"{item.spec.method} at α={item.spec.rate:g}, seed {item.seed} is being trained by another process. Wait "
                "for it, or cancel it with `jobs cancel`; then start this again."
            )
        yield


def _part(item: Retraining, sources: Sources, excluded: tuple[str, NDArray[np.int64]]) -> Part:
    """Return what one retraining is trained on."""
    coreset = api.coreset_of(item.spec.with_seed(item.seed), sources, excluded[1])
    weights = None
    if item.weighting != "none" and item.spec.method != FULL and not item.weights:
        weights = api.training_weights(coreset, item.spec.method)
    return Part(coreset.rows, weights, *excluded, coreset.notes)


def _check_augmentation(item: Retraining, recorded: Recipe) -> None:
    """Refuse an augmentation without effect, which would make a row of its own of the same training.

    Beside `augment=False` that of the run and the usual one stay possible: a row made so is asked for again by both.

    Raises:
        ConfigError: one is asked for, and images are not augmented.
    """
    if item.augmentation is None or item.augment or (item.augment is None and recorded.augment):
        return
    if item.augment is None:
        raise ConfigError(
            f"--augmentation {item.augmentation} needs --augment: the run {item.spec.run} was recorded without."
        )
    if item.augmentation not in (recorded.augmentation, Recipe.augmentation):
        raise ConfigError(f"--augmentation {item.augmentation} has no effect with --no-augment. Leave out one of them.")


def _retraining_recipe(item: Retraining, file: store.RunFile, samples: int) -> Recipe:
    """Return the recipe of a retraining with `samples` samples per epoch: the recording's, with what was asked for instead.

    The batch shrinks with a coreset or a training mode's subsets, but not on all data, so that a `full` row is the
    recording's own; another network than the surrogate takes its own learning rate.

    Raises:
        ConfigError: the last batch is to be dropped, and no other is left.
    """
    recipe = Recipe.from_dict(file.info.recipe)
    if item.architecture != file.info.architecture:
        recipe = replace(recipe, learning_rate=architectures.get(item.architecture).learning_rate)
    given = {name: getattr(item, name) for name in ASKED}
    recipe = replace(recipe, **{name: value for name, value in given.items() if value is not None})
    whole = item.spec.method == FULL and training_modes.parse(item.mode).rate == 1
    fitting = recipe if item.batch_size is not None or whole else recipe.for_samples(samples)
    if fitting.drop_last and samples < fitting.batch_size:
        raise ConfigError(
            f"Of {samples} samples no batch of {fitting.batch_size} is full, so --drop-last would train on none. Give a "
            "smaller --batch-size, or leave it out."
        )
    return fitting


def _checkpoint(key: str) -> Path:
    """Return the checkpoint file of an unfinished retraining."""
    return paths.retrainings_folder() / f"{key}.pt"
