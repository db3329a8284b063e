"""Transactions of SQLite: whole or not at all, whoever else writes."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest

from coreset_engine.database import transaction
from coreset_engine.errors import EngineError

SCHEMA = "CREATE TABLE IF NOT EXISTS counts (n INTEGER)"


def numbers(path):
    """What the table holds."""
    with transaction(path, SCHEMA) as database:
        return [row["n"] for row in database.execute("SELECT n FROM counts ORDER BY n")]


def test_what_is_written_is_there_for_the_next(tmp_path):
    with transaction(tmp_path / "new" / "a.db", SCHEMA) as database:
        database.execute("INSERT INTO counts VALUES (7)")
    assert numbers(tmp_path / "new" / "a.db") == [7]


def test_an_error_inside_undoes_the_whole_transaction(tmp_path):
    with pytest.raises(ZeroDivisionError), transaction(tmp_path / "a.db", SCHEMA) as database:
        database.execute("INSERT INTO counts VALUES (7)")
        _ = 1 / 0
    assert numbers(tmp_path / "a.db") == []


def test_reading_then_writing_is_one_step_among_many_writers(tmp_path):
    def count_up(_):
        with transaction(tmp_path / "a.db", SCHEMA) as database:
            highest = database.execute("SELECT max(n) AS n FROM counts").fetchone()["n"] or 0
            database.execute("INSERT INTO counts VALUES (?)", (highest + 1,))

    numbers(tmp_path / "a.db")
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(count_up, range(30)))
    assert numbers(tmp_path / "a.db") == list(range(1, 31))


def test_the_log_is_written_ahead_so_that_readers_do_not_wait(tmp_path):
    numbers(tmp_path / "a.db")
    assert sqlite3.connect(tmp_path / "a.db").execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_wrong_statement_is_told_as_an_error_of_the_file(tmp_path):
    with (
        pytest.raises(EngineError, match=r"a.db can't be used: no such table"),
        transaction(tmp_path / "a.db", SCHEMA) as d,
    ):
        d.execute("INSERT INTO other VALUES (1)")
