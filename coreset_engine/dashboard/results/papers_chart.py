"""A paper's table as a chart: what it published against α, and ours over it."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from coreset_engine.dashboard.charts.spec import readable
from coreset_engine.dashboard.charts.theme import palette
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


def spec(part: pd.DataFrame, full: float) -> dict[str, Any]:
    """Return an ECharts option: a dotted line a method as published, and points of ours in its colour.

    Args:
        part: one part of what `published.beside` gives; rates and accuracies 0..1.
        full: published accuracy on all data, NaN where there is none.
    """
    names = list(dict.fromkeys(part["method"]))
    colours = palette()
    series = []
    for number, name in enumerate(names):
        of = part[part["method"] == name].sort_values("rate")
        colour = colours[number % len(colours)]
        for kind, column in (("published", "published"), ("ours", "ours")):
            known = of[of[column].notna()]
            points = [
                [100 * rate, round(100 * value, 2)] for rate, value in zip(known["rate"], known[column], strict=True)
            ]
            if points:
                series.append(
                    {"type": "line", "name": f"{name}, {kind}" if kind == "ours" else name, "data": points}
                    | {"lineStyle": {"type": "dotted" if kind == "published" else "solid"}, "symbolSize": 6}
                    | {"itemStyle": {"color": colour}, "symbol": "emptyCircle" if kind == "published" else "circle"}
                )
    if np.isfinite(full) and series:
        label = {"formatter": f"all data, published {100 * full:.1f} %", "position": "insideStartTop"}
        series[0]["markLine"] = {"silent": True, "symbol": "none", "label": label, "data": [{"yAxis": 100 * full}]}
    rates = sorted({round(100 * rate, 4) for rate in part["rate"]})
    return {
        "animation": False,
        "legend": {"top": 0, "left": 0, "type": "scroll"},
        "tooltip": {"trigger": "item", "confine": True, "formatter": "{a}<br>α, accuracy (%): {c}"},
        "grid": {"left": 4, "right": 16, "top": 56, "bottom": 28, "containLabel": True},
        "xAxis": {"type": "log", "min": rates[0] / 1.15, "max": rates[-1] * 1.15, "name": "selection rate α (%)"}
        | {"nameLocation": "middle", "nameGap": 26, "splitLine": {"show": False}}
        | {"axisLabel": {"customValues": rates}, "axisTick": {"customValues": rates}},
        "yAxis": {"type": "value", "scale": True, "name": "accuracy (%)", "nameTextStyle": {"align": "left"}},
        "series": series,
    }


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
    st.echarts_chart(
        readable(spec(part, float(full.iloc[0]) if len(full) else np.nan)),
        height=340,
        key="papers_chart",
        alt=f"Published accuracy against the selection rate, one line a method, {name}; the table below has all numbers",
    )
    st.caption(f"{markdown_safe(name) if name != 'all' else 'All rates'}: dotted as published, solid as measured here.")
