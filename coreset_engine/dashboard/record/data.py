"""What the Record page reads, measures and starts."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine import architectures, paths, store
from coreset_engine.config import Recipe
from coreset_engine.datasets import ORDINAL, all_sources, catalogue, disk, leakage, library, uploads
from coreset_engine.errors import ConfigError, RunError
from coreset_engine.executors import commands, queue
from coreset_engine.executors.base import PROJECT
from coreset_engine.memory import amount
from coreset_engine.pipeline import requests
from coreset_engine.pipeline.requests import RecordingRequest
from coreset_engine.tables import duration

ESTIMATE_SECONDS = 120  # longer than any first batch on a CPU took


@dataclass(frozen=True)
class Source:
    """A data set to choose: label, facts in one line, heights, whether it is one's own, of volumes, and of grades."""

    label: str
    facts: str
    sides: tuple[int, ...]
    own: bool = False
    volumes: bool = False
    ordinal: bool = False

    def size(self, side: int | None) -> tuple[int, ...] | None:
        """Return the size of its images where they are as high as asked for, None where that is not known."""
        height = side or next(iter(self.sides), 0)
        return (height,) * (3 if self.volumes else 2) if height else None


def shown_root() -> str:
    """Return the folder for one's own files as people read it: relative to the project where it lies inside."""
    root = library.own_root()
    return str(root.relative_to(PROJECT) if root.is_relative_to(PROJECT) else root)


def sources() -> dict[str, Source]:
    """Return what can be recorded, by what `record --dataset` is given."""
    found = {}
    for row in catalogue.catalogue():
        if _is_gone(row["dataset"]):
            continue
        sizes = " / ".join(f"{row[split]:,}" for split in ("train", "val", "test"))
        kind = "Synthetic, made here" if row["synthetic"] else row["licence"] or "Licence not stated"
        facts = f"{row['task']}, {row['classes'] or '?'} classes, {sizes} train / val / test images, "
        facts += f"{amount(row['bytes'])}. {kind}; {_state(row)}."
        kinds = {"volumes": row["volumes"], "ordinal": row["task"] == ORDINAL}
        found[row["dataset"]] = Source(row["title"], f"{facts} {row['citation']}".strip(), tuple(row["sides"]), **kinds)
    for path in library.own_images():
        sides = (64, 28, 128, 224) if path.is_dir() else ()
        found.pop(str(path), None)  # once read, it is a set of the cache, too
        found[str(path)] = Source(path.name, "Your own images; check how they are read.", sides, own=True)
    for upload in uploads.all_kept():
        sides = (64, 28, 128, 224) if upload.path.is_dir() else ()
        facts = f"Uploaded, {upload.amount}; check how they are read."
        found.pop(str(upload.path), None)
        found[str(upload.path)] = Source(upload.path.name, facts, sides, own=True)
    return found


def leakage_of(spec: str, side: int | None) -> tuple[str, ...]:
    """Return what the cache says of images and groups of a data set that lie in two splits; nothing where it is not there.

    Args:
        spec: what `record --dataset` is given.
        side: height in pixels, None for the default.
    """
    source = all_sources().get(spec)
    if source is not None:
        names = {source.name_at(side or source.sides[0])}
    else:
        names = {one["name"] for one in disk.entries() if one["spec"] == spec and side in (None, one["side"])}
    return tuple(one for sentences in leakage.of_names(names).values() for one in sentences)


def _is_gone(spec: str) -> bool:
    """Return whether a data set of the cache is a path at which nothing is any more: it can't be recorded again."""
    try:
        return Path(spec).is_absolute() and not Path(spec).exists()
    except OSError:  # its folder may not be looked into
        return True


def _state(row: dict[str, Any]) -> str:
    """Return where the images of a row of the catalogue are."""
    if row["cached"]:
        return "in the cache"
    if row["here"] is None:
        return "made when recorded"
    if row["here"]:
        return "its files are here, and read when recorded"
    if row["fetch"]:
        return f"not here, downloaded by 'datasets --load {row['dataset']} --download'"
    return "not here: unpack it by hand" if row["dataset"] == "tinyimagenet" else "not here, downloaded when recorded"


