"""Budgets: how classes or groups share the places of a coreset, in words and as strata that rules then choose from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine import argv, names
from coreset_engine.budgets import groups
from coreset_engine.budgets.hard_cutoff import BY
from coreset_engine.budgets.places import KINDS, MEASURED, RECALL, TAU, Kind, counted, shared_out
from coreset_engine.errors import ConfigError

# what every method, rule and Random takes, with the value that asks for nothing
SHARED: dict[str, Any] = {"class_budget": "none", "group_budget": "none", "hard_cutoff": 0.0, "hard_cutoff_by": BY}
# what of a result row says the same; `groups` tells groups that share the places from others, see `sample_groups.digest`
OF_ROW = (*SHARED, "groups")
MOST_NOTES = 10  # on cuts that were given up; how many more there are is told
WORDS = {
    "none": "All classes compete for the places.",
    "proportional": "Places in proportion to the class sizes.",
    "tempered": "Places in proportion to the class size to the power τ.",
    "equal": "As many places per class.",
    "drop": "DRoP: class size times 1 − recall on val.",
    "difficulty": "Class size times mean difficulty (EL2N).",
}


@dataclass(frozen=True)
class ClassBudget:
    """How classes share the places of a coreset.

    Attributes:
        kind: one of KINDS.
        tau: exponent of the class size, read by "tempered" only.
    """

    kind: Kind = "none"
    tau: float = TAU

    def __str__(self) -> str:
        """Return it as one word, from which `parse` makes it again."""
        return f"{self.kind}:tau={self.tau!r}" if self.kind == "tempered" and self.tau != TAU else self.kind


def given(source: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of SHARED that a row, or fields by their names, ask for: not the defaults, nor what is missing or NaN."""
    found = {name: source.get(name, usual) for name, usual in SHARED.items()}
    asked = {name: value for name, value in found.items() if value is not None and value == value}
    return {name: value for name, value in asked.items() if value != SHARED[name]}


def words(
    class_budget: str = "none",
    hard_cutoff: float = 0.0,
    hard_cutoff_by: str = BY,
    group_budget: str = "none",
    groups_sha: str = "",
) -> list[str]:
    """Return budgets and a hard cut-off in words, e.g. ["tempered budgets τ=0.5", "hard cut-off β=0.3"].

    Groups can change on the same images, so that four signs of `groups_sha` tell them apart where it is given.
    """
    budget = parse(class_budget)
    found = [] if budget.kind == "none" else [f"{budget.kind} budgets"]
    if budget.kind == "tempered":
        found = [f"tempered budgets τ={budget.tau:g}"]
    if group_budget != "none":
        kind = "whole groups" if group_budget == groups.WHOLE else f"{group_budget} budgets by group"
        found.append(kind + (f" ({groups_sha[:4]})" if groups_sha else ""))
    by = "" if hard_cutoff_by == BY else f" by {hard_cutoff_by.replace(':', ', ')}"
    return found + ([f"hard cut-off β={hard_cutoff:g}{by}"] if hard_cutoff else [])


def row_words(row: Mapping[str, Any]) -> list[str]:
    """Return budgets and hard cut-off of a result row in words."""
    told = row.get("groups")
    return words(**given(row), groups_sha=told if isinstance(told, str) else "")


def reads_run(class_budget: str, hard_cutoff: float) -> bool:
    """Return whether class budgets or a cut-off depend on what a run recorded, not on labels alone."""
    return parse(class_budget).kind in MEASURED or hard_cutoff > 0


def reads_snapshot(class_budget: str) -> bool:
    """Return whether class budgets depend on a network's outputs on val."""
    return parse(class_budget).kind == RECALL


def to_argv(source: Mapping[str, Any]) -> list[str]:
    """Return the options of the command line that mean what `given` finds; none for none."""
    found = given(source)
    return [word for name, value in found.items() for word in (f"--{name.replace('_', '-')}", argv.text(value))]


