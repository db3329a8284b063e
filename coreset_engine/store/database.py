"""SQLite as results and jobs use it: write-ahead log, one short transaction at a time, any number of processes.

Reading takes no write lock and needs no room: it works on a full disk and in a folder that is read-only.

Each file has a list of migrations, and its `PRAGMA user_version` says how many of them it has had. A change of a table is a
new entry at the end of its list; the entries before are never changed, since files have had them. Files of 0.1.0 say 0
whatever they have had, so the first entries, which were in use by then, look before they change anything.
"""

import errno
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from coreset_engine.access import require_writable
from coreset_engine.errors import EngineError, newer_file
from coreset_engine.faults import advice, unwritable

Migration = str | Callable[[sqlite3.Connection], None]  # one statement, or a function that may look first
_NEW = 5  # seconds for which a file of no bytes may be one that another process is just making
_PATIENCE = 30  # seconds to wait for another process's transaction


@contextmanager
def transaction(path: Path, migrations: Sequence[Migration]) -> Iterator[sqlite3.Connection]:
    """Yield a connection inside BEGIN IMMEDIATE; committed at the end, rolled back on an error.

    Args:
        path: the file, made when missing.
        migrations: of the file, the oldest first; those that it has not had run before anything else.

    Raises:
        ViewerError: this process only shows.
        EngineError: the file is damaged or newer than the program, locked for over 30 s, or the disk is full.
    """
    require_writable(f"write to {path.name}")
    _wait_for_content(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _make(path)
        with closing(sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)) as connection:
            _set_up(connection)
            if not path.stat().st_size:
                _write_ahead(connection)
            connection.execute("BEGIN IMMEDIATE")
            try:
                _migrate(connection, path, migrations)
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
    except (sqlite3.Error, UnicodeError) as error:  # sqlite3 can't spell a damaged schema
        raise _unusable(path, error) from None
    except OSError as error:
        raise EngineError(unwritable(error.filename or path, error)) from None


def _make(path: Path) -> None:
    """Make a new file, which has its name only once it is whole: who dies meanwhile leaves no empty one behind.

    Where the file system has no links, it is made in its place by whoever opens it.

    Raises:
        sqlite3.Error: it can't be written.
    """
    aside = path.with_name(f".{path.name}-{os.getpid()}-{threading.get_ident()}")
    try:
        with closing(sqlite3.connect(aside, isolation_level=None)) as connection:
            _write_ahead(connection)
        with suppress(OSError):  # another process was first, or there are no links
            os.link(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Give a new file its write-ahead log.

    SQLite does not wait here: while another connection does the same to the same file, it refuses at once.

    Raises:
        sqlite3.Error: the file is still locked after 30 s, or can't be written.
    """
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            locked = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY  # the low byte, whatever the reason
            if not locked or time.monotonic() > end:
                raise
            time.sleep(0.01)


def read(path: Path, migrations: Sequence[Migration], query: str, values: tuple[Any, ...] = ()) -> list[sqlite3.Row]:
    """Return the rows of a query that changes nothing; none where the file does not exist or holds no table yet.

    A file that lacks migrations gets them first; where it can't be written to, a copy in memory does.

    Raises:
        EngineError: the file is damaged or newer than the program, or locked for over 30 s.
    """
    if not path.is_file():
        return []
    _wait_for_content(path)
    if not _lacks_migrations(path, migrations):
        return _read(path, query, values)
    try:
        with transaction(path, migrations):
            pass
    except EngineError:
        return _read(path, query, values, migrations)
    return _read(path, query, values)


def quick_check(path: Path) -> None:
    """Raise unless SQLite finds a file's pages whole; a file of no bytes is not.

    Raises:
        EngineError: they are not; the sentence names the first fault.
    """
    _wait_for_content(path)
    found = [str(row[0]) for row in _read(path, "PRAGMA quick_check")]
    if found and found != ["ok"]:
        fault = " ".join(found[0].split())
        raise EngineError(f"{path} is damaged: {fault}. Restore it from a copy.")


def _lacks_migrations(path: Path, migrations: Sequence[Migration]) -> bool:
    """Return whether a file has tables but not had every migration.

    Raises:
        EngineError: the file is damaged or newer than the program.
    """
    found = _read(path, "SELECT user_version FROM pragma_user_version")
    return bool(found) and _version(path, found[0]["user_version"], len(migrations)) < len(migrations)


def _migrate(connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration]) -> None:
    """Bring a file to the latest version, inside a transaction.

    Raises:
        EngineError: it is newer than the program.
    """
    version = _version(path, connection.execute("PRAGMA user_version").fetchone()[0], len(migrations))
    for migration in migrations[version:]:
        if isinstance(migration, str):
            connection.execute(migration)
        else:
            migration(connection)
    if version < len(migrations):
        connection.execute(f"PRAGMA user_version = {len(migrations)}")


def _version(path: Path, found: int, known: int) -> int:
    """Return a file's version when the program knows it.

    Raises:
        EngineError: it is newer than the program.
    """
    if found > known:
        raise EngineError(newer_file(path, found, known))
    return found


def _read(
    path: Path, query: str, values: tuple[Any, ...] = (), migrations: Sequence[Migration] = ()
) -> list[sqlite3.Row]:
    """Return the rows of a query, on a migrated copy where there are migrations; none where the file holds no table yet.

    Raises:
        EngineError: the file is damaged, or locked for over 30 s.
    """
    try:
        try:
            # "ro" would leave an empty log behind after every read
            return _rows(path, "mode=rw", query, values, migrations)
        except sqlite3.OperationalError:
            log = path.with_name(f"{path.name}-wal")
            if log.is_file() and log.stat().st_size:
                raise
            # where nobody can write, not even SQLite's notes on who reads, nothing can change under a reader either
            return _rows(path, "mode=ro&immutable=1", query, values, migrations)
    except (sqlite3.Error, UnicodeError) as error:  # sqlite3 can't spell a damaged schema
        raise _unusable(path, error) from None


def _rows(
    path: Path, how: str, query: str, values: tuple[Any, ...], migrations: Sequence[Migration]
) -> list[sqlite3.Row]:
    """Return the rows of a query on a connection opened as `how` says."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?{how}", timeout=_PATIENCE, uri=True)) as connection:
        _set_up(connection)
        connection.execute("PRAGMA query_only = 1")
        if connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is None:
            return []  # another process is just about to make the table
        if not migrations:
            return connection.execute(query, values).fetchall()
        with closing(sqlite3.connect(":memory:")) as copy:
            connection.backup(copy)
            _set_up(copy)
            _migrate(copy, path, migrations)
            return copy.execute(query, values).fetchall()


