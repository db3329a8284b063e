"""What the Methods page shows of the registries: tables and texts, without Streamlit."""

import shlex
from typing import Any

import pandas as pd

from coreset_engine import methods


def table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return one line an entry: name, what it does, family, what it reads, which end it keeps, cost, source."""
    columns = {
        "Name": [row["name"] for row in rows],
        "In words": [row["words"] for row in rows],
        "Family": [row["family"] for row in rows],
        "Reads": [methods.READS[row["reads"]] for row in rows],
        "Keeps": [row["keep"] or "by the rule" for row in rows],
        "Cost": [row["cost"] for row in rows],
        "Source": [row["source"] for row in rows],
    }
    return pd.DataFrame(columns)


def command(row: dict[str, Any], family: str | None, text: str) -> str:
    """Return the commands that print the list, and the facts of the entry that is open below it."""
    words = ["python", "-m", "coreset_engine", "methods"]
    narrowed = [*(["--family", family] if family else []), *(["--search", text.strip()] if text.strip() else [])]
    return f"{shlex.join([*words, *narrowed])}\n{shlex.join([*words, row['name']])}"


def python(row: dict[str, Any], family: str | None, text: str) -> str:
    """Return lines of Python: `entries` holds the list, `facts` those of the entry that is open as (heading, text)."""
    asked = f"methods.matching(methods.entries(), {family!r}, {text.strip()!r})"
    lines = [f"entries = {asked if family or text.strip() else 'methods.entries()'}"]
    lines.append(f"facts = methods.facts(next(one for one in entries if one['name'] == {row['name']!r}))")
    return "\n".join(["from coreset_engine import methods", "", *lines])
