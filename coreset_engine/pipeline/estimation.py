"""Estimating: what time, memory and disk a recording, a retraining and every selection would take, before one starts."""

from dataclasses import replace
from typing import Any

from coreset_engine import architectures, memory, selection_costs
from coreset_engine.config import Recipe, check_folds
from coreset_engine.datasets import library
from coreset_engine.datasets.folder_options import FolderOptions
from coreset_engine.datasets.library import Shape
from coreset_engine.pipeline.recording import probabilities_kept
from coreset_engine.selection import coreset_size
from coreset_engine.selection_costs import Size
from coreset_engine.store import RunInfo

BASE = 720 * 2**20  # of a process that trains on the CPU: 290 MiB of its own, the rest are libraries that others share
START = 2.0  # seconds until a process trains: torch, and the images; measured
HEADERS = 2**14  # of the files of a run beside their arrays
WIDE = 3  # times its outputs, in float64: what the signals of an epoch take while they are computed
KEPT = 3  # times its arrays: a snapshot on its way to the disk
COPIES = 5  # of the weights: gradient, momentum, and the best by two figures
FALLOW = 2  # times what batches need: glibc aligns a block in a larger gap only, so that gaps as large as it lie fallow
MOST_FALLOW = 2**30  # bytes: what is freed beyond goes back to the kernel, see `devices.keep_freed_memory`


def estimate(
    dataset: str,
    side: int | None,
    architecture: str,
    epochs: int,
    batch_size: int,
    device: str = "auto",
    folder: FolderOptions | None = None,
    folds: int = 0,
    rate: float = 0.1,
) -> dict[str, Any]:
    """Return what a recording would take, from the fastest of three batches of noise of the data set's shape.

    With folds an epoch is that of all K networks together.

    Keys: `images_per_second`, `seconds_per_epoch`, `seconds` from the start of a process on, `device`; `memory_bytes`, the
    most that the process has resident, libraries included, and what a GPU holds not; `disk_bytes`, of run and images;
    `retraining` the same three of one retraining at `rate`, as long as the recording; `selection` by method `seconds` and
    `memory_bytes` beside the run, None for a method nobody measured. Seconds of selections are those of one core
    as of docs/large.md. Nothing is downloaded for a known name.

    Raises:
        EngineError: the data set, the architecture or a value is not possible.
    """
    from coreset_engine.training import devices, timing

    Recipe(epochs=epochs, batch_size=batch_size)
    check_folds(folds)
    shape = library.shape_of(dataset, side, folder)
    kept = coreset_size(rate, shape.train)
    architectures.check_size(architecture, *shape.size)
    chosen = devices.choose_device(device)
    speed, parts = timing.measured(
        lambda: architectures.build(architecture, shape.channels, shape.classes, *shape.size),
        shape,
        batch_size,
        chosen,
    )
    if chosen.type != "cpu":
        parts = replace(parts, activation_bytes=0, prediction_bytes=0)
    trained, evaluated = shape.train, shape.val  # evaluating costs a third of training
    if folds:  # each network trains on the other folds and is asked about its own
        trained, evaluated = (folds - 1) * shape.train, shape.train + folds * shape.val
    per_epoch = (trained + evaluated / 3) / speed
    size = Size(shape.train, epochs, shape.classes, parts.width, rate)
    return {
        "images_per_second": speed,
        "seconds_per_epoch": per_epoch,
        "seconds": START + per_epoch * epochs,
        "device": chosen.type,
        "memory_bytes": _memory(shape, parts, batch_size, shape.train, recorded=True),
        "disk_bytes": _disk(shape, parts, epochs),
        "retraining": {
            "rate": rate,
            "seconds": START + (kept + shape.val / 3) / speed * epochs,
            "memory_bytes": _memory(shape, parts, batch_size, kept, recorded=False),
            "disk_bytes": COPIES * parts.weight_bytes,  # of the checkpoint, while it trains
        },
        "selection": selection_costs.of_all(size),
    }


def _memory(shape: Shape, parts: Any, batch: int, trained: int, *, recorded: bool) -> int:
    """Return the peak of a process that trains on so many of the images; `parts` are the network's."""
    from coreset_engine.training import prediction
    from coreset_engine.training.disk_images import AHEAD_BYTES
    from coreset_engine.training.epoch_signals import HELD

    image = _image_bytes(shape)
    splits = [shape.train, shape.val, shape.test, *([] if recorded else [trained])]
    images = sum(rows * image if memory.is_held(rows * image) else AHEAD_BYTES for rows in splits)
    predicted = max(shape.val, shape.test, shape.train if recorded else 0)  # the snapshot is of all train images
    together = min(prediction.batch_size("cpu", shape.size), predicted)
    steps = (parts.activation_bytes * min(batch, trained), parts.prediction_bytes * together)
    outputs = min(4 * shape.train * shape.classes, HELD + 4 * batch * shape.classes) if recorded else 0
    signals = outputs + 2 * WIDE * outputs
    at_end = KEPT * 4 * shape.train * (parts.width + shape.classes) if recorded else 0
    return int(BASE + images + COPIES * parts.weight_bytes + _heap(*steps) + signals + at_end)


def _heap(*steps: int) -> int:
    """Return what the heap grows to by kinds of batches that need so many bytes each, one after the other.

    What one kind has freed is too small for the blocks of the other, so that they add up.
    """
    return max(steps) + min(MOST_FALLOW, FALLOW * sum(steps) - max(steps))


def _disk(shape: Shape, parts: Any, epochs: int) -> int:
    """Return what a recording leaves on the disk: dynamics, snapshot, weights and images in the cache."""
    kept = probabilities_kept(epochs, shape.train, shape.classes)
    run = RunInfo(epochs, shape.train, shape.classes, probabilities=kept, val_loss_per_class=True).file_bytes
    snapshot = 4 * (shape.train + shape.val) * (parts.width + shape.classes + 2) + 4 * shape.classes * parts.width
    images = (shape.train + shape.val + shape.test) * (_image_bytes(shape) + 8)
    return int(run + snapshot + parts.weight_bytes + images + HEADERS)


def _image_bytes(shape: Shape) -> int:
    """Return the bytes of one image."""
    found = shape.channels
    for length in shape.size:
        found *= length
    return found
