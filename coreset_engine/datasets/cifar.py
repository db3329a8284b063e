"""CIFAR-10 and CIFAR-100 through torchvision: the natural-image sets of the selection literature."""

import os
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coreset_engine import paths
from coreset_engine.datasets import DatasetSource, ImageSet, locked
from coreset_engine.errors import DatasetError
from coreset_engine.faults import unwritable

CITATION = "Krizhevsky. Learning multiple layers of features from tiny images. Technical report, 2009."
CIFAR10 = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def peek_root() -> Path:
    """Return where torchvision keeps the files: `$TORCHVISION_ROOT`, else `~/.torchvision`; it may be missing."""
    return paths.expanded(os.environ.get("TORCHVISION_ROOT") or Path.home() / ".torchvision")


def root() -> Path:
    """Return where torchvision keeps the files; made when missing."""
    folder = peek_root()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatasetError(unwritable(folder, error)) from None
    return folder


def halves(labels: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows of the official test split that serve as val and as test: every class's rows in turn."""
    order = np.argsort(labels, kind="stable")
    return np.sort(order[0::2]), np.sort(order[1::2])


def _load(name: str, side: int) -> ImageSet:
    """Return one set: the official 50,000 train images; val and test are halves of the official 10,000 test images.

    The papers have no val split: they report the best test epoch. Here val chooses and test reports.

    Raises:
        DatasetError: it can't be downloaded.
    """
    from torchvision import datasets

    build = {"cifar10": datasets.CIFAR10, "cifar100": datasets.CIFAR100}[name]
    try:
        with locked(root()):  # no other process takes half a download for the file
            train, test = (build(str(root()), train=flag, download=True) for flag in (True, False))
    except (OSError, RuntimeError) as error:
        raise DatasetError(
            f"{name} could not be downloaded to {root()} ({type(error).__name__}: {error}). Check the network, or put "
            "torchvision's files there by hand."
        ) from error
    labels = np.asarray(test.targets, np.int64)
    val, rest = halves(labels)
    return SOURCES[name].image_set(
        name=name,
        class_names=tuple(train.classes),
        images={"train": train.data, "val": test.data[val], "test": test.data[rest]},
        labels={"train": np.asarray(train.targets, np.int64), "val": labels[val], "test": labels[rest]},
    )


def _here(folder: str) -> bool:
    """Return whether the unpacked files lie below the root."""
    return (peek_root() / folder).is_dir()


SOURCES = {
    name: DatasetSource(
        name=name,
        title=title,
        task="multi-class",
        class_names=CIFAR10 if name == "cifar10" else (),
        samples=(50_000, 5_000, 5_000),
        channels=3,
        sides=(32,),
        load=partial(_load, name),
        licence="not stated by its authors",
        citation=CITATION,
        homepage="https://www.cs.toronto.edu/~kriz/cifar.html",
        order=20,
        here=partial(_here, folder),
    )
    for name, title, folder in (
        ("cifar10", "CIFAR-10", "cifar-10-batches-py"),
        ("cifar100", "CIFAR-100", "cifar-100-python"),
    )
}
DATASETS = tuple(SOURCES.values())
