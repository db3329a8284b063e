"""What the Methods page shows of the registries: tables and texts, without Streamlit."""

import shlex
from typing import Any

import pandas as pd

from coreset_engine import methods, selection


def entries() -> list[dict[str, Any]]:
    """Return every method and rule as plain values, ordered by family."""
    found = [*methods.all_methods().values(), *selection.all_rules().values()]
    rows = [methods.describe(entry) for entry in found]
    families = list(dict.fromkeys(row["family"] for row in rows))
    return sorted(rows, key=lambda row: (row["kind"], families.index(row["family"])))


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


def matching(rows: list[dict[str, Any]], family: str | None, text: str) -> list[dict[str, Any]]:
    """Return the entries of a family (all for None) whose name, label, formula or source holds `text`."""
    wanted = text.strip().lower()
    return [
        row
        for row in rows
        if family in (None, row["family"])
        and wanted in " ".join((row["name"], row["label"], row["formula"], row["source"])).lower()
    ]


def command(row: dict[str, Any]) -> str:
    """Return the command that prints the facts of an entry."""
    return shlex.join(["python", "-m", "coreset_engine", "methods", row["name"]])


def python(row: dict[str, Any]) -> str:
    """Return lines of Python whose `facts` holds the facts of an entry as (heading, text)."""
    owner = "methods" if row["kind"] == "method" else "selection"
    imported = "methods" if owner == "methods" else "methods, selection"
    return "\n".join(
        [
            f"from coreset_engine import {imported}",
            "",
            f"entry = methods.describe({owner}.get({row['name']!r}))",
            "facts = methods.facts(entry)",
        ]
    )
