"""Transactions of SQLite: whole or not at all, whoever else writes."""

import os
import sqlite3
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from coreset_engine.errors import EngineError
from coreset_engine.store import database
from coreset_engine.store.database import read, transaction

MIGRATIONS = ("CREATE TABLE IF NOT EXISTS counts (n INTEGER)",)


def numbers(path):
    """What the table holds."""
    with transaction(path, MIGRATIONS) as database:
        return [row["n"] for row in database.execute("SELECT n FROM counts ORDER BY n")]


def test_what_is_written_is_there_for_the_next(tmp_path):
    with transaction(tmp_path / "new" / "a.db", MIGRATIONS) as database:
        database.execute("INSERT INTO counts VALUES (7)")
    assert numbers(tmp_path / "new" / "a.db") == [7]


def test_who_dies_while_making_a_file_leaves_none_with_its_name(tmp_path, monkeypatch):
    path = tmp_path / "a.db"

    def dies(connection):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(database, "_write_ahead", dies)
        with pytest.raises(KeyboardInterrupt), transaction(path, MIGRATIONS):
            pass
    assert list(tmp_path.iterdir()) == []
    assert numbers(path) == []
    assert {found.name for found in tmp_path.iterdir()} == {"a.db"}


def test_where_there_are_no_links_a_new_file_is_made_in_its_place(tmp_path, monkeypatch):
    def refused(*given):
        raise PermissionError

    monkeypatch.setattr(database.os, "link", refused)
    assert numbers(tmp_path / "a.db") == []
    assert {found.name for found in tmp_path.iterdir()} == {"a.db"}


def test_an_error_inside_undoes_the_whole_transaction(tmp_path):
    with pytest.raises(ZeroDivisionError), transaction(tmp_path / "a.db", MIGRATIONS) as database:
        database.execute("INSERT INTO counts VALUES (7)")
        _ = 1 / 0
    assert numbers(tmp_path / "a.db") == []


def test_reading_then_writing_is_one_step_among_many_writers(tmp_path):
    def count_up(_):
        with transaction(tmp_path / "a.db", MIGRATIONS) as database:
            highest = database.execute("SELECT max(n) AS n FROM counts").fetchone()["n"] or 0
            database.execute("INSERT INTO counts VALUES (?)", (highest + 1,))

    numbers(tmp_path / "a.db")
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(count_up, range(30)))
    assert numbers(tmp_path / "a.db") == list(range(1, 31))


def test_the_log_is_written_ahead_so_that_readers_do_not_wait(tmp_path):
    numbers(tmp_path / "a.db")
    with closing(sqlite3.connect(tmp_path / "a.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_wrong_statement_is_told_as_an_error_of_the_file(tmp_path):
    with (
        pytest.raises(EngineError, match=r"a.db can't be used: no such table"),
        transaction(tmp_path / "a.db", MIGRATIONS) as d,
    ):
        d.execute("INSERT INTO other VALUES (1)")


ALL = "SELECT n FROM counts ORDER BY n"


def put(path, number):
    """Add a number to the table."""
    with transaction(path, MIGRATIONS) as database:
        database.execute("INSERT INTO counts VALUES (?)", (number,))


def read_numbers(path):
    """What the table holds, asked as readers do."""
    return [row["n"] for row in read(path, MIGRATIONS, ALL)]


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 256 KiB, where this process may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder]).returncode:
        pytest.skip("no right to mount a small disk")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_file_that_is_not_there_holds_nothing_and_is_not_made(tmp_path):
    assert read(tmp_path / "new" / "a.db", MIGRATIONS, ALL) == []
    assert not (tmp_path / "new").exists()


def test_a_file_whose_table_another_process_is_just_making_holds_nothing(tmp_path):
    with closing(sqlite3.connect(tmp_path / "a.db")) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        assert read(tmp_path / "a.db", MIGRATIONS, ALL) == []


def test_reading_leaves_no_file_behind(tmp_path):
    put(tmp_path / "a.db", 7)
    assert read_numbers(tmp_path / "a.db") == [7]
    assert [path.name for path in tmp_path.iterdir()] == ["a.db"]


def test_reading_does_not_wait_for_a_writer(tmp_path):
    put(tmp_path / "a.db", 7)
    with transaction(tmp_path / "a.db", MIGRATIONS) as database:
        database.execute("INSERT INTO counts VALUES (8)")
        assert read_numbers(tmp_path / "a.db") == [
            7
        ]  # one that waited would be refused, since this one goes on after it
    assert read_numbers(tmp_path / "a.db") == [7, 8]


def test_reading_changes_nothing(tmp_path):
    put(tmp_path / "a.db", 7)
    with pytest.raises(EngineError, match="readonly"):
        read(tmp_path / "a.db", MIGRATIONS, "DELETE FROM counts")
    assert read_numbers(tmp_path / "a.db") == [7]


def test_a_full_disk_can_be_read(small_disk):
    put(small_disk / "a.db", 7)
    with pytest.raises(OSError, match="No space left"), open(small_disk / "filler", "wb", buffering=0) as filler:
        while True:
            filler.write(bytes(1024))
    with pytest.raises(EngineError, match=r"a\.db can't be used"):
        put(small_disk / "a.db", 8)
    assert read_numbers(small_disk / "a.db") == [7]


