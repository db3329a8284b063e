"""Folds: which samples each network of a recording never sees, and the files of what it says of them.

A fold's outputs lie in the run's folder until the recording ends: `fold-1.npy` holds logits (T, n, C), and `fold-1.json`,
written last, the figures of its epochs and the sum over the logits.
"""

from __future__ import annotations

import errno
import os
import shutil
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from coreset_engine import named_json, names, paths
from coreset_engine.access import require_writable
from coreset_engine.errors import ConfigError, DynamicsError, RunError
from coreset_engine.faults import advice, unwritable


def check(labels: NDArray[np.integer], folds: int, class_names: tuple[str, ...]) -> None:
    """Refuse labels that can't be divided into folds of which every one has every class, or every label.

    Args:
        labels: of the train split, (N,) classes or (N, L) zeros and ones.
        folds: K.
        class_names: of all classes or labels.

    Raises:
        ConfigError: a class or label has fewer samples than there are folds.
    """
    counts = np.bincount(labels, minlength=len(class_names)) if labels.ndim == 1 else labels.sum(axis=0, dtype=np.int64)
    smallest = int(np.argmin(np.where(counts > 0, counts, len(labels) + 1)))
    if counts[smallest] < folds:
        has = names.counted(int(counts[smallest]), "train {sample|samples}")
        named = f"{'class' if labels.ndim == 1 else 'label'} {names.shown(class_names[smallest])}"
        raise ConfigError(
            f"{folds} folds are not possible: {named} has {has}, and every fold needs one. Choose fewer folds, or record "
            "without."
        )


def fold_of(labels: NDArray[np.integer], folds: int, seed: int) -> NDArray[np.int64]:
    """Return the fold of every sample, (N,) from 0: of each class, and of all, as many in every fold as in any, but for one.

    Samples of several labels count as of the one that fewest samples have; those of none are a class of their own.

    Args:
        labels: (N,) classes, or (N, L) zeros and ones.
        folds: K.
        seed: decides who goes where within a class.
    """
    strata = labels if labels.ndim == 1 else _rarest(labels)
    drawn = np.random.default_rng(seed).permutation(len(labels))
    order = drawn[np.argsort(strata[drawn], kind="stable")]  # class after class, each in the order drawn
    found = np.empty(len(labels), np.int64)
    found[order] = np.arange(len(labels)) % folds  # dealt like cards, on from class to class
    return found


