"""One's own images as arrays of NumPy or tensors of torch, kept as a file that `record` and the Record page find."""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine import paths
from coreset_engine.access import require_writable
from coreset_engine.datasets import ORDINAL, SPLITS, ImageSet, library, modality
from coreset_engine.datasets.splitting import drawn
from coreset_engine.errors import DatasetError
from coreset_engine.faults import unwritable
from coreset_engine.names import counted, of_groups

Part = tuple[Any, Any]  # images and labels


def images_from_arrays(
    name: str,
    images: Any,
    labels: Any,
    *,
    val: Part | None = None,
    test: Part | None = None,
    groups: Any = None,
    class_names: Sequence[str] = (),
    ordinal: bool = False,
    replace: bool = False,
) -> ImageSet:
    """Return a data set made of arrays or tensors; its `spec` is what `record --dataset` and `RecordingRequest` take.

    It is written as `NAME.npz` into the folder for own images, where the Record page offers it. Splits that are not given
    are drawn, 10 % of each class as val and 20 % as test, a group whole.

    Args:
        name: of the data set.
        images: of the train split, (N, H, W), (N, H, W, C) or, as torch has them, (N, C, H, W), C of 1 or 3; others than
            uint8 are scaled for the whole set, and it is said.
        labels: (N,) numbers from 0 or names of classes, or (N, L) zeros and ones.
        val: images and labels of that split.
        test: the same of the test split.
        groups: (N,) what the images belong to, as patients, "", None or NaN for one of none, which is drawn by itself; only
            where all splits are drawn.
        class_names: in the order of the numbers; for labels that are names those, sorted.
        ordinal: the classes are grades, the lowest first.
        replace: a data set of this name that exists already.

    Raises:
        DatasetError: the arrays do not fit each other, the name is taken, or the file can't be written.

    Example:
        >>> import numpy as np
        >>> from coreset_engine import images_from_arrays
        >>> pixels, labels = np.zeros((40, 28, 28), np.uint8), np.arange(40) % 2
        >>> found = images_from_arrays("blank", pixels, labels, class_names=("even", "odd"))
        >>> {split: len(found.labels[split]) for split in ("train", "val", "test")}
        {'train': 28, 'val': 4, 'test': 8}
    """
    require_writable("keep images")
    path = library.own_root() / f"{paths.slug(name)}.npz"
    if path.exists() and not replace:
        raise DatasetError(f"There is a data set {path.name} already. Choose another name, or give replace=True.")
    given = {"train": (images, labels), "val": val, "test": test}
    parts = {
        split: (_pixels(part[0], split), _plain(part[1], f"{split} labels"))
        for split, part in given.items()
        if part is not None
    }
    belongs = None if groups is None else np.atleast_1d(of_groups(groups))
    arrays = _members(name, parts, belongs, tuple(class_names)) | ({"task": np.array(ORDINAL)} if ordinal else {})
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    before = path.read_bytes() if path.exists() else None
    try:
        paths.write_atomically(path, buffer.getvalue())
    except OSError as error:
        raise DatasetError(unwritable(path, error)) from None
    try:
        return library.load(str(path))
    except BaseException:
        path.unlink() if before is None else paths.write_atomically(path, before)
        raise


def _members(
    name: str, parts: dict[str, Part], groups: NDArray[np.str_] | None, names: tuple[str, ...]
) -> dict[str, NDArray[Any]]:
    """Return the members of the file; splits that are missing are drawn."""
    for split, (images, labels) in parts.items():
        _check_labels(name, split, labels)
        if len(images) != len(labels):
            raise DatasetError(
                f"{name}: {split} has {len(images):,} images and {len(labels):,} labels. Give one for each."
            )
    if groups is not None and groups.shape != parts["train"][1].shape[:1]:
        given = counted(len(groups), "{group|groups}") if groups.ndim == 1 else f"groups of shape {groups.shape}"
        raise DatasetError(f"{name}: {given} for {len(parts['train'][1]):,} labels of train. Give one for each.")
    if any(labels.dtype.kind in "US" for _, labels in parts.values()):
        texts = {split: labels.astype(np.str_) for split, (_, labels) in parts.items()}
        names = names or tuple(np.unique(np.concatenate(list(texts.values()))).tolist())
        unknown = sorted(set(np.concatenate(list(texts.values())).tolist()) - set(names))
        if unknown:
            raise DatasetError(f"{name}: the class {unknown[0]!r} of a label is none of class_names. Name it there.")
        parts = {split: (parts[split][0], np.array([names.index(text) for text in texts[split]])) for split in parts}
    missing = tuple(split for split in SPLITS if split not in parts)
    if groups is not None and len(missing) < 2:
        raise DatasetError(f"{name}: groups keep together what is drawn. Leave out val and test, or groups.")
    rows = _drawn(parts["train"][1], groups, missing, names)
    found: dict[str, NDArray[Any]] = {"class_names": np.array(names)} if names else {}
    for split in SPLITS:
        images, labels = parts["train" if split in missing else split]
        chosen = rows[split] if split == "train" or split in missing else slice(None)
        found |= {f"{split}_images": images[chosen], f"{split}_labels": labels[chosen]}
        if groups is not None:
            found[f"{split}_groups"] = groups[chosen]
    return found


