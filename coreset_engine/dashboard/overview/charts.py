"""The chart of the Overview page: what coresets reach against the selection rate."""

from typing import Any

import pandas as pd

from coreset_engine.dashboard.charts.theme import CUT, ink, palette

FIGURE = "test_acc_best_val"
RANDOM = "#6E6E6E"


def means(rows: pd.DataFrame) -> list[tuple[str, float, float, int]]:
    """Return name, α, mean test accuracy at the best val epoch (0..1) and n of every method and rate, Random first."""
    grouped = rows.groupby(["label", "rate"])[FIGURE].agg(["mean", "count"]).reset_index()
    order = grouped["label"].map(lambda label: ({"random": 0, "full": 2}.get(label, 1), label))
    found = grouped.assign(order=order).sort_values(["order", "rate"])
    return list(zip(found["label"], found["rate"], found["mean"], found["count"], strict=True))


def chart(rows: pd.DataFrame) -> tuple[dict[str, Any], str]:
    """Return accuracy against α as an ECharts option, a line of means a method and a point a retraining, and its text.

    Args:
        rows: retrainings of one data set, network and number of epochs.
    """
    found = means(rows)
    names = dict.fromkeys(name for name, *_ in found if name != "full")
    coloured = iter(palette() * (1 + len(names) // len(palette())))
    series = []
    for name in names:
        colour = RANDOM if name == "random" else next(coloured)
        line = [[100 * rate, round(100 * mean, 2)] for other, rate, mean, _ in found if other == name]
        points = rows[rows["label"] == name][["rate", FIGURE]].to_numpy() * 100
        kind = "dashed" if name == "random" else "solid"
        series.append(
            {
                "type": "line",
                "name": name,
                "data": line,
                "symbol": "circle",
                "symbolSize": 8,
                "itemStyle": {"color": colour},
            }
            | {"lineStyle": {"color": colour, "type": kind, "width": 2}}
        )
        series.append(
            {"type": "scatter", "name": name, "data": points.round(2).tolist(), "symbolSize": 5, "silent": True}
            | {"itemStyle": {"color": colour, "opacity": 0.5}}
        )
    level = next((mean for name, _, mean, _ in found if name == "full"), None)
    if level is not None and series:
        label = {"formatter": f"all data {100 * level:.1f} %", "position": "insideStartTop", "color": ink()}
        style = {"color": CUT, "type": "dotted", "width": 1.5}
        series[0]["markLine"] = {"silent": True, "symbol": "none", "label": label, "lineStyle": style}
        series[0]["markLine"] |= {"data": [{"yAxis": round(100 * level, 2)}]}
    rates = sorted({round(100 * rate, 4) for name, rate, *_ in found if name != "full"}) or [100]
    spec = {
        "animation": False,
        "legend": {"top": 0, "left": 0, "data": list(names)},
        "tooltip": {"trigger": "item", "confine": True, "formatter": "{a}<br>α, accuracy (%): {c}"},
        "grid": {"left": 4, "right": 12, "top": 56, "bottom": 28, "containLabel": True},
        "xAxis": {"type": "log", "min": rates[0] / 1.15, "max": rates[-1] * 1.15, "name": "selection rate α (%)"}
        | {"nameLocation": "middle", "nameGap": 26, "customValues": rates, "splitLine": {"show": False}}
        | {"axisLabel": {"customValues": rates}, "axisTick": {"customValues": rates}},
        "yAxis": {"type": "value", "name": "test accuracy at the best val epoch (%)", "scale": True}
        | {"nameTextStyle": {"align": "left"}, "max": 100},
        "series": series,
    }
    said = [f"{name} {100 * mean:.1f} % at α = {100 * rate:.3g} % (n = {n})" for name, rate, mean, n in found]
    return spec, "Test accuracy at the best val epoch against the selection rate: " + ", ".join(said)
