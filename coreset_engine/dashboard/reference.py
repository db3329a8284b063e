"""What the Methods page shows of the registries: tables and texts, without Streamlit."""

from typing import Any

import pandas as pd

from coreset_engine import methods, selection

READS = {
    "dynamics": "every epoch of a recording",
    "snapshot": "features and logits of one epoch",
    "any": "a recording, or one epoch of it",
    "scores": "any method's scores",
}


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
        "In words": [_sentence(row["words"]) for row in rows],
        "Family": [row["family"] for row in rows],
        "Reads": [READS[row["reads"]] for row in rows],
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


def facts(row: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what is known of an entry as (heading, text), empty texts left out."""
    options = ", ".join(row["options"])
    return [
        (heading, text)
        for heading, text in (
            ("In words", _sentence(row["words"])),
            ("Formula", row["formula"]),
            ("Reads", READS[row["reads"]]),
            ("Keeps", row["keep"]),
            ("Options and defaults", options),
            ("Cost", row["cost"]),
            ("Measured", row["measured"]),
            ("Paper and code", row["differences"]),
            ("Checked against", row["checked"]),
            ("Source", row["source"]),
        )
        if text
    ]


def _sentence(text: str) -> str:
    """Return a docstring's first line as a sentence of its own."""
    return text[:1].upper() + text[1:]
