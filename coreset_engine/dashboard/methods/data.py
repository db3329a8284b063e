"""What the Methods page shows of the registries, as a table, without Streamlit."""

from typing import Any

import pandas as pd

from coreset_engine import methods


def table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return one line per entry: name, what it does, family, what it reads, which end it keeps, cost, source."""
    columns = {
        "Name": [row["name"] for row in rows],
        "In words": [row["words"] for row in rows],
        "Family": [row["family"] for row in rows],
        "Reads": [methods.READS[row["reads"]] for row in rows],
        "Keeps": [row["keep"] or {"rule": "by the rule"}.get(row["kind"], "all") for row in rows],
        "Cost": [row["cost"] for row in rows],
        "Source": [row["source"] for row in rows],
    }
    return pd.DataFrame(columns)
