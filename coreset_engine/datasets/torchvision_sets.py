"""MNIST, FashionMNIST, QMNIST and SVHN through torchvision: read from files under its root, never downloaded unasked."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine.datasets import DatasetSource, ImageSet, locked
from coreset_engine.datasets.cifar import halves, peek_root, root
from coreset_engine.errors import DatasetError

DIGITS = tuple(str(digit) for digit in range(10))
CLOTHES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
_DAMAGE = (OSError, RuntimeError, ValueError, TypeError, AssertionError, LookupError, EOFError, MemoryError)


@dataclass(frozen=True)
class Facts:
    """What is known of a set: the name of torchvision's class, its title, its files, and where it is told of."""

    package_name: str
    title: str
    files: tuple[str, ...]
    class_names: tuple[str, ...]
    samples: tuple[int, int, int]
    channels: int
    side: int
    licence: str
    citation: str
    homepage: str


def _idx(folder: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the files of a set in the format of MNIST, as torchvision unpacks them."""
    return tuple(f"{folder}/raw/{name}" for name in names)


_MNIST_FILES = tuple(
    f"{split}-{what}" for split in ("train", "t10k") for what in ("images-idx3-ubyte", "labels-idx1-ubyte")
)
_QMNIST_FILES = tuple(
    f"qmnist-{split}-{what}" for split in ("train", "test") for what in ("images-idx3-ubyte", "labels-idx2-int")
)
KNOWN = {
    "mnist": Facts(
        "MNIST", "MNIST", _idx("MNIST", _MNIST_FILES), DIGITS, (60_000, 5_000, 5_000), 1, 28, "CC BY-SA 3.0",
        "LeCun, Bottou, Bengio, Haffner. Gradient-based learning applied to document recognition. Proceedings of the IEEE, "
        "1998.",
        "https://yann.lecun.com/exdb/mnist/",
    ),
    "fashionmnist": Facts(
        "FashionMNIST", "Fashion-MNIST", _idx("FashionMNIST", _MNIST_FILES), CLOTHES, (60_000, 5_000, 5_000), 1, 28, "MIT",
        "Xiao, Rasul, Vollgraf. Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms. "
        "arXiv:1708.07747, 2017.",
        "https://github.com/zalandoresearch/fashion-mnist",
    ),
    "qmnist": Facts(
        "QMNIST", "QMNIST", _idx("QMNIST", _QMNIST_FILES), DIGITS, (60_000, 30_000, 30_000), 1, 28, "BSD 3-Clause",
        "Yadav, Bottou. Cold case: the lost MNIST digits. NeurIPS, 2019.",
        "https://github.com/facebookresearch/qmnist",
    ),
    "svhn": Facts(
        "SVHN", "SVHN", ("train_32x32.mat", "test_32x32.mat"), DIGITS, (73_257, 13_016, 13_016), 3, 32,
        "non-commercial use only",
        "Netzer, Wang, Coates, Bissacco, Wu, Ng. Reading digits in natural images with unsupervised feature learning. NIPS "
        "workshop, 2011.",
        "http://ufldl.stanford.edu/housenumbers",
    ),
}  # fmt: skip


def here(files: tuple[str, ...]) -> bool:
    """Return whether files lie below the root; nothing is made or read for it."""
    return all((peek_root() / file).is_file() for file in files)


def missing(name: str, title: str, files: tuple[str, ...]) -> DatasetError:
    """Return the error that says what lies where it should not be missing, and how it gets there."""
    absent = [file for file in files if not (peek_root() / file).is_file()]
    return DatasetError(
        f"{title} is not under {peek_root()}: {absent[0]} is missing. Download it with `datasets --load {name} --download`, "
        "or put its unpacked files there by hand."
    )


def _builders(name: str) -> list[Callable[..., Any]]:
    """Return what opens the train and the test split of a set."""
    from torchvision import datasets

    made = getattr(datasets, KNOWN[name].package_name)
    if name == "svhn":
        return [partial(made, split="train"), partial(made, split="test")]
    return [partial(made, train=True), partial(made, train=False)]


def fetch(name: str) -> None:
    """Download one set into torchvision's root.

    Raises:
        DatasetError: it can't be downloaded.
    """
    try:
        with locked(root()):  # no other process takes half a download for the file
            for build in _builders(name):
                build(str(root()), download=True)
    except (OSError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:300]
        raise DatasetError(
            f"{KNOWN[name].title} could not be downloaded to {root()} ({type(error).__name__}: {reason}). Check the "
            "network, or put its unpacked files there by hand."
        ) from error


def _load(name: str, side: int) -> ImageSet:
    """Return one set: the official train images; val and test are halves of the official test images.

    Raises:
        DatasetError: its files are missing or damaged.
    """
    facts = KNOWN[name]
    if not here(facts.files):
        raise missing(name, facts.title, facts.files)
    try:
        (train, train_labels), (test, labels) = (_arrays(build(str(root()))) for build in _builders(name))
        val, rest = halves(labels)
    except _DAMAGE as error:
        reason = " ".join(str(error).split())[:150] or type(error).__name__
        raise DatasetError(
            f"{facts.title} under {root()} can't be read: {reason}. Delete its files and get them again."
        ) from None
    return SOURCES[name].image_set(
        name=name,
        images={"train": train, "val": test[val], "test": test[rest]},
        labels={"train": train_labels, "val": labels[val], "test": labels[rest]},
    )


def _arrays(found: Any) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return images (N, H, W) or (N, H, W, 3) and classes (N,) of one of torchvision's data sets."""
    labels = np.asarray(found.labels if hasattr(found, "labels") else found.targets, np.int64)
    images = np.asarray(found.data)
    if images.ndim == 4:  # SVHN, channels first
        images = images.transpose(0, 2, 3, 1)
    return np.ascontiguousarray(images), labels[:, 0] if labels.ndim == 2 else labels  # of QMNIST the class comes first


SOURCES = {
    name: DatasetSource(
        name=name,
        title=facts.title,
        task="multi-class",
        class_names=facts.class_names,
        samples=facts.samples,
        channels=facts.channels,
        sides=(facts.side,),
        load=partial(_load, name),
        licence=facts.licence,
        citation=facts.citation,
        homepage=facts.homepage,
        order=22,
        here=partial(here, facts.files),
        fetch=partial(fetch, name),
    )
    for name, facts in KNOWN.items()
}
DATASETS = tuple(SOURCES.values())
