"""What a window map can say of the coreset of a pair of windows."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from coreset_engine.errors import ConfigError
from coreset_engine.window_map import bitsets


@dataclass(frozen=True)
class Measure:
    """One quantity of a map.

    Attributes:
        name, label: in scripts and on pages.
        meaning: what the number is, in one sentence.
        needs: what must be given beside the run and the current coreset: "scores", "suspects", "others" or nothing.
        low: the least value it can take; the highest is 1 for all.
    """

    name: str
    label: str
    meaning: str
    needs: Literal["", "scores", "suspects", "others"] = ""
    low: float = 0.0


_ALL = (
    Measure(
        "overlap",
        "Overlap with the current coreset",
        "Samples in both coresets, as a share of those in either (Jaccard).",
    ),
    Measure(
        "class_shift",
        "Shift of the class shares",
        "Half the sum of |share in the coreset - share in all data| over the classes (total variation distance).",
    ),
    Measure("rarest_class_rate", "Kept share of the rarest class", "Kept share of the class with the fewest samples."),
    Measure(
        "lowest_class_rate", "Lowest kept share of a class", "Kept share of the class that loses most; 0: it is gone."
    ),
    Measure(
        "suspect_share", "Suspects in the coreset", "Suspected label errors as a share of the coreset.", "suspects"
    ),
    Measure(
        "suspects_kept", "Suspects kept", "Share of the suspected label errors that the coreset keeps.", "suspects"
    ),
    Measure(
        "agreement",
        "Rank agreement with the current scores",
        "Spearman's coefficient of the EVA scores with the current ones, over at most 2,000 samples drawn once.",
        "scores",
        -1.0,
    ),
    Measure(
        "stability",
        "Stability over seeds",
        "Overlap (Jaccard) of the coresets of two runs of one recipe, averaged over all pairs of runs.",
        "others",
    ),
)
MEASURES = {measure.name: measure for measure in _ALL}


def chosen(wanted: Sequence[str] | None, given: set[str]) -> tuple[str, ...]:
    """Return the measures to compute: those wanted, or when None all for which there is what they need.

    Args:
        wanted: names, or None.
        given: of "scores", "suspects" and "others" those that there are.

    Raises:
        ConfigError: a measure is unknown, or lacks what it needs.
    """
    if wanted is None:
        return tuple(name for name, measure in MEASURES.items() if not measure.needs or measure.needs in given)
    for name in wanted:
        if name not in MEASURES:
            raise ConfigError(f"A window map has no measure {name!r}. Choose from: {', '.join(MEASURES)}.")
        needs = MEASURES[name].needs
        if needs and needs not in given:
            raise ConfigError(f"The measure {name} needs {needs}, but none were given. Give some, or leave it out.")
    return tuple(wanted)


@dataclass(frozen=True)
class Reference:
    """What the coresets of a map are held against.

    Attributes:
        layout: where each sample's bit stands.
        current: (words,) the current coreset.
        suspects: (words,) suspected label errors, or None.
    """

    layout: bitsets.Layout
    current: NDArray[np.uint64]
    suspects: NDArray[np.uint64] | None = None

    def measure(self, names: Sequence[str], kept: Sequence[NDArray[np.uint64]]) -> dict[str, NDArray[np.float64]]:
        """Return the measures of P coresets by name, each (P,).

        Args:
            names: of `MEASURES`; "agreement", which reads scores, is left to others.
            kept: (P, words) coresets of the run, and after it those of further runs for "stability".
        """
        own = kept[0]
        found = {}
        if "overlap" in names:
            found["overlap"] = bitsets.jaccard(own, self.current)
        if {"class_shift", "rarest_class_rate", "lowest_class_rate"} & set(names):
            found |= self._balance(own)
        if self.suspects is not None and {"suspect_share", "suspects_kept"} & set(names):
            found |= _suspects(own, self.suspects)
        if "stability" in names:
            found["stability"] = np.mean([bitsets.jaccard(one, other) for one, other in combinations(kept, 2)], axis=0)
        return {name: values for name, values in found.items() if name in names}

    def _balance(self, own: NDArray[np.uint64]) -> dict[str, NDArray[np.float64]]:
        """Return what the classes of P coresets (P, words) say."""
        all_data = self.layout.counts
        counts = bitsets.class_counts(own, self.layout.first)
        shares = counts / counts.sum(axis=1, keepdims=True)
        rates = counts / all_data
        return {
            "class_shift": np.abs(shares - all_data / all_data.sum()).sum(axis=1) / 2,
            "rarest_class_rate": rates[:, all_data.argmin()],
            "lowest_class_rate": rates.min(axis=1),
        }


def _suspects(own: NDArray[np.uint64], suspects: NDArray[np.uint64]) -> dict[str, NDArray[np.float64]]:
    """Return how many suspects, (words,), are in P coresets (P, words); NaN as a share of no suspects."""
    kept = bitsets.count(own & suspects)
    total = bitsets.count(suspects)
    return {
        "suspect_share": kept / bitsets.count(own),
        "suspects_kept": kept / total if total else np.full(len(own), np.nan),
    }
