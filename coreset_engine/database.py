"""SQLite as results and jobs use it: write-ahead log, one short transaction at a time, any number of processes.

Reading takes no write lock and needs no room: it works on a full disk and in a folder that is read-only.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from coreset_engine.errors import EngineError

_PATIENCE = 30  # seconds to wait for another process's transaction


@contextmanager
def transaction(path: Path, schema: str) -> Iterator[sqlite3.Connection]:
    """Yield a connection inside BEGIN IMMEDIATE; committed at the end, rolled back on an error.

    Raises:
        EngineError: the file is damaged, locked for over 30 s, or the disk is full.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with closing(sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)) as connection:
            connection.row_factory = sqlite3.Row
            if not path.stat().st_size:
                connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("BEGIN IMMEDIATE")
            try:
                connection.execute(schema)
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
    except sqlite3.Error as error:
        raise _unusable(path, error) from None


def read(path: Path, query: str, values: tuple[Any, ...] = ()) -> list[sqlite3.Row]:
    """Return the rows of a query that changes nothing; none where the file does not exist or holds no table yet.

    Raises:
        EngineError: the file is damaged, or locked for over 30 s.
    """
    if not path.is_file():
        return []
    try:
        try:
            return _rows(path, "mode=rw", query, values)  # "ro" would leave an empty log behind after every read
        except sqlite3.OperationalError:
            log = path.with_name(f"{path.name}-wal")
            if log.is_file() and log.stat().st_size:
                raise
            # where nobody can write, not even SQLite's notes on who reads, nothing can change under a reader either
            return _rows(path, "mode=ro&immutable=1", query, values)
    except sqlite3.Error as error:
        raise _unusable(path, error) from None


def _rows(path: Path, how: str, query: str, values: tuple[Any, ...]) -> list[sqlite3.Row]:
    """Return the rows of a query on a connection opened as `how` says."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?{how}", timeout=_PATIENCE, uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA query_only = 1")
        if connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is None:
            return []  # another process is just about to make the table
        return connection.execute(query, values).fetchall()


def _unusable(path: Path, error: sqlite3.Error) -> EngineError:
    """Return the error that says what to do with a database that can't be used."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF  # an extended code's family
    busy, unwritable = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED), (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM)
    if code in busy:
        remedy = "Another process keeps it busy: wait for that one to end, then try again."
    elif code in unwritable:
        remedy = "Allow writing to it and its folder, or choose another cache."
    elif code == sqlite3.SQLITE_FULL:
        remedy = "Free space, then try again."
    else:
        remedy = "Free space, or move the file away to start a new one."
    return EngineError(f"{path} can't be used: {error}. {remedy}")