def _rarest(labels: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return the label of every sample that fewest samples have, (N,); -1 for a sample of none."""
    counts = labels.sum(axis=0, dtype=np.int64)
    found = np.where(labels > 0, counts, counts.max(initial=0) + 1).argmin(axis=1)
    return np.where(labels.any(axis=1), found, -1)


def needed_bytes(epochs: int, samples: int, classes: int) -> int:
    """Return how many bytes the outputs of all folds take until the recording ends: T N C float32."""
    return 4 * epochs * samples * classes


def check_room(folder: Path, needed: int) -> None:
    """Refuse folds whose outputs do not fit the disk, before hours of training.

    Raises:
        RunError: they don't.
    """
    free = shutil.disk_usage(next(one for one in (folder, *folder.parents) if one.exists())).free
    if needed > free:
        raise RunError(
            f"The outputs of the folds need {needed / 2**30:,.3g} GiB until the recording ends, but {free / 2**30:,.3g} GiB "
            f"are free at {folder}. {advice(errno.ENOSPC)}"
        )


def sentence(folds: int) -> str:
    """Return what a run's file says of how its samples were scored."""
    return f"Each sample was scored by one of {folds} networks that had not seen it."


@dataclass(frozen=True)
class FoldOutputs:
    """What the network that did not see a fold gives.

    Attributes:
        logits: (T, n, C) float32 of the fold's samples, in the order of their rows, after every epoch.
        history: the figures of every epoch, by the names of `store.METRICS`.
        class_losses: (T, C) mean losses on val of every class, NaN for a class that val has none of; (T, 0) where a sample
            has several labels.
    """

    logits: NDArray[np.float32]
    history: list[dict[str, float]]
    class_losses: NDArray[np.float64]


class FoldWriter:
    """Writes the outputs of a fold epoch by epoch; a file that `finish` did not name is removed at the end."""

    def __init__(self, folder: Path, fold: int, shape: tuple[int, int, int]) -> None:
        """Take the run's folder, the fold, from 1, and the shape (T, n, C) of its logits.

        Raises:
            ViewerError: this process only shows.
        """
        require_writable("write a fold")
        self._folder, self._fold, self._shape, self._crc = folder, fold, shape, 0
        self._part = folder / f".fold-{fold}.part"
        self._class_losses: list[list[float]] = []

    def write(self, epoch: int, logits: NDArray[np.float32], class_losses: NDArray[np.float64]) -> None:
        """Write the logits (n, C) of the next epoch, and keep the losses (C,) on val.

        Raises:
            DynamicsError: a logit is not finite.
            RunError: the disk refuses.
        """
        if not np.isfinite(logits).all():
            raise DynamicsError(
                f"Fold {self._fold}, epoch {epoch}: the network gives NaN or infinite outputs, so the training diverged: "
                "lower the learning rate."
            )
        content = np.ascontiguousarray(logits, "<f4").tobytes()
        self._crc = zlib.crc32(content, self._crc)
        self._class_losses.append(class_losses.tolist())
        try:
            self._file.write(content)
        except OSError as error:
            raise RunError(unwritable(self._part, error)) from None

    def finish(self, history: list[dict[str, float]]) -> None:
        """Give the file its name when it is safe from a power cut, then say that it is whole.

        Raises:
            RunError: the disk refuses.
        """
        logits, facts = _paths(self._folder, self._fold)
        found: dict[str, Any] = {"logits_crc32": self._crc, "history": history, "class_losses": self._class_losses}
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._part.replace(logits)
            paths.write_atomically(facts, named_json.sealed(found))
        except OSError as error:
            raise RunError(unwritable(logits, error)) from None

    def __enter__(self) -> Self:
        """Return the writer itself, its file begun.

        Raises:
            RunError: the disk refuses.
        """
        header = {"descr": "<f4", "fortran_order": False, "shape": self._shape}
        try:
            self._file = open(self._part, "wb")
            np.lib.format.write_array_header_1_0(self._file, header)
        except OSError as error:
            raise RunError(unwritable(self._part, error)) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the file where it was not finished."""
        with suppress(OSError):  # what a full disk has not taken
            self._file.close()
        self._part.unlink(missing_ok=True)


def is_kept(folder: Path, fold: int) -> bool:
    """Return whether a run's folder holds the whole outputs of a fold, from 1."""
    return _paths(folder, fold)[1].exists()


def read(folder: Path, fold: int) -> FoldOutputs:
    """Return the outputs of a fold, from 1; the logits stay on the disk.

    Raises:
        RunError: a file is missing or does not match its sum.
    """
    at, facts = _paths(folder, fold)
    try:
        found, _ = named_json.unsealed(facts)
        logits = np.load(at, mmap_mode="r", allow_pickle=False)
        crc = 0
        for epoch in logits:
            crc = zlib.crc32(epoch.tobytes(), crc)
        if crc != found["logits_crc32"]:
            raise ValueError("the logits do not match their checksum")
        return FoldOutputs(logits, found["history"], np.array(found["class_losses"], np.float64))
    except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
        raise RunError(f"{at} can't be read: {error}. Delete {facts.name} to train this fold again.") from None


def check_file(facts: Path) -> bool:
    """Return whether a fold's outputs have sums, given its `.json`.

    Raises:
        RunError: they do not match.
    """
    read(facts.parent, int(facts.stem.removeprefix("fold-")))
    return True


def left(folder: Path) -> list[Path]:
    """Return the files of folds in a run's folder."""
    return sorted([*folder.glob("fold-*.json"), *folder.glob("fold-*.npy"), *folder.glob(".fold-*.part")])


def _paths(folder: Path, fold: int) -> tuple[Path, Path]:
    """Return where the logits and the facts of a fold lie."""
    return folder / f"fold-{fold}.npy", folder / f"fold-{fold}.json"
