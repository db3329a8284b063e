"""What the Explore page shows, computed from plain arrays without Streamlit."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coreset_engine import scores
from coreset_engine.coreset import Coreset
from coreset_engine.datasets import corruptions
from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import ConfigError

Group = Literal["kept", "boundary", "dropped", "entering", "leaving"]
GROUPS: tuple[Group, ...] = ("kept", "boundary", "dropped")
AGAINST: tuple[Group, ...] = ("entering", "leaving")  # beside a pinned selection
ORDER = {"kept": "best-ranked first", "boundary": "nearest to the cut first", "dropped": "last-ranked first"}
ORDER |= {"entering": "kept now and not in A, best-ranked first", "leaving": "in A and not kept now, best-ranked first"}
BINS = 80


def members(current: Coreset, group: Group, pinned: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
    """Return the rows of a group: kept from the best-ranked, dropped from the last, boundary by closeness to the cut.

    Args:
        current: the coreset.
        group: which samples.
        pinned: (N,) members of A, for entering and leaving.
    """
    kept, ranking = current.kept, current.ranking
    if group in AGAINST and pinned is not None:
        wanted = kept & ~pinned if group == "entering" else pinned & ~kept
        return ranking[wanted[ranking]]
    if group == "boundary":
        place = np.arange(len(ranking))
        return ranking[np.argsort(np.abs(place - current.size + 0.5), kind="stable")]
    ordered = ranking if group == "kept" else ranking[::-1]
    return ordered[kept[ordered] == (group == "kept")]


def histogram(current: Coreset) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Return bin edges (BINS + 1,), and how many samples and how many kept ones fall into each bin."""
    finite = current.scores[np.isfinite(current.scores)]
    low, high = (finite.min(), finite.max()) if len(finite) else (0.0, 1.0)
    edges = np.linspace(low, high if high > low else low + 1.0, BINS + 1)
    clipped = np.clip(current.scores, edges[0], edges[-1])
    return edges, np.histogram(clipped, edges)[0], np.histogram(clipped[current.kept], edges)[0]


def class_counts(labels: NDArray[np.integer], classes: int, *groups: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return (C, 1 + groups): samples of each class (label) in all data and in each group, a mask (N,)."""
    every = np.ones(len(labels), bool)
    if labels.ndim == 2:
        return np.stack([labels[mask].sum(axis=0, dtype=np.int64) for mask in (every, *groups)], axis=1)
    return np.stack([np.bincount(labels[mask], minlength=classes) for mask in (every, *groups)], axis=1)


def of_class(
    rows: NDArray[np.int64], labels: NDArray[np.integer], names: tuple[str, ...], chosen: str
) -> NDArray[np.int64]:
    """Return those of `rows` that carry the label `chosen`, or all of them when it is no label's name."""
    if chosen not in names:
        return rows
    number = names.index(chosen)
    member = labels == number if labels.ndim == 1 else labels[:, number] == 1
    return rows[member[rows]]


def as_table(
    rows: NDArray[np.int64], current: Coreset, labels: NDArray[np.integer], names: tuple[str, ...]
) -> pd.DataFrame:
    """Return some samples in the order given: row, class, score, rank (1 is kept first), and whether it is kept.

    Args:
        rows: of the train split.
        current: what is shown.
        labels: (N,) classes, or (N, L) zeros and ones.
        names: of the classes.
    """
    columns = {
        "index": rows,
        "class_name": class_texts(labels[rows], names),
        "score": current.scores[rows],
        "rank": current.places[rows],
    }
    return pd.DataFrame(columns | {"kept": current.kept[rows].astype(int)})


def class_texts(labels: NDArray[np.integer], names: tuple[str, ...]) -> list[str]:
    """Return the class of every sample as text, several labels joined; labels (B,) or (B, L) zeros and ones."""
    if labels.ndim == 1:
        return [names[label] for label in labels]
    return [";".join(names[c] for c in np.flatnonzero(row)) for row in labels]


def sort_orders() -> dict[str, tuple[str, bool]]:
    """Return by what images can be sorted besides their rank: text -> (method, whether its highest come first).

    Offered are scores that read nothing but dynamics and need no options.
    """
    names = [
        name
        for name, entry in scores.all_scores().items()
        if entry.reads != "snapshot" and name != "random" and not any(o.required for o in entry.options.values())
    ]
    return {f"{name}, {end} first": (name, end == "highest") for name in names for end in ("highest", "lowest")}


def sorted_by(rows: NDArray[np.int64], values: NDArray[np.float64], highest: bool) -> NDArray[np.int64]:
    """Return `rows` by their values (N,), the highest or the lowest first; equal ones stay in their order."""
    return rows[np.argsort(-values[rows] if highest else values[rows], kind="stable")]


@dataclass(frozen=True)
class Planted:
    """Errors of one kind that were planted on purpose: what they are, how many a coreset keeps, how many chance would."""

    kind: str
    kept: int
    total: int
    expected: float


def planted(truth: dict[str, NDArray], kept: NDArray[np.bool_]) -> list[Planted]:
    """Return, for each kind of planted error, how many the coreset keeps, how many there are, and what Random keeps.

    A near-duplicate counts as kept when its original is kept, too: only then is a place wasted.
    """
    rate = float(kept.mean())
    groups = {}
    if "wrong_label" in truth:
        groups["wrong labels"] = truth["wrong_label"].astype(bool)
    for code, kind in enumerate(corruptions.TYPES, 1):
        if "corrupted" in truth and (truth["corrupted"] == code).any():
            groups[f"{kind} images"] = truth["corrupted"] == code
    found = [
        Planted(kind, int((spoiled & kept).sum()), int(spoiled.sum()), rate * spoiled.sum())
        for kind, spoiled in groups.items()
    ]
    if "duplicate_of" in truth:
        copies = np.flatnonzero(truth["duplicate_of"] >= 0)
        both = kept[copies] & kept[truth["duplicate_of"][copies]]
        found.append(Planted("near-duplicate pairs", int(both.sum()), len(copies), rate**2 * len(copies)))
    return found


def parse_rows(text: str, samples: int) -> list[int]:
    """Return the row numbers in a text such as "12, 345", at most 12 of them; [] for an empty text.

    Raises:
        ConfigError: something else than row numbers of the train split stands there.
    """
    words = text.replace(",", " ").split()
    bad = [word for word in words if not word.isdecimal() or int(word) >= samples]
    if bad:
        raise ConfigError(
            f"{bad[0]!r} is no row of the train split. Give numbers from 0 to {samples - 1}, with commas."
        )
    return list(dict.fromkeys(int(word) for word in words))[:12]


def captions(dynamics: Dynamics, rows: list[int], names: tuple[str, ...]) -> list[str]:
    """Return the class name of each row, several labels joined by "+"."""
    if not dynamics.multi_label:
        return [names[dynamics.labels[row]] for row in rows]
    return ["+".join(names[c] for c in np.flatnonzero(dynamics.labels[row])) or "no label" for row in rows]
