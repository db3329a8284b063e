"""Splits drawn where a source has none: of each class the same share, and what belongs together in one split."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from coreset_engine.errors import DatasetError
from coreset_engine.names import counted

SHARE = {"val": 10, "test": 5}  # one of so many units of a class goes there


def drawn(
    labels: NDArray[np.integer],
    units: Sequence[str],
    names: Sequence[str],
    missing: Sequence[str],
    what: str,
    advice: str,
) -> list[str]:
    """Return the split of every sample: of each class the same share of units is drawn, each unit whole.

    A unit of several classes is drawn as one of its rarest. 10 % of the units of a class become val, 20 % test.

    Args:
        labels: (N,) class of each sample.
        units: N names of what stays together, as patients.
        names: of the classes.
        missing: the splits to draw; the rest is train.
        what: units in words, as `names.counted` takes them, for the refusal.
        advice: what to do then.

    Raises:
        DatasetError: a class has fewer units than there are splits.
    """
    of_class = [
        sorted({unit for unit, label in zip(units, labels, strict=True) if label == c}) for c in range(len(names))
    ]
    split_of: dict[str, str] = {}
    for c in sorted(range(len(names)), key=lambda c: len(of_class[c])):
        free = [unit for unit in of_class[c] if unit not in split_of]
        shares = {split: max(1, len(of_class[c]) // SHARE[split]) for split in missing}
        if not of_class[c]:
            continue  # whoever reads the labels tells of a class without samples
        if len(of_class[c]) < len(missing) + 1:
            raise DatasetError(
                f"Class {names[c]!r} has {counted(len(of_class[c]), what)}; at least {len(missing) + 1} are needed to split "
                f"them. {advice}"
            )
        order = [free[place] for place in np.random.default_rng(0).permutation(len(free))]
        for split, count in shares.items():
            taken = max(0, count - sum(split_of.get(unit) == split for unit in of_class[c]))
            split_of |= dict.fromkeys(order[:taken], split)
            order = order[taken:]
        split_of |= dict.fromkeys(order, "train")
    return [split_of[unit] for unit in units]