def _set_up(connection: sqlite3.Connection) -> None:
    """Let rows be read by column, and text that is no UTF-8 too: it is one row's fault, and no other row's."""
    connection.row_factory = sqlite3.Row
    connection.text_factory = lambda text: text.decode(errors="surrogateescape")


def _wait_for_content(path: Path) -> None:
    """Return once a file that exists is not empty, as it is for an instant while another process makes it.

    Raises:
        EngineError: it stays empty: what it held is lost.
    """
    end = time.time() + _NEW
    while path.is_file() and not path.stat().st_size:
        if time.time() > min(end, path.stat().st_mtime + _NEW):
            raise EngineError(
                f"{path} is empty (0 bytes), so what it held is lost. Restore it from a copy, or delete it to "
                "start a new one."
            )
        time.sleep(0.01)


def _unusable(path: Path, error: Exception) -> EngineError:
    """Return the error that says what to do with a database that can't be used."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF  # an extended code's family
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        remedy = "Another process keeps it busy: wait for that one to end, then try again."
    elif code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN):
        remedy = advice(errno.EROFS if _lies_read_only(path.parent) else errno.EACCES)
    elif code == sqlite3.SQLITE_FULL:
        remedy = advice(errno.ENOSPC)
    elif code == sqlite3.SQLITE_IOERR:
        # SQLite says so, too, where a disk has no room for the shared memory of its log
        remedy = advice(errno.ENOSPC if _is_full(path.parent) else errno.EIO)
    else:
        remedy = "Restore it from a copy, or move the file away to start a new one."
    return EngineError(f"{path} can't be used: {error}. {remedy}")


def _lies_read_only(folder: Path) -> bool:
    """Return whether a folder's file system is mounted without writing; False where nobody can tell."""
    try:
        return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
    except OSError:
        return False


def _is_full(folder: Path) -> bool:
    """Return whether the disk of a folder has no room left; False where nobody can tell."""
    try:
        return os.statvfs(folder).f_bavail == 0
    except OSError:
        return False
