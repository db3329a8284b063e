"""Data sets: name or path -> images, labels, splits. A file of this folder that defines a `DatasetSource` adds one."""

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine import names, registry, signals
from coreset_engine.datasets import modality, sample_groups
from coreset_engine.datasets.modality import Modality
from coreset_engine.errors import DatasetError

SPLITS = ("train", "val", "test")
_CHANNELS_FIRST = " Channels come last: save numpy.moveaxis(images, 1, -1)."
ORDINAL = "ordinal-regression"  # the task of classes that are grades, as MedMNIST names it


@dataclass(frozen=True)
class ImageSet:
    """Images and labels of one data set, checked when made.

    Attributes:
        name: as in a run and in the cache, e.g. "organsmnist_64".
        title: for people.
        task: as MedMNIST names it; "multi-label, binary-class" where a sample can have several labels, "ordinal-regression"
            where the classes are grades in order.
        class_names: one a class, or one a label of a multi-label task.
        images: by split, uint8 arrays with the samples along the first axis; `modality` knows the others.
        labels: by split, (N,) int64 or (N, L) uint8.
        licence, citation, homepage: of the images.
        synthetic: made by this project, not by a scanner.
        truth: (N,) arrays about the train split that a method does not see, e.g. `wrong_label`; see `corruptions.apply`.
        groups: by split, (N,) names of what samples belong to together, as a patient; "" for none. Only the splits of which
            it is known.
        sha256: of the train images and labels.
        spec, fingerprint: what it was loaded from, and the state of that source at the time.
        corruption: what has been planted into the train split, as `Corruption.to_dict` gives it; {} for nothing.
        origin_sha256: of the set that a corrupted one was made of.
        read_as: one sentence for each thing that reading left out, turned, scaled or took for something: what people must
            know before they trust the numbers.
    """

    name: str
    title: str
    task: str
    class_names: tuple[str, ...]
    images: dict[str, NDArray[np.uint8]]
    labels: dict[str, NDArray[np.integer]]
    licence: str = ""
    citation: str = ""
    homepage: str = ""
    synthetic: bool = False
    truth: dict[str, NDArray] = field(default_factory=dict)
    groups: dict[str, NDArray[np.str_]] = field(default_factory=dict)
    sha256: str = ""
    spec: str = ""
    fingerprint: str = ""
    corruption: dict[str, Any] = field(default_factory=dict)
    origin_sha256: str = ""
    read_as: tuple[str, ...] = ()

    @property
    def classes(self) -> int:
        """Return C (L for a multi-label task)."""
        return len(self.class_names)

    @property
    def multi_label(self) -> bool:
        """Return whether a sample can have several labels at once."""
        return self.task.startswith("multi-label")

    @property
    def ordinal(self) -> bool:
        """Return whether the classes are grades, the lowest first."""
        return self.task == ORDINAL

    @property
    def modality(self) -> Modality:
        """Return what knows the axes of the images."""
        return modality.of(self.images["train"])

    @property
    def channels(self) -> int:
        """Return what networks read of each pixel: 1 number for grey images, 3 for colour."""
        return self.modality.channels

    @property
    def side(self) -> int:
        """Return the images' height in pixels."""
        return self.size[-2]

    @property
    def size(self) -> tuple[int, ...]:
        """Return the images' height and width in pixels; of volumes depth, height and width."""
        return self.modality.shape(self.images["train"])

    def thumbnail(self, row: int, split: str = "train") -> NDArray[np.uint8]:
        """Return one image as people are shown it, (H, W) or (H, W, 3)."""
        return modality.thumbnail(self.images[split], row)


@dataclass(frozen=True)
class DatasetSource:
    """A data set that can be asked for by name.

    Attributes:
        name: as in the command line, lower case.
        title, task, class_names, licence, citation, homepage, synthetic: see ImageSet; no class names where only the
            images tell.
        samples: train, val and test images, 0 where only the images tell.
        channels: 1 for grey images, 3 for colour.
        sides: heights in pixels that can be asked for, the default first.
        load: side -> ImageSet; may download.
        here: whether its files lie on this machine; None where they are made or only `load` can tell.
        fetch: downloads its files for `load`, which does not; None where `load` does, or nothing can.
        volumes: its images have as many slices as they are high.
    """

    name: str
    title: str
    task: str
    class_names: tuple[str, ...]
    samples: tuple[int, int, int]
    channels: int
    sides: tuple[int, ...]
    load: Callable[[int], ImageSet]
    licence: str = ""
    citation: str = ""
    homepage: str = ""
    synthetic: bool = False
    order: int = 50
    here: Callable[[], bool] | None = None
    fetch: Callable[[], None] | None = None
    volumes: bool = False

    @property
    def bytes_loaded(self) -> int:
        """Return how large its images are in the cache at the default size."""
        return sum(self.samples) * self.channels * self.sides[0] ** (3 if self.volumes else 2)

    def name_at(self, side: int) -> str:
        """Return the name with the side behind it where it is not the default, as MedMNIST names its files."""
        return self.name if side == self.sides[0] else f"{self.name}_{side}"

    def image_set(self, **given: Any) -> ImageSet:
        """Return a checked ImageSet with this source's facts and the arrays given."""
        facts: dict[str, Any] = {
            "title": self.title,
            "task": self.task,
            "class_names": self.class_names,
            "licence": self.licence,
        }
        facts |= {"citation": self.citation, "homepage": self.homepage, "synthetic": self.synthetic}
        return checked(**(facts | given))


