"""Ticks that become saved exclusions: what was changed in this browser tab, saving, renaming and files, without drawing."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from coreset_engine import export
from coreset_engine.dashboard.controls import undo
from coreset_engine.dashboard.controls.choices import NOTHING
from coreset_engine.errors import DatasetError, UnknownNameError
from coreset_engine.names import counted
from coreset_engine.store import RunInfo, exclusions
from coreset_engine.store.exclusions import Exclusion
from coreset_engine.tables import as_csv

KINDS = ("csv", "json", "txt")


@dataclass(frozen=True)
class Changes:
    """What was ticked and unticked since a set was saved.

    Attributes:
        added: why, by row.
        removed: rows of the saved set that are to leave it.
    """

    added: dict[int, str] = field(default_factory=dict)
    removed: frozenset[int] = frozenset()

    @property
    def count(self) -> int:
        """Return how many rows are not as they were saved."""
        return len(self.added) + len(self.removed)

    def applied(self, saved: Mapping[int, str]) -> dict[int, str]:
        """Return all rows that are ticked, ascending, with their reasons."""
        kept = {row: why for row, why in saved.items() if row not in self.removed}
        return dict(sorted((self.added | kept).items()))

    def ticked(self, ticks: Mapping[int, bool], saved: Mapping[int, str], reasons: Mapping[int, str]) -> "Changes":
        """Return the changes after some rows were ticked (True) or unticked.

        Args:
            ticks: by row.
            saved: the rows of the saved set, with reasons.
            reasons: of the rows ticked; "" for one that has none.
        """
        added, removed = dict(self.added), set(self.removed)
        for row, on in ticks.items():
            added.pop(row, None)
            removed.discard(row)
            if on and row not in saved:
                added[row] = reasons.get(row, "")
            elif not on and row in saved:
                removed.add(row)
        return Changes(added, frozenset(removed))


@dataclass(frozen=True)
class Work:
    """A saved set, or none, with what was ticked since in this browser tab.

    Attributes:
        run: whose page it is.
        facts: of the run.
        name: of the set, "" for none.
        saved: its rows with reasons.
    """

    run: str
    facts: RunInfo
    name: str
    saved: dict[int, str]

    @property
    def changes(self) -> Changes:
        """Return what was ticked and unticked since the set was saved; another set's changes stay with that set."""
        return st.session_state.get(undo.CHANGES, {}).get(self._place, Changes())

    @property
    def rows(self) -> dict[int, str]:
        """Return all rows that are ticked, ascending, with reasons."""
        return self.changes.applied(self.saved)

    @property
    def _place(self) -> tuple[str, str]:
        """Return what tells these changes from others': images, or the run where those are unknown, and the set."""
        return self.facts.dataset_sha256 or self.run, self.name

    def keep(self, changes: Changes) -> None:
        """Remember the changes for the next run of the page."""
        st.session_state.setdefault(undo.CHANGES, {})[self._place] = changes

    def tick(self, ticks: Mapping[int, bool], reasons: Mapping[int, str]) -> None:
        """Tick (True) or untick rows; a callback."""
        verb = "tick" if all(ticks.values()) else "change" if any(ticks.values()) else "untick"
        with undo.step(f"{verb} {counted(len(ticks), '{row|rows}')}", self.facts.dataset_sha256):
            self.keep(self.changes.ticked(ticks, self.saved, reasons))

    def discard(self) -> None:
        """Take back all that was ticked and unticked since the set was saved; a callback."""
        with undo.step(f"discard {counted(self.changes.count, '{change|changes}')}", self.facts.dataset_sha256):
            self.keep(Changes())


def open_work(run: str, facts: RunInfo, name: str) -> Work:
    """Return a set to work on.

    Args:
        run: whose page it is.
        facts: of the run.
        name: of a saved set, "" to begin one.

    Raises:
        EngineError: the set is missing or damaged.
    """
    found = exclusions.load(facts.dataset_sha256, name) if name else None
    return Work(run, facts, name, reasons_of(found))