def of_argv(found: Mapping[str, list[str]]) -> dict[str, Any]:
    """Return the fields of SHARED that options of the command line give, by their names.

    Raises:
        ConfigError: the cut-off is no number.
    """
    texts = {
        name: found[f"--{name.replace('_', '-')}"][-1] for name in SHARED if f"--{name.replace('_', '-')}" in found
    }
    cutoff = argv.number(found, "--hard-cutoff", float)
    return texts | ({} if cutoff is None else {"hard_cutoff": cutoff})


@dataclass(frozen=True)
class Limits:
    """What bounds a choice besides its size: class budgets, and a cut-off.

    Attributes:
        budget: how classes share the places.
        need: (C,) how much each class needs, for the kinds that ask.
        pool: (N,) True for samples that a cut-off leaves; None leaves all. A group with fewer of them than places takes
            all its rows.
        group_budget: how groups share the places, one of `groups.GROUP_BUDGETS`; "whole" is no matter of places.
        belongs: (N,) number of every sample's group, where they share places.
        names: of the groups that share places, else of the classes, as notes call them; () where they are not known.
    """

    budget: ClassBudget = ClassBudget()
    need: NDArray[np.float64] | None = None
    pool: NDArray[np.bool_] | None = None
    group_budget: str = "none"
    belongs: NDArray[np.int64] | None = None
    names: tuple[str, ...] = ()

    def name_of(self, number: int) -> str:
        """Return what a note calls a class, or a group where these share places."""
        if self.belongs is not None and self.names and not self.names[number]:
            return "no group"
        kind = "class" if self.belongs is None else "group"
        named = self.names[number] if self.names else str(number)
        return named if named.startswith(f"{kind} ") else f"{kind} {named}"


@dataclass(frozen=True)
class Group:
    """Samples that compete with each other for places.

    Attributes:
        rows: (n,) int64 ascending, those that may be kept.
        places: how many of them are kept.
    """

    rows: NDArray[np.int64]
    places: int


@dataclass(frozen=True)
class Groups:
    """All groups of a selection.

    Attributes:
        groups: those with places, in the order of their classes.
        by_class: whether each holds one class.
        notes: one sentence for each cut that had to be given up, of many for the first ones.
        cut: (N,) True for samples that are cut off, none of a group whose cut had to be given up; None without a cut-off.
    """

    groups: tuple[Group, ...]
    by_class: bool
    notes: tuple[str, ...] = ()
    cut: NDArray[np.bool_] | None = None


def parse(text: str) -> ClassBudget:
    """Return the class budgets that a word means: a kind, for "tempered" with its exponent: `tempered:tau=0.3`.

    Raises:
        ConfigError: there is no such kind, or τ is no number from 0 to 1.
    """
    name, colon, rest = text.partition(":")
    kind = next((known for known in KINDS if known == name), None)
    if kind is None:
        raise ConfigError(f"There are no class budgets {name!r}. Choose one of: {', '.join(KINDS)}.")
    given = argv.key_values(rest.split(","), "The class budget") if colon else {}
    if set(given) - {"tau"} or (given and kind != "tempered"):
        raise ConfigError(
            f"Class budgets {text!r} are not possible: only tempered has an option, as in tempered:tau=0.5."
        )
    return ClassBudget(kind, check_tau(given.get("tau", TAU)))


def with_tau(text: str, tau: float) -> ClassBudget:
    """Return the class budgets that a word means, with an exponent that stands beside it, of effect on "tempered" only.

    Raises:
        ConfigError: as `parse` says, or the exponent is of no effect.
    """
    budget = parse(text)
    if tau == TAU:
        return budget
    if budget.kind != "tempered" or budget.tau not in (TAU, tau):
        raise ConfigError(
            f"tau={tau} is of no effect on class budgets {text!r}: give budget='tempered', or leave it out."
        )
    return ClassBudget(budget.kind, check_tau(tau))


