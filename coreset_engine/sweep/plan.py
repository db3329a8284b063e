"""What a sweep would train: the cells that exist, those to train, and how long that takes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from coreset_engine import argv, paths, pipeline, results, selection, store, training_modes
from coreset_engine.config import Recipe, images_per_epoch
from coreset_engine.datasets import library
from coreset_engine.pipeline.cell import Cell, notes_of
from coreset_engine.pipeline.requests import Retraining, SweepRequest
from coreset_engine.pipeline.requests.sweep_place import LOCAL
from coreset_engine.pipeline.retraining import Bench
from coreset_engine.pipeline.surrogate import sources_of
from coreset_engine.sources import Sources
from coreset_engine.sweep import gpus, pool
from coreset_engine.sweep.search import CONFIRMING, Search
from coreset_engine.training_modes import PLAIN

START_SECONDS = 5.0  # until a worker has torch, data and dynamics loaded; measured on two cores
VAL_SHARE = 1 / 3  # of the time of a training step that evaluating an image takes


@dataclass(frozen=True)
class Plan:
    """What a sweep would train.

    Attributes:
        existing: cells whose rows exist.
        to_train: cells without a row.
        seconds: until all are trained, with start and evaluation; NaN where nothing like them has been trained here.
        slots: trainings at once that this assumes.
    """

    existing: tuple[Cell, ...]
    to_train: tuple[Cell, ...]
    seconds: float
    slots: int

    @property
    def cells(self) -> int:
        """Return how many cells there are."""
        return len(self.existing) + len(self.to_train)

    @property
    def notes(self) -> list[str]:
        """Return where hard cut-offs had to be given up, see `cell.notes_of`."""
        return notes_of([*self.existing, *self.to_train])


def plan(request: SweepRequest, *, bench: Bench | None = None) -> Plan:
    """Return what a sweep would train; nothing is trained, and torch is not loaded.

    Args:
        request: the sweep.
        bench: of the run, where one is open.

    Raises:
        EngineError: the run or its images are missing, or a coreset can't be selected.
    """
    return split(request, *cells(request, bench))


def cells(request: SweepRequest, bench: Bench | None = None) -> tuple[list[Cell], int]:
    """Return every cell of a sweep, with its coreset selected, and how many images the val split has.

    Args:
        request: the sweep.
        bench: of the run, where one is open.

    Raises:
        EngineError: the run or its images are missing, or a coreset can't be selected.
    """
    opened = bench or pipeline.Bench(request.run, request.device)
    return opened.plan(request.cells(), on="numpy"), len(opened.images.labels["val"])


def open_sources(run: str, average: tuple[str, ...], snapshot: int | None) -> Sources:
    """Return what a sweep's coresets are selected from, to be kept for its next plan: it remembers a few scores."""
    return sources_of(run, average, snapshot)


def planning_bench(request: SweepRequest, opened: Sources) -> Bench:
    """Return a bench that plans a sweep and trains nothing, so that its images need not be hashed another time.

    Args:
        request: the sweep.
        opened: what `open_sources` gave for its run, its further runs and its epoch.

    Raises:
        EngineError: the run or its images are missing or damaged.
    """
    info = store.RunFile(paths.run_folder(request.run)).info
    images = library.cached(info.dataset, info.dataset_sha256) if info.origin == "recorded" else None
    which = (request.run, request.average, request.snapshot)
    return Bench(request.run, request.device, images=images, sources={which: opened})


def split(
    request: SweepRequest, planned: Sequence[Cell], val: int, rows: Sequence[dict[str, Any]] | None = None
) -> Plan:
    """Return which of a sweep's cells have a row now, and what the others take.

    Args:
        request: the sweep.
        planned: all its cells.
        val: images of the val split.
        rows: as `results.rows` gives them, where they are read already.
    """
    rows = results.rows() if rows is None else rows
    known = {row["key"] for row in rows}
    existing = tuple(cell for cell in planned if cell.key in known)
    missing = tuple(cell for cell in planned if cell.key not in known)
    count = pool.all_executors()[request.executor].count(request, len(missing))
    return Plan(existing, missing, seconds(missing, val, count, _trained_alike(request, rows)), count)


@dataclass(frozen=True)
class SearchCost:
    """What a search costs at most, and the grid that it spares.

    Attributes:
        trainings: full ones at most, confirmation included.
        grid: full trainings of every candidate with every seed.
        seconds, grid_seconds: of both; NaN where nothing like them has been trained here.
        slots: trainings at once that this assumes.
    """

    trainings: int
    grid: int
    seconds: float
    grid_seconds: float
    slots: int