def reasons_of(found: Exclusion | None) -> dict[int, str]:
    """Return the reason of every row of a saved set, "" where none was given; {} where there is no set."""
    return {row: found.reasons.get(row, "") for row in found.rows} if found else {}


def save(name: str, changes: Changes, facts: RunInfo) -> Exclusion:
    """Apply changes to a saved set, or begin one, and return it as saved.

    The set is read anew, so that what another tab has saved meanwhile stays.

    Args:
        name: of the set; an existing one is extended.
        changes: what was ticked and unticked.
        facts: of a run that was recorded on the images.

    Raises:
        UnknownNameError: the name can't be a set's.
        DatasetError: the images are unknown, the set is damaged or can't be written, or no sample would be left.
    """
    if name == NOTHING:
        raise UnknownNameError(f"A set can't be called {NOTHING!r}, which means no exclusion. Choose another name.")
    before = exclusions.load(facts.dataset_sha256, name) if name in exclusions.names(facts.dataset_sha256) else None
    rows = changes.applied(reasons_of(before))
    return _write(name, rows, facts, before.note if before else "")


def rename(old: str, new: str, facts: RunInfo) -> Exclusion:
    """Give a saved set another name and return it.

    Raises:
        UnknownNameError: there is no such set, or the new name can't be a set's.
        DatasetError: the new name is taken, or the set is damaged or can't be written.
    """
    found = exclusions.load(facts.dataset_sha256, old)
    if new in exclusions.names(facts.dataset_sha256):
        raise DatasetError(f"There is a set {new!r} already. Choose another name, or delete that set first.")
    if new == NOTHING:
        raise UnknownNameError(f"A set can't be called {NOTHING!r}, which means no exclusion. Choose another name.")
    made = _write(new, reasons_of(found), facts, found.note)
    exclusions.delete(facts.dataset_sha256, old)
    return made


def names(facts: RunInfo) -> list[str]:
    """Return the names of all sets of the images that a run was recorded on."""
    return exclusions.names(facts.dataset_sha256)


def delete(name: str, facts: RunInfo) -> None:
    """Delete a saved set.

    Raises:
        UnknownNameError: the name can't be a set's.
    """
    exclusions.delete(facts.dataset_sha256, name)


def _write(name: str, rows: Mapping[int, str], facts: RunInfo, note: str) -> Exclusion:
    """Write a set."""
    return exclusions.save(
        name,
        np.array(list(rows), np.int64),
        dataset=facts.dataset,
        dataset_sha256=facts.dataset_sha256,
        samples=facts.samples,
        reasons={row: why for row, why in rows.items() if why},
        note=note,
    )


def as_bytes(
    kind: str, name: str, rows: Mapping[int, str], facts: RunInfo, labels: NDArray, names: tuple[str, ...]
) -> bytes:
    """Return excluded rows as a file that `--exclude` (csv, txt) or another cache (json) can take.

    Args:
        kind: one of KINDS: a table index, label, class_name, reason; the stored form; or one row number per line.
        name: of the set, for the json.
        rows: reasons by row, ascending.
        facts: of a run that was recorded on the images.
        labels: (N,) classes, or (N, L) zeros and ones.
        names: of the classes.
    """
    numbers = np.array(list(rows), np.int64)
    if kind == "txt":
        return "".join(f"{row}\n" for row in rows).encode()
    if kind == "csv":
        columns = {"index": numbers, **export.label_columns(labels, names, numbers), "reason": list(rows.values())}
        return as_csv(pd.DataFrame(columns))
    why = {row: reason for row, reason in rows.items() if reason}
    made = Exclusion(name, facts.dataset, facts.dataset_sha256, facts.samples, tuple(rows), why)
    return json.dumps({"format": exclusions.FORMAT, "version": exclusions.VERSION, **asdict(made)}, indent=1).encode()
