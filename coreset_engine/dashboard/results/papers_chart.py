"""A paper's table as a chart: what it published against α, and ours over it."""

import numpy as np
import pandas as pd
import streamlit as st

from coreset_engine.dashboard.charts.draw import draw_chart
from coreset_engine.dashboard.results import charts
from coreset_engine.dashboard.shell.frame import markdown_safe

GROUP = ["dataset", "architecture", "detail"]
FEWEST = 3  # rates from which a line says more than the table


def groups(lines: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the parts of a table that are one chart each, by name: those with enough rates, coresets only."""
    partial = lines[lines["rate"] < 1]
    varying = [name for name in GROUP if lines[name].nunique() > 1]
    found = {}
    for values, part in partial.groupby(GROUP, sort=False):
        if part["rate"].nunique() >= FEWEST:
            told = [str(value) for name, value in zip(GROUP, values, strict=True) if name in varying and value]
            found[", ".join(told) or "all"] = part
    return found


def draw(lines: pd.DataFrame) -> None:
    """Draw a table's chart where it has enough rates; of a table with several parts the one chosen."""
    found = groups(lines)
    if not found:
        return
    name = next(iter(found))
    if len(found) > 1:
        name = st.selectbox("Chart of", list(found), key="papers_chart_of", width=320)
    part = found[name]
    same = np.logical_and.reduce([lines[column] == part[column].iloc[0] for column in GROUP])
    full = lines[same & (lines["rate"] == 1)]["published"]
    draw_chart(
        charts.paper(part, float(full.iloc[0]) if len(full) else np.nan),
        height=340,
        key="papers_chart",
        alt=f"Published accuracy against the selection rate, one line per method, {name}; the table below has all numbers",
    )
    st.caption(f"{markdown_safe(name) if name != 'all' else 'All rates'}: dotted as published, solid as measured here.")
