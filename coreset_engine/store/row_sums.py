"""Sums of the rows of a database: a row whose values are not those that were written is told from the others."""

import hashlib
import json
import sqlite3
from collections.abc import Callable
from typing import Any, Literal

SUM = "sum"
State = Literal["whole", "unchecked", "damaged"]


def add_column(table: str) -> Callable[[sqlite3.Connection], None]:
    """Return the migration that gives a table the column of its rows' sums; NULL is a row from before there were sums."""

    def add(database: sqlite3.Connection) -> None:
        if SUM not in {column["name"] for column in database.execute(f"PRAGMA table_info({table})")}:
            database.execute(f"ALTER TABLE {table} ADD COLUMN {SUM} TEXT")

    return add


def seal(database: sqlite3.Connection, table: str, where: str, values: tuple[Any, ...] = ()) -> None:
    """Write the sums of some rows of a table, as the rows are now."""
    for row in database.execute(f"SELECT rowid AS place, * FROM {table} WHERE {where}", values).fetchall():
        _, *columns = row.keys()
        text = _text({name: row[name] for name in columns if name != SUM})
        database.execute(f"UPDATE {table} SET {SUM} = ? WHERE rowid = ?", (text, row["place"]))


def state_of(row: sqlite3.Row) -> State:
    """Return what the sum of a row, with all columns of its table, says of it.

    Columns that a later version added stand behind those that the sum was made of, and are not in it.
    """
    found = row[SUM]
    values = {name: row[name] for name in row.keys() if name != SUM}  # noqa: SIM118 - a Row iterates over its values
    if found is None:
        return "damaged" if any(map(_is_broken, values.values())) else "unchecked"
    count = str(found).partition(":")[0]
    if not count.isdecimal() or not 1 <= int(count) <= len(values):
        return "damaged"
    return "whole" if _text(dict(list(values.items())[: int(count)])) == found else "damaged"


def _text(values: dict[str, Any]) -> str:
    """Return the number of columns and 16 digits of the SHA-256 over their names and values."""
    plain = [[name, value.hex() if isinstance(value, bytes) else value] for name, value in values.items()]
    return f"{len(values)}:{hashlib.sha256(json.dumps(plain).encode()).hexdigest()[:16]}"


def _is_broken(value: Any) -> bool:
    """Return whether a value is text that is no UTF-8, or bytes, of which no table here has any."""
    return isinstance(value, bytes) or (isinstance(value, str) and any("\ud800" <= sign <= "\udfff" for sign in value))