def cost_of_search(request: SweepRequest, val: int, rows: Sequence[dict[str, Any]] | None = None) -> SearchCost:
    """Return what a search costs at most; no coreset is selected.

    Args:
        request: with `search` set.
        val: images of the val split.
        rows: as `results.rows` gives them, where they are read already.

    Raises:
        EngineError: the run is missing, or there is nothing to choose among.
    """
    info = store.RunFile(paths.run_folder(request.run)).info
    begun = Search(request, info.epochs, info.architecture)
    speeds = _seconds_per_image(val, _trained_alike(request, results.rows() if rows is None else rows))
    slots = pool.all_executors()[request.executor].count(request, max(len(own.candidates) for _, own in begun.groups))
    searched = grid = 0.0
    for architecture, evidence in begun.groups:
        samples = selection.coreset_size(evidence.candidates[0].rate, info.samples)
        batch = request.batch_size or Recipe.from_dict(info.recipe).for_samples(samples).batch_size
        taken = images_per_epoch(samples, {"batch_size": batch, "drop_last": request.drop_last})
        work = evidence.epochs * (taken + VAL_SHARE * val)
        one = speeds.get((info.dataset_sha256, architecture), math.nan) * work
        searched += one * (min(evidence.budget, evidence.grid) + 2 * CONFIRMING)
        grid += one * evidence.grid
    whole = sum(evidence.grid for _, evidence in begun.groups)
    return SearchCost(begun.trainings, whole, START_SECONDS + searched / slots, START_SECONDS + grid / slots, slots)


def seconds(cells: Sequence[Cell], val: int, slots: int, rows: Sequence[dict[str, Any]]) -> float:
    """Return how long cells take, from the seconds of rows like them; NaN where there is none.

    A row is like a cell when images and architecture are the same. Its time per image and epoch is taken, val images
    included.

    Args:
        cells: to be trained.
        val: images of the val split.
        slots: trained at once.
        rows: as `results.rows` gives them, of trainings on a device of the same kind.
    """
    if not cells:
        return 0.0
    speeds = _seconds_per_image(val, rows)
    total = 0.0
    for cell in cells:
        config = cell.config
        speed = speeds.get((config["dataset_sha256"], config["architecture"]), math.nan)
        each = images_per_epoch(config["samples"], config["recipe"])
        taken = each * training_modes.parse(config.get("mode", PLAIN)).rate
        total += speed * config["recipe"]["epochs"] * (taken + VAL_SHARE * val)
    waves = math.ceil(len(cells) / slots) * slots / len(cells)  # the last wave may leave slots idle
    return START_SECONDS + total / slots * waves


def _trained_alike(request: SweepRequest, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows trained on a device of the kind that a sweep takes; all where a cluster decides which that is."""
    kind = request.device
    if kind == "auto":
        if request.executor != LOCAL:
            return list(rows)
        kind = "cuda" if gpus.names(kind) else "cpu"
    return [row for row in rows if row.get("device", kind) == kind]


def _seconds_per_image(val: int, rows: Sequence[dict[str, Any]]) -> dict[tuple[str, str], float]:
    """Return the median seconds per image and epoch by data set and architecture, of the newest rows."""
    found: dict[tuple[str, str], list[float]] = {}
    for row in rows[-500:]:
        taken = images_per_epoch(row["samples"], row["recipe"]) * row.get("used_share", 1.0)
        work = row["recipe"]["epochs"] * (taken + VAL_SHARE * val)
        if row.get("seconds") and work:
            found.setdefault((row["dataset_sha256"], row["architecture"]), []).append(row["seconds"] / work)
    return {key: float(np.median(values[-50:])) for key, values in found.items()}


def changes(old: SweepRequest, new: SweepRequest) -> list[str]:
    """Return in words what a sweep asks otherwise than another, one line per field.

    Args:
        old: the one before.
        new: the one now.
    """
    lines = []
    for one in argv.fields_of(type(new)):
        before, after = getattr(old, one.name), getattr(new, one.name)
        if before == after:
            continue
        name = one.name.replace("_", " ")
        if isinstance(before, tuple) and isinstance(after, tuple):
            added = [str(value) for value in after if value not in before]
            removed = [str(value) for value in before if value not in after]
            words = [f"added {', '.join(added)}"] if added else []
            words += [f"removed {', '.join(removed)}"] if removed else []
            lines.append(f"{name}: {'; '.join(words) or 'another order'}")
        else:
            lines.append(f"{name}: {_word(before)} → {_word(after)}")
    return lines


def _word(value: object) -> str:
    """Return a field's value as people read it."""
    return "default" if value in (None, "", {}) else str(value)


def titles(items: Sequence[Retraining]) -> list[str]:
    """Return what each retraining is in words."""
    return [f"{item.spec.label}, {item.architecture}, seed {item.seed}" for item in items]
