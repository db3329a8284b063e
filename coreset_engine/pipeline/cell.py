"""One retraining, ready to be trained wherever its images are: no cache, no run, no database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from coreset_engine import architectures, budgets, training_modes
from coreset_engine.config import Recipe
from coreset_engine.coreset import FULL, CoresetSpec
from coreset_engine.datasets import SPLITS, ImageSet, channels
from coreset_engine.datasets.channels import Channels
from coreset_engine.errors import ConfigError
from coreset_engine.pipeline import rows
from coreset_engine.pipeline.ordinal import check_loss
from coreset_engine.pipeline.requests import Retraining
from coreset_engine.store import RunInfo
from coreset_engine.training.progress import Progress
from coreset_engine.training_modes import PLAIN

if TYPE_CHECKING:
    import torch

    from coreset_engine.training.batches import Split
    from coreset_engine.training.losses import Weighting
    from coreset_engine.training.trainer import Trainer


@dataclass(frozen=True)
class Part:
    """What one retraining is trained on.

    Attributes:
        rows: of its coreset.
        weights: of these in training, where asked for.
        excluded_set: name of the set that is never kept.
        excluded: its rows.
        notes: one sentence for each group in which the hard cut-off had to be given up.
    """

    rows: NDArray[np.int64]
    weights: NDArray[np.float64] | None
    excluded_set: str
    excluded: NDArray[np.int64]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cell:
    """One retraining with all that decides its row.

    Attributes:
        item: what was asked.
        recipe: as it is trained.
        config: of the row, see `rows.config_of`.
        key: of the row.
        part: what it is trained on.
        channels: mean and deviation of the images' channels that the run was recorded with; None to count those of the
            train split where the recipe asks for them.
    """

    item: Retraining
    recipe: Recipe
    config: dict[str, Any]
    key: str
    part: Part
    channels: Channels | None = None


def notes_of(cells: Sequence[Cell]) -> list[str]:
    """Return where hard cut-offs had to be given up, once each; where coresets differ, with those that are meant.

    They are named by method, rate and budgets: seeds and windows decide nothing of it. Of more than a few sentences one per
    rate and budgets is left, and of more than a few rates the first ones.
    """
    specs = [cell.item.spec for cell in cells if cell.item.spec.method != FULL]
    budgeted = len({_budgets(spec) for spec in specs}) > 1
    several = budgeted or len({(spec.method, spec.rate) for spec in specs}) > 1
    found: dict[str, dict[str, dict[str, None]]] = {}  # of what -> note -> the methods
    for spec, note in ((cell.item.spec, note) for cell in cells for note in cell.part.notes):
        of_what = f"α = {100 * spec.rate:g} %" + (f", {_budgets(spec)}" if budgeted else "")
        found.setdefault(of_what, {}).setdefault(note, {})[spec.method] = None
    if not several:
        return [note for notes in found.values() for note in notes]
    if sum(map(len, found.values())) <= budgets.MOST_NOTES:
        return [
            f"{', '.join(names)} at {of_what}: {note}"
            for of_what, notes in found.items()
            for note, names in notes.items()
        ]
    lines = [_first_of(of_what, notes) for of_what, notes in found.items()]
    more = len(lines) - budgets.MOST_NOTES
    return (
        lines if more <= 0 else [*lines[:-more], f"So it is at {more:,} more rates and budgets: nothing is cut there."]
    )


def _first_of(of_what: str, notes: Mapping[str, Mapping[str, None]]) -> str:
    """Return the first of some notes on coresets of one rate and budgets, and that there are others."""
    methods = dict.fromkeys(name for names in notes.values() for name in names)
    return f"{', '.join(methods)} at {of_what}: {next(iter(notes))}" + " The same is so of others." * (len(notes) > 1)


def _budgets(spec: CoresetSpec) -> str:
    """Return budgets and cut-off of a coreset in words."""
    return ", ".join(budgets.words(**budgets.given(vars(spec))))


def splits_on(device: torch.device, images: ImageSet) -> dict[str, Split]:
    """Return train, val and test of a data set on a device.

    Raises:
        ConfigError: the GPU has no room for the images.
    """
    from coreset_engine.training import batches

    return {name: batches.put_on(device, images.images[name], images.labels[name]) for name in SPLITS}


def check_recipe(images: ImageSet, recipe: Recipe) -> None:
    """Refuse a loss that the classes have no order for, and a view that volumes have not.

    Raises:
        ConfigError: it is one.
    """
    check_loss(images, recipe.loss)
    if recipe.view == "centre" and len(images.size) != 2:
        raise ConfigError(f"{images.name} has volumes, which are shown whole. Leave out --view centre.")


def channels_for(recipe: Recipe, images: ImageSet) -> Channels | None:
    """Return the mean and deviation of channels that a recipe brings images to 0 and 1 by; None where it leaves them."""
    return channels.of_train(images) if recipe.normalisation == "channels" else None


def channels_of_run(info: RunInfo) -> Channels | None:
    """Return the mean and deviation of channels that a run was recorded with; None where it left them."""
    return Channels(tuple(info.channel_mean), tuple(info.channel_deviation)) if info.channel_mean else None


def facts_of_channels(recipe: Recipe, images: ImageSet) -> dict[str, Any]:
    """Return what a run's file says of the channels that its recipe normalises."""
    found = channels_for(recipe, images) or Channels((), ())
    return {"channel_mean": list(found.mean), "channel_deviation": list(found.deviation)}


