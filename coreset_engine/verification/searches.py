"""Checks of what searches leave: their files, and their journals, which must say what the result rows say."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from coreset_engine import named_json, results
from coreset_engine.errors import EngineError
from coreset_engine.sweep import journal, search_files
from coreset_engine.verification.finding import Finding, inspect


def verify_searches(remover: Callable[[Path], Callable[[], str]] | None) -> Iterator[Finding]:
    """Yield what is found of each search and each journal.

    Args:
        remover: gives what deletes a damaged journal, which is made anew when its search goes on; None to leave it.
    """
    for path in sorted(search_files.folder().glob("*.json")):
        yield inspect("search", path, partial(_search, path))
    journals = sorted(search_files.folder().glob(f"*{journal.ENDING}"))
    rows = {row["key"]: row for row in results.rows()} if journals else {}
    for path in journals:
        yield inspect("journal", path, partial(journal.check, path, rows), remover(path) if remover else None)


def _search(path: Path) -> bool:
    """Return whether a search's file has a sum.

    Raises:
        EngineError: it is damaged.
    """
    try:
        return named_json.unsealed(path)[1]
    except ValueError as error:
        raise EngineError(f"{path} can't be read: {error}. Restore it from a copy, or delete it.") from None
