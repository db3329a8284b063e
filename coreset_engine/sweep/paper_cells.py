"""How a published cell is run here: which run its coresets come from, and the requests with the paper's settings."""

import itertools
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from coreset_engine import methods, paths, results, store
from coreset_engine.config import USUAL, Recipe, images_per_epoch
from coreset_engine.datasets.corruptions import Corruption
from coreset_engine.papers import tables
from coreset_engine.papers.recipes import is_augmented, of_recipe, of_selecting
from coreset_engine.papers.tables import Cell, Table
from coreset_engine.pipeline.requests import RecordingRequest, RetrainingRequest
from coreset_engine.results.published import EIGHT, FIVE, GRAPH, options_of
from coreset_engine.results.published_recipe import LEARNING_RATE
from coreset_engine.results.reproduction import obstacle, recorded_epochs
from coreset_engine.selection import coreset_size

RECORDING_BATCH = {"EVA": 256, "TDDS": 128, "DeepCore": 128, GRAPH: 256, FIVE: 256, EIGHT: 256}
INJECTED = {"labels20%": Corruption(label_noise=0.2), "mixed20%": Corruption(image="mixed", image_share=0.2)}
SEEDS = 3  # where a paper does not say how many, or ran one


def recording_of(cell: Cell, table: Table, facts: Iterable[store.RunInfo], names: Iterable[str]) -> str | None:
    """Return the run that a cell's coresets can come from, None where there is none.

    It has the cell's images and network, epochs and recipe, dynamics of the training pass and, for TDDS, its
    probabilities in float32.

    Args:
        cell: the published one.
        table: where it stands.
        facts: of the runs.
        names: of the runs, in the same order.
    """
    wanted = (cell.dataset, cell.surrogate, recorded_epochs(cell, table))
    recipe = _recorded_as(cell, table).to_dict()
    decide = {name: (USUAL | recipe)[name] for name in ("batch_size", "learning_rate", "warmup", "augment", *USUAL)}
    exact = tables.mapped(cell).name == "tdds"
    for name, one in zip(names, facts, strict=True):
        same = (one.dataset, one.architecture, one.epochs) == wanted and decide.items() <= (USUAL | one.recipe).items()
        if same and one.mode == "train" and (not exact or one.probabilities == "float32"):
            return name
    return None


def _augmented(cell: Cell, *, selecting: bool) -> bool:
    """Return whether a cell's network is trained on images that are augmented; DeepCore's selecting ones are not."""
    return is_augmented(cell) and not (selecting and cell.paper == "DeepCore")


def problem(cell: Cell, table: Table) -> str:
    """Return why a cell can't be run here as published, "" where it can."""
    against = obstacle(cell, table)
    return against.sentence if against else ""


def requests_for(
    cell: Cell, table: Table, run: str | None, taken: Iterable[str] = (), combine: str = "sum"
) -> list[RecordingRequest | RetrainingRequest]:
    """Return what runs a cell: a recording where `run` is None, and the retrainings.

    Args:
        cell: the published one; `problem` says nothing against it.
        table: where it stands.
        run: to select from, or None to record one.
        taken: names of runs that exist.
        combine: EVA's form.
    """
    if run is not None:
        return [_retraining(cell, table, run, combine)]
    name = _free_name(cell, table, set(taken))
    return [_recording(cell, table, name), _retraining(cell, table, name, combine)]


def _free_name(cell: Cell, table: Table, taken: set[str]) -> str:
    """Return a name for the recording that no run has."""
    base = paths.run_slug(f"{cell.dataset.replace('%', '')}-{cell.surrogate}-{recorded_epochs(cell, table)}")
    names = itertools.chain([base], (f"{base}-{number}" for number in itertools.count(2)))
    return next(name for name in names if name not in taken)


def _recording(cell: Cell, table: Table, run: str) -> RecordingRequest:
    """Return the request that records a cell's surrogate as the paper did."""
    name, _, injected = cell.dataset.partition("+")
    recipe = _recorded_as(cell, table)
    exact = tables.mapped(cell).name == "tdds"
    kept = "float32" if exact else "auto"
    return RecordingRequest(
        run, name, cell.surrogate, recipe, probabilities=kept, corruption=INJECTED.get(injected, Corruption())
    )


def _recorded_as(cell: Cell, table: Table) -> Recipe:
    """Return the recipe of a cell's recording."""
    return Recipe(
        epochs=recorded_epochs(cell, table),
        batch_size=RECORDING_BATCH[cell.paper],
        learning_rate=LEARNING_RATE,
        warmup=0.0,
        augment=_augmented(cell, selecting=True),
        **of_selecting(cell),
    )


def recipes_of(cell: Cell, table: Table) -> tuple[Recipe, Recipe]:
    """Return the recipe of a cell's recording, and the same with images and learning rate treated as its retraining does."""
    recorded = _recorded_as(cell, table)
    return recorded, replace(recorded, augment=_augmented(cell, selecting=False), **_retrained_as(cell))


def _retraining(cell: Cell, table: Table, run: str, combine: str) -> RetrainingRequest:
    """Return the request that retrains a cell as the paper did."""
    one = tables.mapped(cell)
    ruled = one.name not in results.REFERENCES and not methods.is_greedy(one.name)
    return RetrainingRequest(
        run,
        (one.name,),
        (cell.rate,),
        architectures=(cell.architecture,),
        seeds=tuple(range(cell.seeds if cell.seeds > 1 else SEEDS)),
        options=options_of(cell, combine),
        rule=one.rule if ruled else "top",
        weighting=one.weighting,
        class_budget=one.class_budget,
        epochs=tables.epochs_of(table, cell.rate),
        batch_size=cell.batch or None,
        learning_rate=LEARNING_RATE,
        warmup=0.0,
        augment=_augmented(cell, selecting=False),
        **_retrained_as(cell),
    )


def _retrained_as(cell: Cell) -> dict[str, Any]:
    """Return how images are augmented and the learning rate falls, where that is not the run's."""
    return {"schedule": Recipe.schedule} | of_recipe(cell) if cell.paper == "DeepCore" else of_recipe(cell)


def images_of_epoch(one: RetrainingRequest, cell: Cell, samples: int) -> int:
    """Return on how many images an epoch of a cell's retraining trains, of the samples that there are in all.

    Args:
        one: of the cell, as `requests_for` gives it.
        cell: the published one.
        samples: of the train split.
    """
    kept = coreset_size(cell.rate, samples)
    recorded = Recipe(batch_size=RECORDING_BATCH[cell.paper])
    batch = one.batch_size or (recorded if cell.rate == 1 else recorded.for_samples(kept)).batch_size
    return images_per_epoch(kept, {"batch_size": batch, "drop_last": one.drop_last})
