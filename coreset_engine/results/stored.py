"""The table of results in SQLite: one row per retraining with its whole configuration, and a note beside it."""

import hashlib
import json
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from coreset_engine import names
from coreset_engine.errors import EngineError
from coreset_engine.paths import cache_root
from coreset_engine.store import row_sums
from coreset_engine.store.database import read, transaction

MIGRATIONS = (
    """CREATE TABLE IF NOT EXISTS results (
    key TEXT PRIMARY KEY, created TEXT NOT NULL, config TEXT NOT NULL, metrics TEXT NOT NULL)""",
    # beside the rows: a row that is made anew keeps its note
    "CREATE TABLE IF NOT EXISTS notes (key TEXT PRIMARY KEY, note TEXT NOT NULL)",
    row_sums.add_column("results"),
    row_sums.add_column("notes"),
)
NOTE_LENGTH = 500  # characters
SHORT_KEY = 6  # signs of a row's key that pages and commands show, enough to mean it
_DAMAGED = "result {row does|rows do} not match {its|their} checksum, or {has|have} names that can't be shown"
_NAMES = (
    "run",
    "dataset",
    "dataset_sha256",
    "architecture",
    "method",
    "rule",
    "excluded_set",
    "weighting",
    "mode",
    "device",
)
_NEEDED = {"method", "options", "rule", "rate", "seed", "dataset", "recipe"}  # what every row says


def path() -> Path:
    """Return the database's file."""
    return cache_root() / "results.db"


def key_of(config: dict[str, Any]) -> str:
    """Return the name of a configuration: equal configurations give equal rows, so none is trained twice."""
    return hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()[:32]


def append(config: dict[str, Any], metrics: dict[str, Any]) -> None:
    """Add one row; a row of the same configuration is replaced.

    Args:
        config: data set, method with options, rule, rate, architecture, recipe, seed: what decides the row.
        metrics: what came out, with device, versions and seconds.
    """
    row = (key_of(config), datetime.now(UTC).isoformat(timespec="seconds"), json.dumps(config), json.dumps(metrics))
    with transaction(path(), MIGRATIONS) as database:
        database.execute("INSERT OR REPLACE INTO results (key, created, config, metrics) VALUES (?, ?, ?, ?)", row)
        row_sums.seal(database, "results", "key = ?", row[:1])


def exists(config: dict[str, Any]) -> bool:
    """Return whether a row of this configuration is there."""
    return bool(read(path(), MIGRATIONS, "SELECT 1 FROM results WHERE key = ?", (key_of(config),)))


def keys() -> frozenset[str]:
    """Return the keys of all rows that `rows` gives."""
    return frozenset(row["key"] for row in rows())


def rows() -> list[dict[str, Any]]:
    """Return all whole rows as flat dicts, the oldest first; `note` is what a person wrote to a row, else ""."""
    written = notes()
    return [flat for row in _stored() if (flat := _flat(row, written)) is not None]


def problems() -> list[str]:
    """Return one sentence for all rows that are left out since they are damaged; none where all are whole."""
    damaged = [str(row[0])[:SHORT_KEY] for row in _stored() if _flat(row, {}) is None]
    if not damaged:
        return []
    return [
        f"{path()}: {names.counted(len(damaged), _DAMAGED)}, and {'is' if len(damaged) == 1 else 'are'} left out "
        f"({', '.join(damaged)}). Restore the file from a copy, or delete "
        f"{'this row' if len(damaged) == 1 else 'these rows'} and retrain."
    ]


def _stored() -> list[sqlite3.Row]:
    """Return all rows of the table as they lie there, the oldest first."""
    return read(path(), MIGRATIONS, "SELECT * FROM results ORDER BY created, rowid")


def get(key: str) -> dict[str, Any]:
    """Return one row as `rows` gives it.

    Raises:
        EngineError: there is no row of this key, or it is damaged.
    """
    found = read(path(), MIGRATIONS, "SELECT * FROM results WHERE key = ?", (key,))
    if not found:
        raise _missing(key)
    flat = _flat(found[0], notes())
    if flat is None:
        raise EngineError(
            f"The result row {key[:8]} does not match its checksum, or has names that can't be shown. Delete it and retrain."
        )
    return flat


def _flat(row: sqlite3.Row, written: dict[str, str]) -> dict[str, Any] | None:
    """Return a row of the table as one flat dict with its note; None for a damaged one."""
    if row_sums.state_of(row) == "damaged":
        return None
    try:
        stated = {
            "key": row["key"],
            "created": row["created"],
            **json.loads(row["config"]),
            **json.loads(row["metrics"]),
        }
        return stated | {"note": written.get(row["key"], "")} if set(stated) >= _NEEDED and _is_named(stated) else None
    except (ValueError, TypeError, LookupError, RecursionError):
        return None


def _is_named(stated: dict[str, Any]) -> bool:
    """Return whether all names of a row are such that pages and messages can show them."""
    texts = [stated[name] for name in _NAMES if stated.get(name)] + [
        *stated.get("average", ()),
        *stated.get("dynamics", ()),
    ]
    return not any(names.problem(text) for text in texts)


def of_run(run: str) -> int:
    """Return how many rows came of a run's dynamics; reference rows name none."""
    return sum(row.get("run") == run or run in row.get("average", ()) for row in rows())


def delete(keys: Sequence[str]) -> None:
    """Remove rows for good, with their notes; what they cost to train is lost.

    Raises:
        EngineError: a row is not there (then none is removed), or the database can't be written.
    """
    with transaction(path(), MIGRATIONS) as database:
        for key in keys:
            if not database.execute("DELETE FROM results WHERE key = ?", (key,)).rowcount:
                raise _missing(key)
            database.execute("DELETE FROM notes WHERE key = ?", (key,))


def annotate(keys: Sequence[str], note: str) -> None:
    """Write a note to rows, over the one they had; an empty text takes it away.

    Raises:
        EngineError: a row is not there (then nothing is written), the note is longer than `NOTE_LENGTH`, or the database
            can't be written.
    """
    text = note.strip()
    if len(text) > NOTE_LENGTH:
        raise EngineError(f"A note has at most {NOTE_LENGTH} characters; this one has {len(text)}. Shorten it.")
    with transaction(path(), MIGRATIONS) as database:
        for key in keys:
            if not database.execute("SELECT 1 FROM results WHERE key = ?", (key,)).fetchone():
                raise _missing(key)
            if text:
                database.execute("INSERT OR REPLACE INTO notes (key, note) VALUES (?, ?)", (key, text))
                row_sums.seal(database, "notes", "key = ?", (key,))
            else:
                database.execute("DELETE FROM notes WHERE key = ?", (key,))


def notes() -> dict[str, str]:
    """Return every whole note by its row's key."""
    found = read(path(), MIGRATIONS, "SELECT * FROM notes")
    return {row["key"]: row["note"] for row in found if row_sums.state_of(row) != "damaged"}


def _missing(key: str) -> EngineError:
    """Return the error for a row that is not there."""
    return EngineError(f"There is no result row {key[:8]}: it was deleted meanwhile. Load the page again.")
