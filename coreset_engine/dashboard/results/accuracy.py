"""The charts of the Results page: a figure of quality, and its distance to Random, against the selection rate."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from coreset_engine.dashboard.charts.theme import CUT, ink, palette
from coreset_engine.results.published import Published

RANDOM = "#6E6E6E"
BAND = "rgba(213,94,0,0.13)"  # the colour of the full data's line, faint


def by_rate(
    summary: pd.DataFrame,
    figure_name: str,
    title: str,
    spread: str = "std",
    published: Sequence[Published] = (),
    retrainings: pd.DataFrame | None = None,
) -> go.Figure:
    """Return a figure of quality against α: a line a method, the full data as a level, bars for the spread over seeds.

    Rates stand on a logarithmic axis, since those of interest are small.

    Args:
        summary: what `results.summarise` gives, for one data set, architecture and number of epochs; for intervals, what
            `comparison.with_intervals` makes of it.
        figure_name: column of the figure.
        title: of the y-axis, its split and epoch rule; the unit is added here.
        spread: what follows the figure's name in the column of the bars: "std" for standard deviations, "half" for half
            the width of intervals.
        published: numbers of papers, drawn as a layer of their own.
        retrainings: the rows behind the summary; each that did not collapse becomes a small point.
    """
    factor, unit = scale(figure_name)
    summary = summary.assign(spread=summary[f"{figure_name}_{spread}"])
    lines = summary[(summary["method"] != "full") & summary[figure_name].notna()]
    order = sorted(lines["label"].unique(), key=lambda label: (not label.startswith("random"), label))
    coloured = iter(palette() * (1 + len(order) // len(palette())))
    data = [
        _line(
            lines[lines["label"] == label].sort_values("rate"),
            figure_name,
            label,
            None if label.startswith("random") else next(coloured),
        )
        for label in order
    ]
    levels = summary[(summary["method"] == "full") & summary[figure_name].notna()].to_dict("records")
    data = data or [_anchor(level, figure_name) for level in levels]
    data += _published_lines(published)
    rates = sorted({round(rate, 6) for line in data for rate in line["x"]})
    if retrainings is not None:
        data = [_points(retrainings, figure_name, line) for line in data if "meta" in line] + data
    layout = _layout(rates, f"{title}{unit}", 440)
    layout["yaxis"]["range"] = _span(summary, figure_name)
    layout |= {
        "shapes": [
            shape for level in levels for shape in _level(factor * level[figure_name], _spread(level, figure_name))
        ],
        "annotations": [_note(level, figure_name) for level in levels],
    }
    return go.Figure({"data": data, "layout": layout})


def _span(summary: pd.DataFrame, figure_name: str) -> list[float]:
    """Return lowest and highest value of the axis: means with their spread, as far as such a figure can go (0..1)."""
    means, spread = summary[figure_name], summary["spread"].fillna(0)
    low, high = float((means - spread).min()), float((means + spread).max())
    low, high = max(0.0, low), min(1.0, high)
    room = 0.06 * max(high - low, 0.02)
    return [scale(figure_name)[0] * value for value in (max(-room, low - room), high + room)]


def _points(retrainings: pd.DataFrame, figure_name: str, line: dict[str, Any]) -> dict[str, Any]:
    """Return the single retrainings of one method's line."""
    rows = retrainings[(retrainings["label"] == line["meta"]) & (retrainings["collapsed"] == 0)]
    return {
        "type": "scatter",
        "x": 100 * rows["rate"],
        "y": scale(figure_name)[0] * rows[figure_name],
        "mode": "markers",
        "marker": {"size": 5, "opacity": 0.45, "color": line["line"]["color"]},
        "name": line["name"],
        "showlegend": False,
        "customdata": rows["seed"],
        "hovertemplate": "seed %{customdata}: %{y:.4g}",
    }


def scale(figure_name: str) -> tuple[float, str]:
    """Return by what a figure is multiplied to be shown, and its unit as it follows a title: AUC stays 0..1."""
    return (1.0, "") if "_auc_" in figure_name else (100.0, " (%)")


