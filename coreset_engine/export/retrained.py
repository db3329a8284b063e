"""What retrainings on a selection reached, beside Random and all data, as a part of its report."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from coreset_engine import budgets, results
from coreset_engine.export import figures, verdicts
from coreset_engine.export.figures import RatePoint
from coreset_engine.export.templating import render
from coreset_engine.results.verdict_table import ASSUMED
from coreset_engine.selection import default_cutoff

CHARTED = "test_acc_best_val"
COLUMNS = {"val best": "val_acc_best", "test at best val": CHARTED, "test last": "test_acc_last"}
GROUPS = 4  # networks and epochs, of each of which there is a figure and a table


class Group(NamedTuple):
    """Retrainings of one network with the same epochs, as the report shows them."""

    network: str
    epochs: int
    figure: str
    lines: list[list[str]]
    verdicts: list[list[str]]


def belonging(table: pd.DataFrame, origin: dict[str, Any]) -> pd.DataFrame:
    """Return the retrainings that belong to a selection, with `part`: "selection", "random" or "full".

    To the selection belong those with the same images, runs, method, options, rule and excluded samples at any rate,
    whatever seed a draw took. Random and the full data are those of the same excluded samples, and without any.

    Args:
        table: all results, as `results.frame` gives them.
        origin: of the coreset.
    """
    if table.empty or not origin.get("dataset_sha256"):
        return table.iloc[:0].assign(part="")
    here = table[table["dataset_sha256"] == origin["dataset_sha256"]]
    return here.assign(part=[_part(row, origin) for row in here.to_dict("records")]).loc[
        lambda found: found["part"] != ""
    ]


def _part(row: dict[str, Any], origin: dict[str, Any]) -> str:
    """Return what a row of the same images is to a selection, "" for nothing."""
    if _excluded(row) not in ("", origin.get("excluded_sha256", "")):
        return ""
    if _same_selection(row, origin):
        return "selection"
    return row["method"] if row["method"] in results.REFERENCES and row["rule"] in ("", "top") else ""


def _same_selection(row: dict[str, Any], origin: dict[str, Any]) -> bool:
    """Return whether a row was trained on what the selection would keep at some rate."""
    if (row["method"], row["rule"], _excluded(row)) != (
        origin["method"],
        origin["rule"],
        origin.get("excluded_sha256", ""),
    ):
        return False
    if row["run"]:  # Random names none: it is shared by all runs on the same images
        runs = (origin["run"], list(origin["average"]), origin["run_version"])
        if (row["run"], list(row["average"]), row["dynamics"][0]) != runs:
            return False
    if budgets.given(row) != budgets.given(origin) or budgets.row_words(row) != budgets.row_words(origin):
        return False
    if _number(row.get("snapshot")) != _number(origin.get("snapshot")):
        return False
    given = _cut(row["rule_options"], row["rate"]), _cut(origin["rule_options"], origin["rate"])
    return _drawn(row["options"]) == _drawn(origin["options"]) and given[0] == given[1]


def _excluded(row: dict[str, Any]) -> str:
    """Return the hash of the samples that a row was trained without, "" for none."""
    return row["excluded"]["sha256"] if isinstance(row.get("excluded"), dict) else ""


def _number(value: Any) -> float | None:
    """Return a number of a table, None where it is missing."""
    return None if value is None or value != value else float(value)


def _drawn(options: dict[str, Any]) -> dict[str, Any]:
    """Return options without the seed, which differs from retraining to retraining."""
    return {name: value for name, value in options.items() if name != "seed"}


def _cut(options: dict[str, Any], rate: float) -> dict[str, Any]:
    """Return a rule's options; a cut-off that is the default at its rate counts as the default at any."""
    plain = _drawn(options)
    if plain.get("cutoff") is not None and plain["cutoff"] == default_cutoff(rate):
        plain["cutoff"] = None
    return plain