def test_a_read_only_folder_can_be_read(small_disk):
    put(small_disk / "a.db", 7)
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    assert read_numbers(small_disk / "a.db") == [7]


def test_a_busy_database_is_not_to_be_moved_away(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "_PATIENCE", 0.05)
    numbers(tmp_path / "a.db")
    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(EngineError, match=r"locked\. Another process keeps it busy: wait"):
            numbers(tmp_path / "a.db")


def test_a_damaged_database_may_be_moved_away(tmp_path):
    (tmp_path / "a.db").write_bytes(b"no database" * 1000)
    with pytest.raises(EngineError, match="move the file away"):
        numbers(tmp_path / "a.db")


def add_weight(database):
    """Add a column that some files of version 0 have already."""
    if "weight" not in [column["name"] for column in database.execute("PRAGMA table_info(counts)")]:
        database.execute("ALTER TABLE counts ADD COLUMN weight INTEGER NOT NULL DEFAULT 1")


LATER = (*MIGRATIONS, add_weight)
WEIGHTS = "SELECT n, weight FROM counts"


def version(path):
    """What a file says of the migrations it has had."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("PRAGMA user_version").fetchone()[0]


def old_file(path, columns="n INTEGER", version=0):
    """A file as programs before there were versions left it, with the number 7."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"CREATE TABLE counts ({columns})")
        connection.execute("INSERT INTO counts (n) VALUES (7)")
        connection.execute(f"PRAGMA user_version = {version}")
    return path


def test_a_new_file_has_had_every_migration(tmp_path):
    with transaction(tmp_path / "a.db", LATER) as database:
        database.execute("INSERT INTO counts (n) VALUES (7)")
    assert version(tmp_path / "a.db") == 2
    assert [tuple(row) for row in read(tmp_path / "a.db", LATER, WEIGHTS)] == [(7, 1)]


@pytest.mark.parametrize("columns", ["n INTEGER", "n INTEGER, weight INTEGER NOT NULL DEFAULT 1"])
def test_an_old_file_is_migrated_by_whoever_opens_it_first(tmp_path, columns):
    read_first, written_first = old_file(tmp_path / "a.db", columns), old_file(tmp_path / "b.db", columns)
    assert [tuple(row) for row in read(read_first, LATER, WEIGHTS)] == [(7, 1)]
    with transaction(written_first, LATER) as database:
        database.execute("INSERT INTO counts VALUES (8, 3)")
    assert [tuple(row) for row in read(written_first, LATER, WEIGHTS)] == [(7, 1), (8, 3)]
    assert (version(read_first), version(written_first)) == (2, 2)


def test_each_migration_runs_once(tmp_path):
    runs = []
    migrations = (*MIGRATIONS, lambda database: runs.append(1))
    put(tmp_path / "a.db", 7)
    for _ in range(2):
        read(tmp_path / "a.db", migrations, ALL)
        with transaction(tmp_path / "a.db", migrations):
            pass
    assert runs == [1]


def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path):
    put(tmp_path / "a.db", 7)
    with (
        pytest.raises(EngineError, match="no such table"),
        transaction(tmp_path / "a.db", (*LATER, "DROP TABLE other")),
    ):
        pass
    assert version(tmp_path / "a.db") == 1
    assert read_numbers(tmp_path / "a.db") == [7]


def test_an_old_file_is_read_though_it_can_not_be_written_to(tmp_path, monkeypatch):
    old_file(tmp_path / "a.db")
    monkeypatch.setattr(database, "_PATIENCE", 0.05)
    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert [tuple(row) for row in read(tmp_path / "a.db", LATER, WEIGHTS)] == [(7, 1)]
    assert version(tmp_path / "a.db") == 0


def test_an_old_file_in_a_read_only_folder_is_read(small_disk):
    with transaction(small_disk / "a.db", MIGRATIONS) as writing:
        writing.execute("INSERT INTO counts VALUES (7)")
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    assert [tuple(row) for row in read(small_disk / "a.db", LATER, WEIGHTS)] == [(7, 1)]


def test_a_file_newer_than_the_program_is_neither_read_nor_written(tmp_path):
    newer = old_file(tmp_path / "a.db", version=3)
    sentence = r"a\.db was written by a newer version .* \(its format is version 3, this one reads up to 2\)"
    with pytest.raises(EngineError, match=sentence):
        read(newer, LATER, ALL)
    with pytest.raises(EngineError, match=sentence), transaction(newer, LATER):
        pass
    assert version(newer) == 3


def test_who_finds_a_new_file_locked_waits_for_it(tmp_path):
    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as first, ThreadPoolExecutor(1) as thread:
        first.execute("BEGIN IMMEDIATE")  # the file is still empty, as while another process makes it
        second = thread.submit(numbers, tmp_path / "a.db")
        time.sleep(0.2)
        assert not second.done()
        first.execute("CREATE TABLE others (n INTEGER)")
        first.execute("COMMIT")
        assert second.result(timeout=60) == []
