"""The commands and the Python that give what the Methods page shows."""

from typing import Any

from coreset_engine import argv


def command(row: dict[str, Any], family: str | None, text: str) -> str:
    """Return the commands that print the list, and the facts of the entry that is open below it."""
    narrowed = [*(["--family", family] if family else []), *(["--search", text.strip()] if text.strip() else [])]
    return f"{argv.command('methods', *narrowed)}\n{argv.command('methods', row['name'])}"


def python(row: dict[str, Any], family: str | None, text: str) -> str:
    """Return lines of Python: `entries` holds the list, `facts` those of the entry that is open as (heading, text)."""
    listed = f"methods.matching(methods.entries(), {family!r}, {text.strip()!r})"
    lines = [f"entries = {listed if family or text.strip() else 'methods.entries()'}"]
    lines.append(f"facts = methods.facts(next(one for one in entries if one['name'] == {row['name']!r}))")
    return "\n".join(["from coreset_engine import methods", "", *lines])