def untaken(base: str) -> str:
    """Return a run name that is not taken: `base`, or that with a number."""
    name, number = base, 2
    while paths.run_folder(name).exists():
        name, number = f"{base}-{number}", number + 1
    return name


def free_name(request: RecordingRequest) -> str:
    """Return a run name that says what it is and is not taken."""
    data = f"{paths.run_slug(Path(request.dataset).stem)[:30]}{request.corruption}"
    return untaken(paths.run_slug(f"{paths.run_slug(data)[:50]}-{request.architecture}-s{request.seed}"))


def check_free(run: str) -> None:
    """Refuse a name that is taken.

    Raises:
        UnknownNameError: the name can't be a run's.
        RunError: there is a run of this name, or a job under way that records one, as after a button was pressed twice.
    """
    if job := queue.recorder_of(run):
        raise RunError(f"Job {job.id} records {run!r} already. Wait for it, or choose another name.")
    if paths.run_folder(run).exists():
        raise RunError(f"The run {run!r} exists already. Choose another name.")


def estimate(request: RecordingRequest) -> str:
    """Return a sentence about the time a recording would take, measured by one batch in a process of its own.

    Raises:
        ConfigError: the measurement failed; the message says why.
    """
    recipe = request.recipe
    words = ["estimate", "--json", "--dataset", request.dataset, "--architecture", request.architecture]
    words += ["--epochs", str(recipe.epochs), "--batch-size", str(recipe.batch_size), "--device", request.device]
    words += ["--size", str(request.side)] if request.side else []
    words += ["--folds", str(request.folds)] if request.folds else []
    words += requests.folder_words(request.folder)
    too_long = (
        f"Measuring took over {ESTIMATE_SECONDS} s, loading the images included. Choose a smaller architecture, or load "
        f"the images first: python -m coreset_engine datasets --load {request.dataset}."
    )
    found = json.loads(commands.answer(words, ESTIMATE_SECONDS, too_long))
    again = found["retraining"]
    return (
        f"About {duration(found['seconds'])} for {recipe.epochs} epochs: {found['images_per_second']:,.0f} images/s, "
        f"{found['seconds_per_epoch']:.1f} s per epoch on this machine's {found['device'].upper()}, other work included; "
        f"up to {amount(found['memory_bytes'])} of memory and {amount(found['disk_bytes'])} on the disk. "
        f"Retraining on {100 * again['rate']:g} % for as many epochs: {duration(again['seconds'])}."
    )


def size_refusal(architecture: str, size: tuple[int, ...] | None) -> str:
    """Return why an architecture can't take images of this size, "" where it can or it is not known."""
    if size is None:
        return ""
    try:
        architectures.check_size(architecture, *size)
    except ConfigError as error:
        return str(error)
    return ""


def start(request: RecordingRequest) -> int:
    """Start a recording as a job and return its number.

    Raises:
        EngineError: the name is taken or not allowed, or the architecture can't take images of this size.
    """
    check_free(request.run)
    request.check_size()
    return queue.start(requests.words_of(request), request.title)


def is_running(run: str) -> bool:
    """Return whether a run is being recorded now."""
    return store.is_being_written(paths.run_folder(run))


def loss_axis(runs: Sequence[str]) -> str:
    """Return what the axis of the losses of runs is called; that of grades has no unit.

    Raises:
        RunError: a run is missing or damaged.
    """
    plain = all(store.RunFile(paths.run_folder(run)).info.loss == Recipe.loss for run in runs)
    return "loss (nats)" if plain else "loss"


def metrics(run: str) -> tuple[dict[str, NDArray[np.float64]], int]:
    """Return the metrics of a run per epoch so far, and how many epochs it will have.

    Raises:
        RunError: the run is missing or damaged.
    """
    file = store.RunFile(paths.run_folder(run))
    return file.metrics(), file.info.epochs
