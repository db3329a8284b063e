"""SQLite as results and jobs use it: write-ahead log, one short transaction at a time, any number of processes."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from coreset_engine.errors import EngineError


@contextmanager
def transaction(path: Path, schema: str) -> Iterator[sqlite3.Connection]:
    """Yield a connection inside BEGIN IMMEDIATE; committed at the end, rolled back on an error.

    Raises:
        EngineError: the file is damaged, locked for over 30 s, or the disk is full.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as connection:
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
        raise EngineError(
            f"{path} can't be used: {error}. Free space, or move the file away to start a new one."
        ) from None
