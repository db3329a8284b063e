"""What a recorder looks at before it takes anything: sizes, fields of the run, the turn of an epoch, and batches."""

import operator
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any, get_origin

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coreset_engine import signals
from coreset_engine.datasets import library
from coreset_engine.dynamics import refuse_no_losses
from coreset_engine.errors import DatasetError, DynamicsError, RunError
from coreset_engine.store import CLASS_LOSS, METRICS, RunFile, RunInfo, is_taken


def refuse_other_images(run: str, info: dict[str, Any], labels: NDArray) -> None:
    """Refuse labels that are not those of the images which `info` names: pages would show other images for its rows.

    Raises:
        RunError: they are not; nothing is said where these images are not in the cache.
    """
    name, sha256 = info.get("dataset", ""), info.get("dataset_sha256", "")
    if not (name and sha256 and isinstance(name, str) and isinstance(sha256, str)):
        return
    try:
        known = library.cached(name, sha256).labels["train"]
    except DatasetError:
        return
    if not np.array_equal(known, labels):
        raise RunError(
            f"The run {run!r} has other labels than the train split of {name}, which its info names. Give that split's "
            'labels, `images.labels["train"]`, and count rows in it.'
        )


def fields_of(run: str, asked: dict[str, Any]) -> dict[str, Any]:
    """Return fields of a run's file, numpy's numbers as Python's.

    Raises:
        RunError: there is no such field, or its value is of another kind.
    """
    strange = sorted(set(asked) - set(_KINDS))
    if strange:
        raise RunError(f"The run {run!r} has no field {strange[0]!r} in its info; there are {', '.join(_KINDS)}.")
    plain = {name: value.item() if isinstance(value, np.generic) else value for name, value in asked.items()}
    for name, value in plain.items():
        if not _is_one(value, _KINDS[name]):
            kinds = " or ".join(kind.__name__ for kind in _KINDS[name])
            raise RunError(f"The run {run!r} can't have {name}={value!r} in its info; give {kinds}.")
    return plain


def info_of(run: str, given: dict[str, Any]) -> RunInfo:
    """Return a run's file's attributes, which are checked before anything is written.

    Args:
        run: its name.
        given: what `fields_of` returned, and the sizes.

    Raises:
        RunError: a value is none that the file can hold.
    """
    info = RunInfo(**given)
    info.check_size(f"The run {run!r}")
    try:
        info.attributes()
    except (TypeError, ValueError) as error:
        raise RunError(
            f"The run {run!r} can't be made: info holds what JSON can't ({error}). Give plain numbers and texts."
        ) from None
    return info


_KINDS: dict[str, Any] = {  # of each field's value
    known.name: (list, tuple) if get_origin(known.type) is list else (get_origin(known.type) or known.type,)
    for known in fields(RunInfo)
}


def _is_one(value: Any, kinds: tuple[Any, ...]) -> bool:
    """Return whether a value is of one of some kinds; True and False are no numbers."""
    return isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))


def refuse_closed(run: str, closed: bool) -> None:
    """Raise a RunError where the recorder of a run is closed."""
    if closed:
        raise RunError(f"The recorder of the run {run!r} is closed. Open it again with resume=True.")


def turn_of(epoch: Any, epochs: int, following: int) -> int:
    """Return an epoch as a plain number, unless the run does not have it, or one would be missing before it.

    Args:
        epoch: that is to be recorded, from 1.
        epochs: T.
        following: the first epoch that is not recorded yet.

    Raises:
        DynamicsError: it is such an epoch, or no whole number.
    """
    try:
        number = operator.index(epoch)
    except TypeError:
        raise DynamicsError(f"Epoch {epoch!r} can't be recorded: give a whole number, counted from 1.") from None
    if not 1 <= number <= epochs:
        raise DynamicsError(f"Epoch {number} can't be recorded: the run has epochs 1 to {epochs}, counted from 1.")
    if number > following:
        raise DynamicsError(
            f"Epoch {number} can't be recorded: epoch {following} was not. Count epochs from 1, without a gap."
        )
    return number


def refuse_metrics(run: str, epoch: int, metrics: dict[str, Any], *, own: bool) -> None:
    """Refuse metrics of an epoch that would be lost, and losses of classes that are none.

    Args:
        run: its name.
        epoch: from 1.
        metrics: by name.
        own: whether the training is one of the engine, which may diverge in the epoch after.

    Raises:
        DynamicsError: there is no such metric, an accuracy is no share, or a loss of a class is negative or infinite.
    """
    known = (*METRICS, CLASS_LOSS)
    strange = sorted(set(metrics) - set(known))
    if strange:
        raise DynamicsError(
            f"The run {run!r} keeps no metric {strange[0]!r}. Call end_epoch({epoch}) again with some of {', '.join(known)}."
        )
    for name in () if own else sorted({"train_accuracy", "val_accuracy"} & set(metrics)):
        _refuse_percent(name, metrics[name], epoch)
    if CLASS_LOSS in metrics and not own:
        with suppress(TypeError, ValueError):  # what is no list of numbers is refused where it is written
            losses = np.asarray(metrics[CLASS_LOSS], np.float64).reshape(1, -1)
            refuse_no_losses(f"{CLASS_LOSS} of the run {run!r}", losses, epoch)