@cache
def all_sources() -> dict[str, DatasetSource]:
    """Return every data set that can be asked for by name."""
    return registry.discover(__name__, DatasetSource)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Let one process at a time do what stands below; others that lock the same folder wait, and leave no trace there.

    The lock goes with its process, however that ends.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def checked(**given: Any) -> ImageSet:
    """Return an ImageSet whose arrays fit together, with its hash.

    Raises:
        DatasetError: a split is missing or empty, types or shapes are wrong, a label is out of range, a class is absent
            from the train split, a truth is not one whole number for each train image, groups do not fit, or a name is none
            that people can read.
    """
    name, classes = given["name"], len(given["class_names"])
    names.check(given["title"], "The title of the data set", DatasetError)
    names.check_all(given["class_names"], f"{name}: the name of class", DatasetError)
    multi_label = given["task"].startswith("multi-label")
    images, labels = {}, {}
    for split in SPLITS:
        images[split] = _checked_images(name, split, given["images"].get(split))
        labels[split] = _checked_labels(
            name, split, given["labels"].get(split), len(images[split]), classes, multi_label
        )
        if images[split].shape[1:] != images["train"].shape[1:]:
            raise DatasetError(f"{name}: {split} images are {images[split].shape[1:]}, train ones differ. Resize them.")
    if not multi_label:
        _refuse_absent_classes(name, labels, classes)
    elif classes > signals.MOST:
        raise DatasetError(f"{name} has {classes:,} labels; up to {signals.MOST:,} can be recorded. Leave some out.")
    given["truth"] = {of: _checked_truth(name, of, a, labels["train"]) for of, a in given.get("truth", {}).items()}
    groups = given.get("groups", {})
    given["groups"] = {of: sample_groups.checked(name, of, a, len(labels[of])) for of, a in groups.items()}
    given |= {"images": images, "labels": labels, "sha256": train_hash(images["train"], labels["train"])}
    return ImageSet(**given)


def _refuse_absent_classes(name: str, labels: dict[str, NDArray[np.integer]], classes: int) -> None:
    """Raise a DatasetError where the train split lacks a class; it says where else that is."""
    absent = sorted(set(range(classes)) - set(np.unique(labels["train"]).tolist()))
    if not absent:
        return
    other = [split for split in SPLITS if (labels[split] == absent[0]).any()]
    if other:
        raise DatasetError(
            f"{name}: no train image has label {absent[0]}, but {' and '.join(other)} images have, so it can't be learned. "
            "Move some of them to train, or leave the class out of all splits."
        )
    raise DatasetError(f"{name}: no train image has label {absent[0]} of 0..{classes - 1}. Number them without gaps.")


def train_hash(images: NDArray[np.uint8], labels: NDArray) -> str:
    """Return the SHA-256 of the train arrays: shapes, then image bytes, then labels as int64."""
    digest = hashlib.sha256(f"{images.shape}{labels.shape}".encode())
    for start in range(0, len(images), 4096):  # in blocks, since a memory map may be larger than memory
        digest.update(np.ascontiguousarray(images[start : start + 4096]).data)
    digest.update(np.ascontiguousarray(labels, np.int64).data)
    return digest.hexdigest()


def _checked_truth(name: str, of: str, values: NDArray, labels: NDArray) -> NDArray[np.integer] | NDArray[np.bool_]:
    """Return what is known about each train sample, (N,); flags as bool, all else as it was given."""
    flat = values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values
    if flat.shape != labels.shape[:1] or flat.dtype.kind not in "iub":
        raise DatasetError(
            f"{name}: train_{of} is {values.dtype} {values.shape}; one whole number for each of {len(labels):,} is needed."
        )
    return flat.astype(bool) if of == "wrong_label" else flat


def _checked_images(name: str, split: str, images: NDArray | None) -> NDArray[np.uint8]:
    """Return one split's images as uint8 of a known modality."""
    if images is None or not images.size:
        raise DatasetError(f"{name} has no {split} images. Give train, val and test: val chooses, test reports.")
    images = modality.without_empty_axis(images)
    kind = modality.find(images)
    if images.dtype != np.uint8 or kind is None:
        raise DatasetError(
            f"{name}: {split}_images is {images.dtype} of shape {images.shape}. It must be uint8 of shape "
            f"{modality.layouts()}.{_CHANNELS_FIRST if images.ndim > 3 and images.shape[1] in (1, 3) else ''}"
        )
    if min(size := kind.shape(images)) < 8:
        raise DatasetError(f"{name}: {split} images are {'x'.join(map(str, size))}; at least 8x8 is needed.")
    return images


def _checked_labels(
    name: str, split: str, labels: NDArray | None, samples: int, classes: int, multi_label: bool
) -> NDArray[np.integer]:
    """Return one split's labels as (N,) int64 or (N, L) uint8."""
    if labels is None or labels.shape[:1] != (samples,):
        have = "no labels" if labels is None else f"labels of shape {labels.shape}"
        raise DatasetError(f"{name}: {split} has {samples:,} images but {have}. Both must have the same length.")
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    wanted = (samples, classes) if multi_label else (samples,)
    highest = 1 if multi_label else classes - 1
    if labels.shape != wanted or labels.dtype.kind not in "iub":
        raise DatasetError(
            f"{name}: {split}_labels is {labels.dtype} {labels.shape}; whole numbers {wanted} are needed."
        )
    bad = np.argwhere((labels < 0) | (labels > highest))
    if len(bad):
        raise DatasetError(
            f"{name}, {split}: {names.counted(len(bad), '{label lies|labels lie}')} outside 0..{highest} (first: row "
            f"{bad[0][0]} has {labels[tuple(bad[0])]}). Number the classes from 0."
        )
    return labels.astype(np.uint8 if multi_label else np.int64)
