"""What the Label issues page shows, computed from plain arrays without Streamlit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coreset_engine.analysis import duplicates, label_issues
from coreset_engine.analysis.duplicates import Duplicates, nearest_in
from coreset_engine.analysis.label_issues import Confusion, Rule, Suspects
from coreset_engine.dashboard.controls.exclusions import Work
from coreset_engine.dashboard.widgets.cards import Card, Example, Group
from coreset_engine.datasets import ImageSet
from coreset_engine.dynamics import Dynamics
from coreset_engine.names import counted

Suspicions = Mapping[Rule, Suspects]
SHARES = {"by the rule": None, "top 0.5 %": 0.005, "top 1 %": 0.01, "top 2 %": 0.02, "top 5 %": 0.05, "top 10 %": 0.1}
ARROW = " → "
rows_of, duplicate_rows = label_issues.rows_of, duplicates.duplicate_rows  # the command lists by them, too


@dataclass(frozen=True)
class IssueView:
    """What the page works on.

    Attributes:
        run: its name.
        dynamics, names, images: of the run; no images for imported dynamics.
        work: the set in which rows are ticked.
        folds: K where each sample was scored by a network that had not seen it, 0 where not.
    """

    run: str
    dynamics: Dynamics
    names: tuple[str, ...]
    images: ImageSet | None
    work: Work
    folds: int = 0

    @property
    def truth(self) -> Mapping[str, NDArray]:
        """Return what was injected into the images."""
        return self.images.truth if self.images else {}

    @property
    def ticked(self) -> NDArray[np.bool_] | None:
        """Return (N,) which rows are ticked, None where none is."""
        found = np.zeros(self.work.facts.samples, bool)
        found[list(self.work.rows)] = True
        return found if self.work.rows else None


def evidence(found: Suspicions, epochs: int, names: tuple[str, ...], row: int) -> str:
    """Return what speaks against a sample's label, e.g. "mean margin −0.61 · never right in 30 epochs · liver 0.82 late"."""
    margin = -found["low-aum"].scores[row]
    wrong = round(found["never-learned"].scores[row] * epochs)
    late = found["confident-elsewhere"].scores[row]
    votes = int(found["combined"].scores[row])
    every = counted(epochs, "{epoch|epochs}")
    learned = f"never right in {every}" if wrong == epochs else f"wrong in {wrong} of {every}"
    proposed = int(found["combined"].proposals.of(np.array([row]))[0])
    other = names[proposed] if proposed >= 0 else "no other class"
    return f"mean margin {_signed(margin)} · {learned} · {other} {late:.2f} late · {votes} of 3 rules"


def _signed(value: float) -> str:
    """Return a number with its sign, the minus as it is printed."""
    return f"{value:+.2f}".replace("-", "−")


def change(label: int, proposed: int, names: tuple[str, ...]) -> str:
    """Return a label and the class that it should perhaps be, -1 for none, e.g. "liver → spleen"."""
    return f"{names[label]}{ARROW}{names[proposed] if proposed >= 0 else 'no other class'}"


def suspect_groups(
    found: Suspicions,
    rule: Rule,
    dynamics: Dynamics,
    names: tuple[str, ...],
    rows: Sequence[int],
    examples: Mapping[int, int],
) -> list[Group]:
    """Return one card per suspect; beside it stands the row that `examples` has for the class proposed."""
    groups = []
    for row, proposed in zip(rows, found[rule].proposals.of(np.array(rows, np.int64)).tolist(), strict=True):
        example, label = examples.get(proposed), int(dynamics.labels[row])
        other = None if example is None else Example(example, names[label], f"surest {names[dynamics.labels[example]]}")
        title = change(label, proposed, names)
        groups.append(Group("", (Card(row, title, evidence(found, dynamics.epochs, names, row), other),)))
    return groups


def suspect_reasons(
    found: Suspicions, rule: Rule, dynamics: Dynamics, names: tuple[str, ...], rows: Sequence[int]
) -> dict[int, str]:
    """Return why suspects are excluded, by row: as it is kept with the set."""
    suspects, words = found[rule], dict[tuple[int, int], str]()
    of = np.array(rows, np.int64)
    pairs = list(zip(dynamics.labels[of].tolist(), suspects.proposals.of(of).tolist(), strict=True))
    for pair in pairs:
        if pair not in words:
            words[pair] = f"suspected label ({rule}): {change(*pair, names)}"
    return {row: words[pair] for row, pair in zip(rows, pairs, strict=True)}


def duplicate_groups(
    found: Duplicates, groups: Sequence[NDArray[np.int64]], captions: Mapping[int, str]
) -> list[Group]:
    """Return one group of cards for each group of images; `captions` names every row's class."""
    shown = []
    for rows in groups:
        near = nearest_in(found, rows)
        cards = tuple(Card(row, captions[row], f"like row {near[row][0]}: {near[row][1]:.3f}") for row in rows.tolist())
        labels = "" if len({captions[row] for row in rows.tolist()}) == 1 else ", labels differ"
        alike = max(value for _, value in near.values())
        shown.append(Group(f"{len(rows)} images, correlation up to {alike:.3f}{labels}", cards))
    return shown


def duplicate_reasons(found: Duplicates, groups: Sequence[NDArray[np.int64]]) -> dict[int, str]:
    """Return why near-duplicates are excluded, by row: as it is kept with the set."""
    near = {row: of for rows in groups for row, of in nearest_in(found, rows).items()}
    return {row: f"near-duplicate of row {other} (correlation {value:.3f})" for row, (other, value) in near.items()}


def pair_text(one: Confusion, names: tuple[str, ...]) -> str:
    """Return a pair of classes in words, "liver → spleen"."""
    return f"{names[one.label]}{ARROW}{names[one.predicted]}"


def pairs_by_text(found: Sequence[Confusion], names: tuple[str, ...]) -> dict[str, tuple[int, int]]:
    """Return pairs of classes by their words, the most frequent first."""
    return {pair_text(one, names): (one.label, one.predicted) for one in found}
