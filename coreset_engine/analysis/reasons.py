"""Why a selection keeps a sample or not: score, threshold and percentile, and one sentence built from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from coreset_engine import methods
from coreset_engine.coreset import FULL, Coreset

Basis = Literal["score", "rule", "draw", "pick", "all"]
COUNTED = 8  # rows whose places are counted one by one; of more, all samples are ranked


@dataclass(frozen=True)
class Reason:
    """What one selection makes of one sample.

    Attributes:
        kept: whether it is kept.
        basis: what decides: its score, a rule (or budgets by group) beyond the score, a draw, a method that picks a set, or
            nothing, where all samples are kept.
        score: by the method; NaN where none is given.
        threshold: score of the last-ranked sample kept, of its class where each class has its own; NaN where no single
            score divides kept and dropped.
        percentile: share of all samples that rank behind it, in %; at α = 10 % a top selection keeps those from 90. NaN
            where nothing is ranked.
        rank: its place, from 1.
        samples: N.
        keep: the end of the scores that is kept.
        of_class: whether the threshold is its class's.
        left_out: "excluded" or "cut off" of a sample that may not be kept, else "".
    """

    kept: bool
    basis: Basis
    score: float
    threshold: float
    percentile: float
    rank: int
    samples: int
    keep: str
    of_class: bool = False
    left_out: str = ""


def reasons(
    coreset: Coreset, rows: Sequence[int], labels: NDArray[np.integer], excluded: Sequence[int] | NDArray = ()
) -> list[Reason]:
    """Return what a selection makes of some samples.

    Args:
        coreset: with its spec.
        rows: of the train split.
        labels: (N,) the class of every sample, as `Dynamics.strata_labels`.
        excluded: rows that are never kept.
    """
    basis, of_class = _basis(coreset), _by_class(coreset)
    cuts = _thresholds(coreset, labels, int(labels.max()) + 1) if basis == "score" and of_class else None
    single = coreset.threshold if basis == "score" and not of_class else float("nan")
    never, count = set(np.asarray(excluded, np.int64).tolist()), len(coreset.scores)
    found = []
    places = coreset.places[list(rows)] if len(rows) > COUNTED else [place(coreset, row) for row in rows]
    for row, rank in zip(rows, map(int, places), strict=True):
        kept = bool(coreset.kept[row])
        ranked = basis in ("score", "rule", "draw") or (basis == "pick" and kept)
        cut_off = "cut off" if coreset.cut is not None and coreset.cut[row] else ""
        found.append(
            Reason(
                kept,
                basis,
                float(coreset.scores[row]) if basis in ("score", "rule", "draw") else float("nan"),
                single if cuts is None else float(cuts[labels[row]]),
                100 * (count - rank) / count if ranked else float("nan"),
                rank,
                count,
                coreset.keep,
                of_class,
                "" if kept else "excluded" if row in never else cut_off,
            )
        )
    return found


def place(coreset: Coreset, row: int) -> int:
    """Return a sample's place in the ranking, from 1; where none was made yet, by counting, which needs no sorting."""
    if "places" in vars(coreset) or coreset.keep == "middle":
        return int(coreset.places[row])
    return counted(coreset.scores, coreset.keep, row)


def counted(scores: NDArray[np.float64], keep: str, row: int) -> int:
    """Return a sample's place by scores (N,) of which the highest or the lowest are kept, from 1; ties by lower row."""
    before = scores > scores[row] if keep == "highest" else scores < scores[row]
    return 1 + int(np.count_nonzero(before)) + int(np.count_nonzero(scores[:row] == scores[row]))


def _basis(coreset: Coreset) -> Basis:
    """Return what decides in a selection."""
    spec = coreset.spec
    if spec is None:
        return "score" if coreset.keep in ("highest", "lowest") else "rule"
    if spec.method == FULL:
        return "all"
    if methods.get(spec.method).family == "baseline":
        return "draw"
    if methods.is_greedy(spec.method):
        return "pick"
    by_score = spec.rule in ("top", "balanced") and spec.group_budget == "none"
    return "score" if by_score and coreset.keep in ("highest", "lowest") else "rule"


def _by_class(coreset: Coreset) -> bool:
    """Return whether every class has a threshold of its own."""
    return coreset.spec is not None and (coreset.spec.rule == "balanced" or coreset.spec.class_budget != "none")


def _thresholds(coreset: Coreset, labels: NDArray[np.integer], classes: int) -> NDArray[np.float64]:
    """Return (C,) the score of the last-ranked sample kept of each class; NaN where nothing of it is kept."""
    best = np.inf if coreset.keep == "highest" else -np.inf
    found = np.full(classes, best)
    further = np.minimum if coreset.keep == "highest" else np.maximum
    further.at(found, labels[coreset.rows], coreset.scores[coreset.rows])
    found[np.bincount(labels[coreset.rows], minlength=classes) == 0] = np.nan
    return found


def sentence(named: Sequence[tuple[str, Reason]]) -> str:
    """Return why selections keep a sample or not, in one sentence, e.g. "A keeps it (score 3 ≥ 2, percentile 75); …".

    Args:
        named: name of each selection and what it makes of the sample.
    """
    said = "; ".join(f"{name} {_verb(one)}" for name, one in named)
    return f"{said}." if said else ""


def _verb(one: Reason) -> str:
    """Return what a selection does with the sample, and why."""
    if one.left_out:
        return f"may not keep it: it is {one.left_out}" + ("" if one.left_out == "excluded" else " as too hard")
    if one.basis == "all":
        return "keeps every sample"
    if one.basis == "draw":
        return f"{'draws' if one.kept else 'does not draw'} it, by chance alone"
    if one.basis == "pick":
        return f"picks it as number {one.rank:,}" if one.kept else "does not pick it"
    verb, stands = "keeps" if one.kept else "drops", f"percentile {one.percentile:.4g}"
    if one.basis == "rule":
        return f"{verb} it by its rule (score {one.score:.4g}, {stands})"
    if np.isnan(one.threshold):
        return f"{verb} it: nothing of its class is kept (score {one.score:.4g}, {stands})"
    whose = " of its class" if one.of_class else ""
    return f"{verb} it (score {one.score:.4g} {_sign(one)} {one.threshold:.4g}{whose}, {stands})"


def _sign(one: Reason) -> str:
    """Return how the score stands to the threshold; of equal scores the lower row is kept first."""
    if one.score == one.threshold:
        return "="
    return ">" if one.score > one.threshold else "<"
