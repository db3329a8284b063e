"""One coreset looked at: its groups of samples, the histogram of its scores, injected errors that it keeps."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from coreset_engine.coreset import Coreset
from coreset_engine.datasets import corruptions

Group = Literal["kept", "boundary", "dropped", "cut off", "entering", "leaving"]
GROUPS: tuple[Group, ...] = ("kept", "boundary", "dropped")
CUT: Group = "cut off"  # where a hard cut-off was asked for
CHANGES: tuple[Group, ...] = ("entering", "leaving")  # beside another coreset
ORDER = {"kept": "best-ranked first", "dropped": "last-ranked first"}
ORDER |= {"boundary": "nearest to the cut first; kept and dropped ones, so it overlaps with both"}
ORDER |= {
    "entering": "kept now and not in A, best-ranked first; a part of the kept",
    "leaving": "in A and not kept now, best-ranked first; a part of the dropped",
}
ORDER |= {CUT: "left out by the hard cut-off, best-ranked first; the dropped hold them, too"}
BINS = 80


def members(coreset: Coreset, group: Group, pinned: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
    """Return the rows of a group: kept and cut off from the best-ranked, dropped from the last, boundary by closeness.

    Args:
        coreset: whose samples.
        group: which of them.
        pinned: (N,) members of A, for entering and leaving.
    """
    kept, ranking = coreset.kept, coreset.ranking
    if group in CHANGES and pinned is not None:
        wanted = kept & ~pinned if group == "entering" else pinned & ~kept
        return ranking[wanted[ranking]]
    if group == CUT and coreset.cut is not None:
        return ranking[coreset.cut[ranking]]
    if group == "boundary":
        place = np.arange(len(ranking))
        return ranking[np.argsort(np.abs(place - coreset.size + 0.5), kind="stable")]
    ordered = ranking if group == "kept" else ranking[::-1]
    return ordered[kept[ordered] == (group == "kept")]


def one_threshold(coreset: Coreset) -> float | None:
    """Return the score that divides all samples that may be kept, None where a rule, classes or groups divide them.

    None, too, where the middle of the scores is kept, which has two ends.
    """
    spec = coreset.spec
    if spec is None or coreset.keep == "middle":
        return None
    plain = (spec.rule, spec.class_budget, spec.group_budget) == ("top", "none", "none")
    return coreset.threshold if plain else None


def histogram(coreset: Coreset) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Return bin edges (BINS + 1,), and how many samples and how many kept ones fall into each bin."""
    finite = coreset.scores[np.isfinite(coreset.scores)]
    low, high = (finite.min(), finite.max()) if len(finite) else (0.0, 1.0)
    edges = np.linspace(low, high if high > low else low + 1.0, BINS + 1)
    clipped = np.clip(coreset.scores, edges[0], edges[-1])
    return edges, np.histogram(clipped, edges)[0], np.histogram(clipped[coreset.kept], edges)[0]


@dataclass(frozen=True)
class CutOff:
    """What a hard cut-off left out: samples in all, and of those with known label errors the right and the wrong ones."""

    samples: int
    label_errors: int
    clean: int
    all_label_errors: int


def cut_off(coreset: Coreset, truth: Mapping[str, NDArray]) -> CutOff | None:
    """Return what the hard cut-off of a coreset left out, None where none was asked for.

    Args:
        coreset: whose cut-off.
        truth: (N,) arrays: `ImageSet.truth`; without label errors these count as 0 of 0.
    """
    if coreset.cut is None:
        return None
    wrong = truth.get("wrong_label", np.zeros(len(coreset.cut))).astype(bool)
    errors = int((wrong & coreset.cut).sum())
    samples = int(coreset.cut.sum())
    return CutOff(samples, errors, samples - errors, int(wrong.sum()))


@dataclass(frozen=True)
class Injection:
    """Injected errors of one kind: what they are, how many a coreset keeps, how many there are, how many chance keeps."""

    kind: str
    kept: int
    total: int
    expected: float


def injections(truth: Mapping[str, NDArray], kept: NDArray[np.bool_]) -> list[Injection]:
    """Return, for each kind of injected error, how many a coreset keeps, how many there are, and what Random keeps.

    A near-duplicate counts as kept when its original is kept, too: only then is a place wasted.

    Args:
        truth: (N,) arrays: `ImageSet.truth`.
        kept: (N,) the coreset.
    """
    rate = float(kept.mean())
    groups = {}
    if "wrong_label" in truth:
        groups["label errors"] = truth["wrong_label"].astype(bool)
    for code, kind in enumerate(corruptions.TYPES, 1):
        if "corrupted" in truth and (truth["corrupted"] == code).any():
            groups[f"{kind} images"] = truth["corrupted"] == code
    found = [
        Injection(kind, int((wrong & kept).sum()), int(wrong.sum()), rate * wrong.sum())
        for kind, wrong in groups.items()
    ]
    if "duplicate_of" in truth:
        copies = np.flatnonzero(truth["duplicate_of"] >= 0)
        both = kept[copies] & kept[truth["duplicate_of"][copies]]
        found.append(Injection("near-duplicate pairs", int(both.sum()), len(copies), rate**2 * len(copies)))
    return found