def section(table: pd.DataFrame, origin: dict[str, Any]) -> str:
    """Return the part of a report that tells what retrainings reached, in HTML.

    Args:
        table: all results, as `results.frame` gives them.
        origin: of the coreset.
    """
    found = belonging(table, origin)
    groups = [_group(network, epochs, rows, _alike(table, rows)) for network, epochs, rows in _groups(found)]
    return render(
        "retrained.html",
        has_own=bool((found["part"] == "selection").any()),
        columns=["method", "α (%)", "M", "n", *[f"{name} (%)" for name in COLUMNS], "collapsed"],
        verdict_columns=verdicts.COLUMNS,
        assumed=ASSUMED,
        groups=groups,
    )


def _alike(table: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Return all results on the images of some, with their network and epochs."""
    first = rows.iloc[0]
    same = [table[name] == first[name] for name in ("dataset_sha256", "architecture", "epochs")]
    return table[same[0] & same[1] & same[2]]


def _group(network: str, epochs: int, rows: pd.DataFrame, every: pd.DataFrame) -> Group:
    """Return figure, verdicts and table of the retrainings of one network with the same epochs.

    Args:
        network: its name.
        epochs: of the trainings.
        rows: that belong to the selection.
        every: all results of that network and epochs on the same images.
    """
    summary = results.summarise(rows)
    kinds = dict(zip(rows["label"], rows["part"], strict=True))
    own = set(rows[rows["part"] == "selection"]["label"])
    told = verdicts.lines(every, own, CHARTED) if own else []
    return Group(network, epochs, _figure(summary, kinds), _lines(summary), told)


def _groups(found: pd.DataFrame) -> Iterator[tuple[str, int, pd.DataFrame]]:
    """Yield network, epochs and rows, which are never mixed: those with most retrainings on the selection first."""
    if found.empty:  # a table of no results has no columns
        return
    groups = [(*names, group) for names, group in found.groupby(["architecture", "epochs"], sort=True)]
    own = [int((group["part"] == "selection").sum()) for *_, group in groups]
    order = sorted(range(len(groups)), key=lambda number: (-own[number], -len(groups[number][2])))
    for number in order[:GROUPS]:
        if own[number] or not any(own):
            yield groups[number]


def _figure(summary: pd.DataFrame, kinds: dict[str, str]) -> str:
    """Return accuracy against selection rate as SVG; "" where every run collapsed."""
    known = summary[summary[CHARTED].notna()]
    lines: dict[str, list[RatePoint]] = {}
    for row in known[known["method"] != "full"].sort_values("rate").to_dict("records"):
        lines.setdefault(row["label"], []).append(_point(row))
    levels = {row["label"]: _point(row) for row in known[known["method"] == "full"].to_dict("records")}
    if not lines and not levels:
        return ""
    ordered = dict(sorted(lines.items(), key=lambda line: kinds[line[0]] != "selection"))
    return figures.rates(ordered, levels, dict(zip(known["label"], known["method"], strict=True)))


def _point(row: dict[str, Any]) -> RatePoint:
    """Return one mean as it is drawn."""
    return RatePoint(row["rate"], row[CHARTED], row[f"{CHARTED}_std"], row[f"{CHARTED}_n"])


def _lines(summary: pd.DataFrame) -> list[list[str]]:
    """Return the means as lines of a table: by rate, Random first, the full data last."""
    lines = []
    for row in results.ordered(summary).to_dict("records"):
        cells = [row["label"], f"{100 * row['rate']:.3g}", f"{row['samples']:,}", str(row["n"])]
        cells += [_mean(row[name], row[f"{name}_std"]) for name in COLUMNS.values()]
        lines.append([*cells, str(row["collapsed"])])
    return lines


def _mean(mean: float, sd: float) -> str:
    """Return a mean with its spread in percent; a dash where there is none."""
    if np.isnan(mean):
        return "–"
    return f"{100 * mean:.2f}" + ("" if np.isnan(sd) else f" ± {100 * sd:.2f}")