def refuse_idle(hard_cutoff: float, hard_cutoff_by: str, belongs: object, group_budget: str) -> None:
    """Refuse what would be of no effect: evidence of a cut-off of 0, and groups that share nothing.

    Raises:
        ConfigError: one of them is given.
    """
    if hard_cutoff_by != BY and not hard_cutoff:
        raise ConfigError(f"hard_cutoff_by={hard_cutoff_by!r} cuts nothing without hard_cutoff, e.g. 0.3. Give both.")
    if belongs is not None and group_budget == "none":
        raise ConfigError(
            f"groups change nothing without group_budget. Give one of: {', '.join(groups.GROUP_BUDGETS[1:])}."
        )


def check_tau(given: float | str) -> float:
    """Return τ as a number.

    Raises:
        ConfigError: it is none from 0 to 1.
    """
    try:
        tau = float(given)
    except ValueError:
        tau = np.nan
    if not 0 <= tau <= 1:
        raise ConfigError(f"τ of tempered class budgets is {given}; give a number from 0 (equal) to 1 (proportional).")
    return tau


def group(labels: NDArray[np.integer], rows: NDArray[np.int64], size: int, limits: Limits) -> Groups:
    """Return the groups of samples that compete for places.

    Args:
        labels: (N,) classes from 0.
        rows: those that are not excluded, ascending.
        size: M.
        limits: class budgets ("none" makes one group of all), and what a cut-off leaves.

    Raises:
        EngineError: as `places.class_budgets` says.
    """
    if limits.belongs is not None:
        groups.check_places(limits.belongs[rows], size)
        shares = shared_out(np.bincount(limits.belongs[rows]), size, limits.group_budget, TAU, None)
        return by_class(limits.belongs, rows, shares, limits)
    if limits.budget.kind == "none":
        found, notes = pooled(rows, size, limits.pool, "all classes together")
        one = (Group(found, size),)
        return Groups(one, False, notes, _cut_off(limits.pool, one))
    counts = counted(labels[rows], 0 if limits.need is None else len(limits.need))
    return by_class(labels, rows, shared_out(counts, size, limits.budget.kind, limits.budget.tau, limits.need), limits)


def by_class(labels: NDArray[np.integer], rows: NDArray[np.int64], places: NDArray[np.int64], limits: Limits) -> Groups:
    """Return one group per class, or other stratum, that has places, (C,), from the rows that are not excluded."""
    found, notes = [], tuple[str, ...]()
    for c in np.flatnonzero(places):
        own, more = pooled(rows[labels[rows] == c], int(places[c]), limits.pool, limits.name_of(int(c)))
        found.append(Group(own, int(places[c])))
        notes += more
    if len(notes) > MOST_NOTES:  # of a thousand patients nobody reads each
        notes = (*notes[:MOST_NOTES], f"The same is so of {len(notes) - MOST_NOTES:,} more: nothing is cut there.")
    return Groups(tuple(found), True, notes, _cut_off(limits.pool, found))


def _cut_off(pool: NDArray[np.bool_] | None, groups: Sequence[Group]) -> NDArray[np.bool_] | None:
    """Return (N,) True for samples that are cut off and can't be kept in any group, None without a cut-off."""
    if pool is None:
        return None
    cut = ~pool
    for group in groups:
        cut[group.rows] = False
    return cut


def pooled(
    rows: NDArray[np.int64], places: int, pool: NDArray[np.bool_] | None, named: str
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Return the rows (n,) that a cut-off leaves, or all of them with a sentence where these are fewer than places."""
    left = rows if pool is None else rows[pool[rows]]
    if len(left) >= places or pool is None:
        return left, ()
    return rows, (
        f"The hard cut-off leaves {len(left):,} of the {names.counted(len(rows), '{sample|samples}')} of {named}, fewer "
        f"than the {places:,} to keep: nothing is cut there.",
    )
