"""Groups of samples that belong together, as a patient's: checked, counted, and looked for in several splits."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine import names
from coreset_engine.errors import DatasetError

NAMED = 3  # groups in a sentence
LEAKAGE = "Leakage: "  # begins a sentence that warns of it


def checked(name: str, split: str, values: NDArray[Any], samples: int) -> NDArray[np.str_]:
    """Return the group of every sample of a split, (N,) text; "" for one that belongs to none.

    Args:
        name: of the data set, for messages.
        split: of which they are.
        values: (N,) or (N, 1) text or whole numbers.
        samples: N.

    Raises:
        DatasetError: they do not fit the samples, or a name is none that people can read.
    """
    flat = values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values
    if flat.shape != (samples,) or flat.dtype.kind not in "iuU":
        raise DatasetError(
            f"{name}: {split}_groups is {values.dtype} {values.shape}; one text or whole number for each of {samples:,} "
            "images is needed."
        )
    texts = flat.astype(np.str_)
    names.check_all(np.unique(texts[texts != ""]).tolist(), f"{name}: the name of {split} group", DatasetError)
    return texts


def by_prefix(files: Iterable[Path], separator: str) -> dict[Path, str]:
    """Return the group of every file: what its name begins with before the first separator; "" for one that has none.

    Raises:
        DatasetError: no name has the separator.

    Example:
        >>> from pathlib import Path
        >>> from coreset_engine.datasets.sample_groups import by_prefix
        >>> list(by_prefix([Path("liver/P01_3.png"), Path("liver/other.png")], "_").values())
        ['P01', '']
    """
    found = {file: file.stem.partition(separator)[0] if separator in file.stem else "" for file in files}
    if not any(found.values()):
        raise DatasetError(f"No picture's name has anything before {separator!r}. Choose another --group-prefix.")
    return found


def digest(values: NDArray[np.str_]) -> str:
    """Return what tells the groups of a split, (N,), from others: 12 digits of their SHA-256."""
    return hashlib.sha256(json.dumps(values.tolist()).encode()).hexdigest()[:12]


def shared(groups: Mapping[str, NDArray[np.str_]]) -> dict[tuple[str, str], list[str]]:
    """Return the groups that two splits have in common, ascending, by the splits; pairs without any are left out."""
    known = {split: np.unique(values[values != ""]) for split, values in groups.items()}
    common = {(a, b): np.intersect1d(known[a], known[b]).tolist() for a, b in combinations(known, 2)}
    return {pair: found for pair, found in common.items() if found}


def sentences(groups: Mapping[str, NDArray[np.str_]], origin: str) -> list[str]:
    """Return what people must know of groups: how many each split has, and which occur in two of them; [] for no groups.

    Args:
        groups: by split, (N,) each.
        origin: where they were read, in words.
    """
    if not groups:
        return []
    counts = ", ".join(f"{len(np.unique(values[values != ''])):,} in {split}" for split, values in groups.items())
    none = sum(int((values == "").sum()) for values in groups.values())
    without = f"; {names.counted(none, '{image belongs|images belong}')} to none" if none else ""
    said = [f"Groups were read from {origin}: {counts}{without}."]
    for (one, other), found in shared(groups).items():
        inside = int(np.isin(groups[other], found).sum())
        named = ", ".join(found[:NAMED]) + (", …" if len(found) > NAMED else "")
        said.append(
            f"{LEAKAGE}{names.counted(len(found), '{group occurs|groups occur}')} in {one} and {other} ({named}), with "
            f"{names.counted(inside, '{image|images}')} of {other}: accuracies there are too high. Keep each group in one "
            "split."
        )
    return said