def difference(table: pd.DataFrame, figure_name: str) -> go.Figure:
    """Return the mean difference to Random against α, a line a method, with its interval; Random is the line at 0.

    Args:
        table: what `results.against_random` gives.
        figure_name: column of the figure.
    """
    factor, unit = scale(figure_name)
    coloured = iter(palette() * (1 + len(table) // len(palette())))
    data = []
    for label, line in table[table["difference"].notna()].sort_values("rate").groupby("label"):
        data.append(
            {
                "type": "scatter",
                "x": 100 * line["rate"],
                "y": factor * line["difference"],
                "error_y": {"array": factor * line["half"], "thickness": 1.2, "width": 3},
                "name": label,
                "mode": "lines+markers",
                "line": {"color": next(coloured)},
                "customdata": line["n"],
                "hovertemplate": "α = %{x:.3g} %: %{y:+.4g} (n = %{customdata} pairs)",
            }
        )
    rates = sorted({round(rate, 6) for line in data for rate in line["x"]})
    words = f"difference to Random{' (points)' * bool(unit)}"
    return go.Figure({"data": data, "layout": _layout(rates, words, 360) | {"shapes": _zero()}})


def _layout(rates: list[float], title: str, height: int) -> dict[str, Any]:
    """Return the layout of a chart against α, in percent on a logarithmic axis, of a height in px."""
    words = {"color": ink()}  # Streamlit's grey has 3.7 : 1 on white
    return {
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 24, "b": 8},
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        "uirevision": "keep",
        "xaxis": {"title": {"text": "selection rate α (% of the train split)", "font": words}, "type": "log"}
        | {"tickvals": rates, "ticktext": [f"{rate:.3g}" for rate in rates], "tickfont": words},
        "yaxis": {"title": {"text": title, "font": words}, "tickfont": words},
    }


def _zero() -> list[dict[str, Any]]:
    """Return the line of no difference."""
    return [
        {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 0, "y1": 0, "layer": "below"}
        | {"line": {"dash": "dash", "color": RANDOM, "width": 1.5}}
    ]


def _published_lines(published: Sequence[Published]) -> list[dict[str, Any]]:
    """Return a dotted line with hollow marks for every method of a paper."""
    found = []
    for name in dict.fromkeys(one.name for one in published):
        line = sorted((one for one in published if one.name == name), key=lambda one: one.rate)
        found.append(
            {
                "type": "scatter",
                "x": [100 * one.rate for one in line],
                "y": [100 * one.accuracy for one in line],
                "error_y": {"array": [100 * one.sd for one in line], "thickness": 1, "width": 3},
                "name": f"published: {name}",
                "mode": "lines+markers",
                "line": {"dash": "dot", "width": 1, "color": palette()[len(found) % len(palette())]},
                "marker": {"symbol": "circle-open", "size": 8},
                "hovertemplate": "published, α = %{x:.3g} %: %{y:.4g} %",
            }
        )
    return found


def _spread(row: dict[str, Any], figure_name: str) -> float:
    """Return the spread of a figure over seeds as shown; NaN where n = 1."""
    return scale(figure_name)[0] * row["spread"]


def _level(value: float, spread: float) -> list[dict[str, Any]]:
    """Return a dotted line over the whole width at `value`, with a band of ± `spread` where there is one."""
    wide = {"xref": "paper", "x0": 0, "x1": 1, "layer": "below"}
    found = [{"type": "line", "y0": value, "y1": value, "line": {"dash": "dot", "color": CUT, "width": 1.5}} | wide]
    if np.isfinite(spread):
        band = {"type": "rect", "y0": value - spread, "y1": value + spread, "fillcolor": BAND, "line": {"width": 0}}
        found.append(band | wide)
    return found


def _note(row: dict[str, Any], figure_name: str) -> dict[str, Any]:
    """Return what stands above the full data's level: mean, spread and n."""
    factor, unit = scale(figure_name)
    digits, spread = (1 if unit else 3), _spread(row, figure_name)
    text = f"{'all data' if row['label'] == 'full' else row['label']} {factor * row[figure_name]:.{digits}f}"
    text += f" ± {spread:.{digits}f}" if np.isfinite(spread) else ""
    text += f"{' %' * bool(unit)} (n = {row['n']})"
    height = factor * row[figure_name]
    place = {"xref": "paper", "x": 0, "xanchor": "left", "y": height, "yanchor": "bottom", "showarrow": False}
    return place | {"text": text, "font": {"color": ink()}}


def _anchor(row: dict[str, Any], figure_name: str) -> dict[str, Any]:
    """Return a point of the full data at α = 100 %: without a line, shapes alone would leave the axes without a range."""
    factor, _ = scale(figure_name)
    return {
        "type": "scatter",
        "x": [100],
        "y": [factor * row[figure_name]],
        "error_y": {"array": [_spread(row, figure_name)], "thickness": 1.2, "width": 3},
        "mode": "markers",
        "marker": {"color": CUT},
        "name": row["label"],
        "showlegend": False,
        "customdata": [row["n"]],
        "hovertemplate": "all data: %{y:.4g} (n = %{customdata})",
    }


def _line(line: pd.DataFrame, figure_name: str, label: str, colour: str | None) -> dict[str, Any]:
    """Return one method's line with its spread; Random, which has no `colour`, is grey and dashed."""
    factor, unit = scale(figure_name)
    return {
        "type": "scatter",
        "x": 100 * line["rate"],
        "y": factor * line[figure_name],
        "error_y": {"type": "data", "symmetric": False, "thickness": 1.2, "width": 3}
        | {"array": factor * np.minimum(line["spread"], 1 - line[figure_name])}
        | {"arrayminus": factor * np.minimum(line["spread"], line[figure_name])},
        "name": label,
        "meta": label,
        "mode": "lines+markers",
        "line": {"color": colour or RANDOM, "dash": "solid" if colour else "dash"},
        "customdata": line["n"],
        "hovertemplate": f"α = %{{x:.3g}} %: %{{y:.4g}}{' %' * bool(unit)} (n = %{{customdata}})",
    }
