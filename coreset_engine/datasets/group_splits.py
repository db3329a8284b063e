"""Splits drawn so that groups of pictures, as a patient's, stay whole: none has pictures in two of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coreset_engine.errors import DatasetError


def drawn(
    files: Sequence[Sequence[Path]], belongs: Mapping[Path, str], shares: Mapping[str, int]
) -> dict[str, list[list[Path]]]:
    """Return the pictures of each class by split, "train" and those drawn from it.

    Groups come in an order shuffled with seed 0, then pictures of no group, each by itself. A split takes one where that
    brings its numbers of pictures per class nearer to one of `shares` of each class, summed over the classes, and leaves
    every class a picture in train. A class that it then has none of gives its smallest group that leaves so much.

    Args:
        files: (C,) pictures of each class.
        belongs: group of every picture, "" for none.
        shares: one of so many pictures of a class goes to this split; at least one is sought.

    Raises:
        DatasetError: a split would stay empty.
    """
    counts = _counts(files, belongs)
    left = np.array([len(one) for one in files])
    targets = {split: np.maximum(1, left // share) for split, share in shares.items()}
    place = dict.fromkeys(counts, "train")
    for split, target in targets.items():
        have = np.zeros_like(left)
        for group in _taken(counts, place, target, left):
            place[group], have, left = split, have + counts[group], left - counts[group]
        if not have.any():
            raise DatasetError(
                f"The pictures are of too few groups to draw {split} from train with each group in one split. Give splits "
                "of your own, or leave the groups out."
            )
    return {
        split: [sorted(file for file in one if place[_group(file, belongs)] == split) for one in files]
        for split in ("train", *shares)
    }


def _taken(
    counts: Mapping[str | Path, NDArray[np.int64]],
    place: Mapping[str | Path, str],
    target: NDArray[np.int64],
    left: NDArray[np.int64],
) -> list[str | Path]:
    """Return the groups that one split takes from train.

    Args:
        counts: pictures of each class by group, (C,).
        place: split of every group so far.
        target: (C,) pictures that the split seeks.
        left: (C,) pictures in train.
    """
    have, found = np.zeros_like(left), list[str | Path]()
    order = [group for group in _shuffled(counts) if place[group] == "train"]

    def may_go(group: str | Path) -> bool:
        """Return whether train keeps a picture of every class without a group."""
        more = counts[group]
        return bool((left - have - more)[more > 0].min() > 0)

    for group in order:
        if np.abs(target - have - counts[group]).sum() < np.abs(target - have).sum() and may_go(group):
            found, have = [*found, group], have + counts[group]
    for c in np.flatnonzero(have == 0):
        others = [group for group in order if counts[group][c] and group not in found and may_go(group)]
        if others and not have[c]:
            smallest = min(others, key=lambda group: int(counts[group].sum()))
            found, have = [*found, smallest], have + counts[smallest]
    return found


def _group(file: Path, belongs: Mapping[Path, str]) -> str | Path:
    """Return a picture's group; one of none is its own."""
    return belongs.get(file) or file


def _counts(files: Sequence[Sequence[Path]], belongs: Mapping[Path, str]) -> dict[str | Path, NDArray[np.int64]]:
    """Return how many pictures of each class a group has, (C,) by group."""
    found: dict[str | Path, NDArray[np.int64]] = {}
    for c, one in enumerate(files):
        for file in one:
            found.setdefault(_group(file, belongs), np.zeros(len(files), np.int64))[c] += 1
    return found


def _shuffled(groups: Mapping[str | Path, NDArray[np.int64]]) -> list[str | Path]:
    """Return groups by name in an order shuffled with seed 0, then pictures of none in another."""
    draws = np.random.default_rng(0)
    parts = [sorted(one for one in groups if isinstance(one, kind)) for kind in (str, Path)]
    return [part[i] for part in parts for i in draws.permutation(len(part))]
