"""Learning curves of single retrainings: loss and accuracy over the epochs, the best epoch marked."""

from typing import Any

import pandas as pd
import streamlit as st

from coreset_engine.dashboard.charts import spec
from coreset_engine.dashboard.charts.theme import palette
from coreset_engine.dashboard.results import retrainings
from coreset_engine.results.learning import with_curve

KEY = "curves_of"
HEIGHT = 320  # px of a chart
FIRST = 3  # retrainings shown before somebody chooses


def first_shown(rows: pd.DataFrame) -> pd.DataFrame:
    """Return what is drawn before somebody chooses: the newest retraining of a few methods, on all data and Random first.

    Args:
        rows: what `with_curve` returns.
    """
    newest = rows.drop_duplicates("label")
    rank = newest["method"].map({"full": 0, "random": 1}).fillna(2)
    return newest.loc[rank.sort_values(kind="stable").index].head(FIRST)


def losses(rows: pd.DataFrame) -> dict[str, Any]:
    """Return train loss (dashed) and val loss over the epochs, best epochs marked, as ECharts options."""
    series = []
    for name, colour, row in _coloured(rows):
        curve = row["curve"]
        series.append(_line(name, curve["train_loss"], colour, "dashed"))
        series += [_line(name, curve["val_loss"], colour), _best(name, row, curve["val_loss"], colour)]
    return _spec(series, "loss (nats): train dashed, val solid", int(rows["epochs"].max()))


def accuracies(rows: pd.DataFrame) -> dict[str, Any]:
    """Return val accuracy over the epochs, best epochs marked, as ECharts options."""
    series = []
    for name, colour, row in _coloured(rows):
        percent = [round(100 * value, 2) for value in row["curve"]["val_accuracy"]]
        series += [_line(name, percent, colour), _best(name, row, percent, colour)]
    return _spec(series, "val accuracy (%)", int(rows["epochs"].max()))


def _coloured(rows: pd.DataFrame) -> list[tuple[str, str, dict[str, Any]]]:
    """Return name, colour and values of every retraining."""
    colours = palette()
    each = zip(retrainings.titles(rows), rows.to_dict("records"), strict=True)
    return [(name, colours[number % len(colours)], row) for number, (name, row) in enumerate(each)]


def _line(name: str, values: list[float], colour: str, kind: str = "solid") -> dict[str, Any]:
    """Return one curve; those of a retraining share its name, so that the legend hides them together."""
    return {
        "type": "line",
        "name": name,
        "data": [[epoch, value] for epoch, value in enumerate(values, 1)],
        "symbol": "none" if len(values) > 1 else "circle",
        "lineStyle": {"width": 1.5 if kind == "dashed" else 2.2, "type": kind},
        "itemStyle": {"color": colour},
    }


def _best(name: str, row: dict[str, Any], values: list[float], colour: str) -> dict[str, Any]:
    """Return the mark of the best val epoch on a curve."""
    epoch = int(row["best_epoch"])
    return {
        "type": "scatter",
        "name": name,
        "data": [[epoch, values[epoch - 1]]] if 1 <= epoch <= len(values) else [],
        "symbol": "diamond",
        "symbolSize": 14,
        "itemStyle": {"color": colour, "borderColor": "#FFFFFF", "borderWidth": 1, "opacity": 1},
        "tooltip": {"show": False},
        "z": 5,
    }


def _spec(series: list[dict[str, Any]], title: str, epochs: int) -> dict[str, Any]:
    """Return a chart over the epochs."""
    return {
        "animation": False,
        "legend": {"type": "scroll", "top": 0, "left": 0},
        "tooltip": {"trigger": "axis", "confine": True},
        "grid": {"left": 8, "right": 12, "top": 58, "bottom": 26},
        "xAxis": {"type": "value", "name": "epoch", "nameLocation": "middle", "nameGap": 26}
        | {"min": 1, "max": max(2, epochs), "minInterval": 1},
        "yAxis": {"type": "value", "name": title, "scale": True, "nameTextStyle": {"align": "left"}},
        "series": series,
    }


def draw(rows: pd.DataFrame) -> list[str]:
    """Draw the choice of retrainings and their curves, and return the keys of those shown.

    Args:
        rows: as `results.frame` gives them.
    """
    kept = with_curve(rows)
    if kept.empty:
        st.info("None of these rows holds its curves. Those of a training from this version on do.")
        return []
    names = retrainings.titles(kept)
    chosen = st.multiselect(
        "Retrainings",
        names,
        retrainings.titles(first_shown(kept)),
        key=KEY,
        bind="query-params",
        placeholder="Choose retrainings, here or in the table below",
    )
    shown = kept[[name in chosen for name in names]]
    if shown.empty:
        return []
    left, right = st.columns(2, gap="medium")
    said = ", ".join(chosen)
    with left:
        alt = f"Train and val loss in nats over the epochs of {said}; the best val epoch of each is marked"
        st.echarts_chart(spec.readable(losses(shown)), height=HEIGHT, key="results_losses", alt=alt)
    with right:
        alt = f"Val accuracy in percent over the epochs of {said}; the best val epoch of each is marked"
        st.echarts_chart(spec.readable(accuracies(shown)), height=HEIGHT, key="results_accuracies", alt=alt)
    st.caption(
        "A diamond marks the best epoch by val accuracy, whose weights the figures at the best val epoch are of. The train "
        "loss is the mean over the epoch's batches before each update, the val loss that of the weights the epoch ends with."
    )
    return shown["key"].tolist()
