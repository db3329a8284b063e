"""Checks of what searches leave: their files, and their journals, which must say what the result rows say."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from coreset_engine import results
from coreset_engine.sweep import journal, search_files
from coreset_engine.verification.finding import Finding, has_sum, inspect


def verify_searches(remover: Callable[[Path], Callable[[], str]] | None) -> Iterator[Finding]:
    """Yield what is found of each search and each journal.

    Args:
        remover: gives what deletes a damaged journal, which is made anew when its search goes on; None to leave it.
    """
    for path in sorted(search_files.folder().glob("*.json")):
        yield inspect("search", path, partial(has_sum, path))
    journals = sorted(search_files.folder().glob(f"*{journal.ENDING}"))
    rows = {row["key"]: row for row in results.rows()} if journals else {}
    for path in journals:
        yield inspect("journal", path, partial(journal.check, path, rows), remover(path) if remover else None)
