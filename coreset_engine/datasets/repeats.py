"""Images that lie in two splits: a network that was trained on one is judged on the same picture again."""

from collections.abc import Mapping
from hashlib import blake2b
from itertools import combinations
from typing import Any

from numpy.typing import NDArray

from coreset_engine.datasets.sample_groups import LEAKAGE
from coreset_engine.names import counted


def repeats(images: Mapping[str, NDArray[Any]]) -> dict[tuple[str, str], list[tuple[int, int]]]:
    """Return which images two splits have in common, equal in every pixel; pairs of splits without any are left out.

    Args:
        images: by split, (N, ...) each, all of one shape and type.

    Returns:
        By the two splits, for each such image of the second its row there and the first row of it in the first, ascending.

    Example:
        >>> import numpy as np
        >>> from coreset_engine.datasets.repeats import repeats
        >>> repeats({"train": np.array([[5], [7]]), "val": np.array([[1]]), "test": np.array([[9], [7]])})
        {('train', 'test'): [(1, 1)]}
    """
    marks = {split: [_mark(image) for image in values] for split, values in images.items()}
    found = {}
    for one, other in combinations(marks, 2):
        first = {mark: row for row, mark in reversed(list(enumerate(marks[one])))}
        found[one, other] = [(row, first[mark]) for row, mark in enumerate(marks[other]) if mark in first]
    return {pair: rows for pair, rows in found.items() if rows}


def _mark(image: NDArray[Any]) -> bytes:
    """Return what only images with the same pixels have in common."""
    return blake2b(image.tobytes(), digest_size=16).digest()


def sentences(images: Mapping[str, NDArray[Any]]) -> list[str]:
    """Return what people must know of images that lie in two splits, a sentence per pair of splits; [] for none."""
    return [
        f"{LEAKAGE}{counted(len(rows), '{image|images}')} of {other} {'is' if len(rows) == 1 else 'are'} in {one}, too, the "
        f"same in every pixel (row {rows[0][0]} of {other} is row {rows[0][1]} of {one}): accuracies there are too high. "
        "Remove the copies from one of the two."
        for (one, other), rows in repeats(images).items()
    ]