def _drawn(
    labels: NDArray[Any], groups: NDArray[np.str_] | None, missing: tuple[str, ...], names: tuple[str, ...]
) -> dict[str, NDArray[np.int64]]:
    """Return the rows of each split that is drawn, and of train."""
    if not missing:
        return {"train": np.arange(len(labels))}
    classes = labels.reshape(-1).astype(np.int64) if labels.size == len(labels) else np.zeros(len(labels), np.int64)
    belongs = [""] * len(labels) if groups is None else groups.tolist()
    units = [group or f"\0{row}" for row, group in enumerate(belongs)]  # what is of no group is drawn by itself
    known = names if len(names) > classes.max(initial=0) else [str(c) for c in range(int(classes.max(initial=0)) + 1)]
    split_of = np.array(
        drawn(classes, units, known, missing, "{group or image|groups or images}", "Give val and test.")
    )
    return {split: np.flatnonzero(split_of == split) for split in ("train", *missing)}


def _check_labels(name: str, split: str, labels: NDArray[Any]) -> None:
    """Refuse labels that are neither text nor numbers from 0 on; whether these are whole is looked at where they are read.

    Raises:
        DatasetError: they are none.
    """
    if labels.ndim not in (1, 2) or labels.dtype.kind not in "USbiuf":
        raise DatasetError(
            f"{name}: {split} labels are {labels.dtype} of shape {labels.shape}. Give a number or a name for each image."
        )
    if labels.dtype.kind in "if" and not (labels >= 0).all():
        row = np.argwhere(~(labels >= 0))[0]
        raise DatasetError(f"{name}: the {split} label of row {row[0]} is {labels[tuple(row)]}. Number classes from 0.")


def _plain(values: Any, what: str) -> NDArray[Any]:
    """Return an array of what NumPy, torch or pandas holds, wherever it lies; `what` they are is for the message.

    Raises:
        DatasetError: they are no numbers or texts, or rows differ in length.
    """
    if hasattr(values, "detach"):
        values = values.detach().cpu()
        values = values.float() if str(values.dtype) == "torch.bfloat16" else values
    try:
        found = np.asarray(values)
        found = np.array(found.tolist()) if found.dtype.kind in "OT" else found  # as columns of a table have text
    except ValueError:
        found = np.empty(0, object)
    if found.dtype.kind == "O":
        raise DatasetError(f"The {what} are no numbers or texts of one shape. Look for missing ones among them.")
    return found


def _pixels(values: Any, split: str) -> NDArray[Any]:
    """Return images with the channels last.

    Raises:
        DatasetError: they are of no known shape.
    """
    found = _plain(values, f"{split} images")
    kind = modality.find(found)
    if kind is not None and len(kind.shape(found)) == 3:
        return found  # volumes
    if found.ndim == 5 and found.shape[1] in (1, 3):
        return np.moveaxis(found, 1, 4)
    if found.ndim == 4:
        last, first = found.shape[3] in (1, 3), found.shape[1] in (1, 3)
        if first and (hasattr(values, "detach") or not last):
            return found.transpose(0, 2, 3, 1)
        if last:
            return found
    elif found.ndim == 3:
        return found
    raise DatasetError(
        f"{split} images are of shape {found.shape}; (N, H, W), (N, H, W, C) or (N, C, H, W) with 1 or 3 channels is "
        "needed. Volumes are (N, D, H, W), (N, D, H, W, C) or (N, C, D, H, W)."
    )
