"""One's own images as a MedMNIST-format `.npz`, and the state of files and folders that images come from."""

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coreset_engine import signals
from coreset_engine.arrays import read_npz, read_shape
from coreset_engine.datasets import ORDINAL, SPLITS, ImageSet, checked, depth, modality, sample_groups
from coreset_engine.errors import DatasetError
from coreset_engine.names import check, counted
from coreset_engine.paths import slug

_TRUTH = ("true_label", "wrong_label", "duplicate_of", "corrupted")  # members train_<name>, where the truth is known

_SENTENCE = 2000  # letters of a sentence about images


def fingerprint(path: Path) -> str:
    """Return what changes when a file, or any file below a folder, is replaced, moved or renamed.

    That is the number of files and a hash of their names, sizes and modification times: a picture that moves from one
    class to another keeps its size and time.
    """
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    digest = hashlib.sha256()
    for file in files:
        stat = file.stat()
        digest.update(
            f"{file.relative_to(path)}\0{stat.st_size}\0{stat.st_mtime_ns}\0".encode(errors="surrogateescape")
        )
    return f"{len(files)}:{digest.hexdigest()[:32]}"


def read_size(path: Path) -> tuple[int, ...] | None:
    """Return the size that a MedMNIST-format `.npz` declares of its train images, None where it has none.

    That is height and width; of volumes depth, height and width.

    Raises:
        DatasetError: they are of no known kind.
        EngineError: the file can't be read.
    """
    shape = read_shape(path, "train_images")
    if not shape:
        return None
    try:
        images = modality.without_empty_axis(np.broadcast_to(np.uint8(0), (1, *shape[1:])))  # takes no memory
    except ValueError:
        raise DatasetError(f"{path.name}: train_images can't have the shape {shape}. Write the file again.") from None
    return modality.of(images).shape(images)


def read_medmnist_file(path: Path) -> ImageSet:
    """Return the images of a MedMNIST-format `.npz`: `{train,val,test}_{images,labels}`.

    An optional member `class_names` names the classes, and `{train,val,test}_groups` say what samples belong to together,
    as a patient; `task` is "ordinal-regression" where the classes are grades; `read_as` says what was done to the images
    before. Labels with several columns of zeros and ones are multi-label, but for one-hot ones, which are classes. Images of
    another type than uint8 are scaled, see `depth.to_bytes`. `read_as` says both.

    Raises:
        DatasetError: a member is missing or does not fit.
        EngineError: the file can't be read.
    """
    arrays = read_npz(path, spilling=True)
    missing = [f"{s}_{what}" for s in SPLITS for what in ("images", "labels") if f"{s}_{what}" not in arrays]
    if missing:
        raise DatasetError(
            f"{path.name} lacks {', '.join(missing)}. A MedMNIST-format file holds {{train,val,test}}_images uint8 "
            f"{modality.layouts()} and {{train,val,test}}_labels (N,1). In Python images_from_arrays of coreset_engine "
            "makes one of arrays under any names, and draws splits that there are not."
        )
    labels = {split: arrays[f"{split}_labels"] for split in SPLITS}
    empty = [split for split in SPLITS if not arrays[f"{split}_images"].size]
    if empty:
        raise DatasetError(f"{path.name} has no {empty[0]} images. Each of train, val and test needs some.")
    one_hot = signals.is_one_hot(*labels.values()) and len({values.shape[1] for values in labels.values()}) == 1
    said = (signals.one_hot_sentence(labels["train"].shape[1]),) if one_hot else ()
    for values in labels.values():
        if not values.size or not values.ndim or not (one_hot or values.dtype.kind in "iub"):
            raise DatasetError(f"{path.name}: labels must be whole numbers, one for each image.{_hint(values)}")
    columns = labels["train"].shape[1] if labels["train"].ndim == 2 else 1
    if one_hot:
        labels = {split: values.argmax(axis=1) for split, values in labels.items()}
    multi_label = columns > 1 and not one_hot
    classes = columns if columns > 1 else int(max(values.max() for values in labels.values())) + 1
    if classes > labels["train"].size:  # before a name is made for each of them
        raise DatasetError(
            f"{path.name}: labels reach {classes - 1:,}, but there are only {len(labels['train']):,} train labels. Number "
            "the classes from 0 without gaps."
        )
    task = "multi-label, binary-class" if multi_label else "binary-class" if classes == 2 else "multi-class"
    if not multi_label and ORDINAL in _texts(arrays, "task", path.name)[:1]:
        task = ORDINAL
    names = _texts(arrays, "class_names", path.name)
    if names and len(names) != classes:
        raise DatasetError(
            f"{path.name} names {counted(len(names), '{class|classes}')}, but its labels have {classes}."
        )
    images, scaled = depth.to_bytes({split: arrays[f"{split}_images"] for split in SPLITS}, path.name)
    named = {split: arrays[f"{split}_groups"] for split in SPLITS if f"{split}_groups" in arrays}
    groups = {split: sample_groups.checked(path.name, split, a, len(labels[split])) for split, a in named.items()}
    return checked(
        name=slug(path.stem),
        title=path.name,
        task=task,
        class_names=names or tuple(f"class {c}" for c in range(classes)),
        images=images,
        labels=labels,
        truth={name: arrays[f"train_{name}"] for name in _TRUTH if f"train_{name}" in arrays},
        groups=groups,
        read_as=(
            *_told(arrays, path.name),
            *said,
            *scaled,
            *sample_groups.sentences(groups, "train_groups, val_groups and test_groups"),
        ),
    )


def _hint(labels: NDArray) -> str:
    """Return what to save in place of labels that are no whole numbers."""
    if labels.dtype.kind == "f":
        return " Save labels.astype(int)." if np.array_equal(labels, np.trunc(labels)) else ""
    if labels.dtype.kind in "US":
        return (
            " Save numpy.unique(labels, return_inverse=True)[1] of all splits together, and the names as class_names."
        )
    return ""


def _told(arrays: dict[str, NDArray], name: str) -> list[str]:
    """Return the sentences that a file tells of its images, as `convert` writes them.

    Raises:
        DatasetError: one is none that people can read.
    """
    told = list(_texts(arrays, "read_as", name))
    for number, text in enumerate(told):
        check(text, f"{name}: sentence {number} of read_as", DatasetError, longest=_SENTENCE)
    return told


def _texts(arrays: dict[str, NDArray], member: str, name: str) -> tuple[str, ...]:
    """Return the texts of a member, () where there is none; bytes are UTF-8.

    Raises:
        DatasetError: they are bytes of something else.
    """
    values = np.ravel(arrays[member]) if member in arrays else np.empty(0, np.str_)
    try:
        return tuple(value.decode() if isinstance(value, bytes) else str(value) for value in values.tolist())
    except UnicodeDecodeError:
        raise DatasetError(f"{name}: {member} is no UTF-8 text. Save it as text, not as bytes.") from None