def splits_for(recipe: Recipe, images: ImageSet, device: torch.device, names: Sequence[str]) -> list[Split]:
    """Return some splits of a data set on a device, as networks of a recipe see them.

    Raises:
        ConfigError: the GPU has no room for the images, or they can't be seen so.
    """
    from coreset_engine.training import batches

    seen = channels_for(recipe, images)
    return [batches.put_on(device, images.images[s], images.labels[s]).seen_by(recipe, seen) for s in names]


def outcome(
    cell: Cell,
    images: ImageSet,
    splits: Mapping[str, Split],
    *,
    checkpoint: Path | None = None,
    watch: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Return the figures of a retraining and the circumstances of its training.

    A `test_acc_best` that was asked for is left out where the training was resumed: test was not looked at in all epochs.

    Args:
        cell: as `Bench.plan` gives it.
        images: of its run.
        splits: of them, on the device that trains.
        checkpoint: file from which it goes on; None to keep none.
        watch: told the progress after every epoch.
        should_stop: asked after every epoch.

    Raises:
        Interrupted: `should_stop` said so.
    """
    import torch

    from coreset_engine.training import prediction

    item, part = cell.item, cell.part
    numbers = cell.channels or channels_for(cell.recipe, images)
    splits = {name: split.seen_by(cell.recipe, numbers) for name, split in splits.items()}
    train, device = splits["train"].take(part.rows), splits["train"].images.device
    tested: list[float] = []

    def look(epoch: int, model: torch.nn.Module) -> None:
        """Note the test accuracy after an epoch."""
        tested.append(prediction.measure(model, splits["test"]).accuracy)

    resumed = checkpoint is not None and checkpoint.is_file()
    with rows.meter_of(device) as meter:
        trained = _trainer(item.mode)(
            lambda: architectures.build(item.architecture, images.channels, images.classes, *images.size),
            cell.recipe,
            item.seed,
            train,
            splits["val"],
            weights=None if part.weights is None else torch.from_numpy(part.weights),
            weighting=cast("Weighting", item.weighting),  # checked when it was asked
            checkpoint=checkpoint,
            on_weights=look if item.test_every_epoch else None,
            on_epoch=watch,
            should_stop=should_stop,
            ordinal=images.ordinal,
            all_samples=len(splits["train"]),
        ).run()
    found = rows.figures(trained, splits["val"], splits["test"])
    found |= rows.circumstances(device.type, trained, images, meter, resumed)
    found |= {} if item.mode == PLAIN else rows.used(trained, len(train), cell.recipe)
    found |= {"test_acc_best": max(tested)} if len(tested) == cell.recipe.epochs else {}
    return found | ({"excluded_set": part.excluded_set} if len(part.excluded) else {})


def _trainer(mode: str) -> Callable[..., Trainer]:
    """Return what makes the trainer of a training mode."""
    from coreset_engine.training.sampled import SampledTrainer
    from coreset_engine.training.trainer import Trainer

    return Trainer if mode == PLAIN else partial(SampledTrainer, training_modes.parse(mode))
