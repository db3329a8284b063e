"""Estimating: how long a recording would take, from a few batches of noise."""

from coreset_engine import architectures
from coreset_engine.config import Recipe, check_folds
from coreset_engine.datasets import library
from coreset_engine.datasets.folder_options import FolderOptions


def estimate(
    dataset: str,
    side: int | None,
    architecture: str,
    epochs: int,
    batch_size: int,
    device: str = "auto",
    folder: FolderOptions | None = None,
    folds: int = 0,
) -> dict[str, float | str]:
    """Return how long a recording would take, from the fastest of three batches of noise of the data set's shape.

    With folds an epoch is that of all K networks together.

    Keys: `images_per_second`, `seconds_per_epoch`, `seconds` and `device`. Nothing is downloaded for a known name.

    Raises:
        EngineError: the data set, the architecture or a value is not possible.
    """
    from coreset_engine.training import devices, timing

    Recipe(epochs=epochs, batch_size=batch_size)
    check_folds(folds)
    shape = library.shape_of(dataset, side, folder)
    architectures.check_size(architecture, *shape.size)
    chosen = devices.choose_device(device)
    speed = timing.images_per_second(
        lambda: architectures.build(architecture, shape.channels, shape.classes, *shape.size),
        shape,
        batch_size,
        chosen,
    )
    trained, evaluated = shape.train, shape.val  # evaluating costs a third of training
    if folds:  # each network trains on the other folds and is asked about its own
        trained, evaluated = (folds - 1) * shape.train, shape.train + folds * shape.val
    per_epoch = (trained + evaluated / 3) / speed
    return {
        "images_per_second": speed,
        "seconds_per_epoch": per_epoch,
        "seconds": per_epoch * epochs,
        "device": chosen.type,
    }