def _refuse_percent(name: str, value: Any, epoch: int) -> None:
    """Refuse an accuracy beyond 0..1, rounding apart; what is no number is refused where it is written."""
    with suppress(TypeError, ValueError):
        value = float(value)
        if value < -1e-6 or value > 1 + 1e-6:
            raise DynamicsError(
                f"{name} is a share from 0 to 1; it is {value:g}. Divide percent by 100 and call end_epoch({epoch}) again."
            )


def numbers_of(logits: NDArray) -> NDArray[np.float32]:
    """Return a copy of a batch's outputs as float32; what is too large for it becomes infinite, and is refused later.

    Raises:
        DynamicsError: they are no real numbers.
    """
    if logits.dtype.kind in "cOSUmM":
        raise DynamicsError(f"A batch's logits must be real numbers; they are {logits.dtype}.")
    with np.errstate(over="ignore"):
        return np.array(logits, np.float32)


def array_of(values: Any) -> NDArray[np.float32]:
    """Return nested lists of numbers as an array.

    Raises:
        DynamicsError: rows have different lengths, or hold something else.
    """
    try:
        return np.array([np.asarray(row, np.float32) for row in values], np.float32)
    except (TypeError, ValueError):
        raise DynamicsError("A batch's logits must be numbers, as many in every row.") from None


def rows_in(index: Any) -> int:
    """Return how many rows a batch's index has.

    Raises:
        DynamicsError: it is no list of them, as of a data set that gives samples one by one.
    """
    try:
        return len(index)
    except TypeError:
        raise DynamicsError(
            f"The index of a batch must be a list of rows of the train split; it is {index!r}."
        ) from None


def rows_of(index: Any, samples: int) -> NDArray[np.int64]:
    """Return the rows of a batch as an array, (B,), wherever they lie.

    Raises:
        DynamicsError: they are no whole numbers, or none of a train split of so many samples.
    """
    given = np.asarray(index.detach().cpu().numpy() if hasattr(index, "detach") else index)
    if given.size and given.dtype.kind not in "iu":
        raise DynamicsError(
            f"The index of a batch must be whole numbers, rows of the train split; it is {given.dtype}."
        )
    rows = np.array(given, np.int64).reshape(len(given))
    if rows.size and rows.view(np.uint64).max() >= samples:  # one pass: -1 is the largest uint64
        raise DynamicsError(
            f"A batch has rows {rows.min()} to {rows.max()}; the train split has rows 0 to {samples - 1}."
        )
    return rows


def rows_for_device(index: Any, samples: int) -> tuple[Any, Any]:
    """Return rows for a buffer on a GPU, and whether one is beyond the train split; nothing waits for the GPU.

    Args:
        index: (B,); rows that lie on the GPU are not looked at, but kept inside the buffer there.
        samples: N.

    Raises:
        DynamicsError: as `rows_of` says; of rows on a GPU only that they are no whole numbers.
    """
    if getattr(getattr(index, "device", None), "type", "cpu") == "cpu":
        return rows_of(index, samples), False
    kind = str(index.dtype).removeprefix("torch.")
    if "int" not in kind:
        raise DynamicsError(f"The index of a batch must be whole numbers, rows of the train split; it is {kind}.")
    rows = index.detach().long().reshape(len(index))  # uint8 would be a mask
    return rows.clamp(0, samples - 1), ((rows < 0) | (rows >= samples)).any()


def refuse_beyond(epoch: int, beyond: bool, samples: int) -> None:
    """Raise a DynamicsError where a batch on a GPU had a row beyond the train split."""
    if beyond:
        raise DynamicsError(
            f"Epoch {epoch}: a batch has rows outside those of the train split, 0 to {samples - 1}. Give its row numbers "
            "as the index, and record the epoch again."
        )


def positive(name: str, value: Any) -> int:
    """Return a whole number from 1 on.

    Raises:
        DynamicsError: it is none.
    """
    if not isinstance(value, (int, np.integer)) or value < 1:
        raise DynamicsError(f"{name}={value!r} is not possible: give a whole number from 1 on.")
    return int(value)


def labels_of(folder: Path, given: ArrayLike, classes: int) -> tuple[NDArray, tuple[str, ...]]:
    """Return labels as a run has them, and what they were taken for; a run that exists keeps what it was made as.

    Raises:
        DynamicsError: labels and classes do not fit, or rows of labels have different lengths.
    """
    try:
        labels = np.asarray(given.detach().cpu() if hasattr(given, "detach") else given)
    except ValueError:
        raise DynamicsError("Labels must be (N,) classes or (N, L) zeros and ones, as many in every row.") from None
    if is_taken(folder) and RunFile(folder).info.multi_label:
        return signals.check_labels(labels, classes), ()
    return signals.read_labels(labels, classes)
