"""What the Results page compares and says of it, without Streamlit."""

from dataclasses import dataclass

import pandas as pd

from coreset_engine import names, results
from coreset_engine.dashboard.shell.texts import markdown_safe
from coreset_engine.results import randoms
from coreset_engine.results.parts.costs import count_text
from coreset_engine.results.statistics import half_width
from coreset_engine.results.verdict_table import BETTER, SEARCHED, UNCLEAR, WORSE

SPREADS = {"95 % interval": "half", "standard deviation": "std"}
_COLLAPSED = "{run|runs} collapsed to one class and {is|are} left out of the mean"
NAMED = 4  # methods that the verdict names
EVERY, WHOLE = "all rows", "whole set only"  # which rows are shown, by the samples that were taken out
FIRST = 3  # retrainings shown before somebody chooses


@dataclass(frozen=True)
class Scope:
    """The retrainings that are compared, and by which metric.

    Attributes:
        rows: of one data set, architecture and number of epochs, without hidden rows; those of hidden methods
            and trainings in a mode among them.
        metric: one of `results.FIGURES`.
        data: name of the data set with the beginning of its hash.
        architecture, epochs: of the rows.
        hidden: labels of the methods that are not shown.
        hidden_rows: beginnings of the keys of single rows that are left out of everything.
        excluded: which rows are shown by the samples that were taken out: EVERY, WHOLE, or "without …" of their labels;
            the labels of the others are among the hidden ones.
    """

    rows: pd.DataFrame
    metric: str
    data: str
    architecture: str
    epochs: int
    hidden: tuple[str, ...] = ()
    hidden_rows: tuple[str, ...] = ()
    excluded: str = EVERY

    def visible(self, table: pd.DataFrame | None = None) -> pd.DataFrame:
        """Return the rows, or lines that have a label, without those of hidden methods."""
        lines = self.rows if table is None else table
        return lines[~lines["label"].isin(self.hidden)]

    def coresets(self) -> pd.DataFrame:
        """Return the visible rows without trainings in a mode."""
        return results.without_modes(self.visible())


def without_searches(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that no search trained to choose among; its confirmation stays."""
    return rows[~randoms.is_searched(rows)]


def exclusions(rows: pd.DataFrame) -> list[str]:
    """Return the choices of rows by the samples that were taken out; none where no row was trained without some."""
    found = sorted({words for words in rows["without"].unique() if words})
    return [EVERY, WHOLE, *(f"without {words}" for words in found)] if found else []


def labels_beside(rows: pd.DataFrame, excluded: str) -> tuple[str, ...]:
    """Return the labels that a choice of `exclusions` does not show.

    The full data stays beside coresets of other samples as long as it was not trained without the same ones.
    """
    lines = rows.drop_duplicates("label", ignore_index=True)
    labels, told = lines["label"], lines["without"].map(lambda words: f"without {words}" if words else WHOLE)
    wanted = told == excluded
    full = labels.isin(rows.loc[rows["method"] == "full", "label"])
    if not (wanted & full).any():
        wanted |= full & (told == WHOLE)
    return () if excluded == EVERY else tuple(labels[~wanted])


def titles(rows: pd.DataFrame) -> list[str]:
    """Return how each row reads in a list: method, rate, seed, and the beginning of its key, which no other has."""
    if rows.empty:  # a table without rows may lack columns, too
        return []
    return [
        f"{row['label']}, {100 * row['rate']:.3g} %, seed {row['seed']} ({row['key'][: results.SHORT_KEY]})"
        for row in rows[["label", "rate", "seed", "key"]].to_dict("records")
    ]


def first_shown(rows: pd.DataFrame) -> pd.DataFrame:
    """Return what is drawn before somebody chooses: the newest of a few methods, full data and Random first.

    Args:
        rows: the newest first.
    """
    newest = rows.drop_duplicates("label")
    rank = newest["method"].map({"full": 0, "random": 1}).fillna(2)
    return newest.loc[rank.sort_values(kind="stable").index].head(FIRST)


def with_intervals(summary: pd.DataFrame) -> pd.DataFrame:
    """Return a summary with half the width of every mean's 95 % t-interval over the seeds, as `<metric>_half`."""
    for metric in results.FIGURES:
        spreads = zip(summary[f"{metric}_std"], summary[f"{metric}_n"], strict=True)
        summary = summary.assign(**{f"{metric}_half": [half_width(sd, n) for sd, n in spreads]})
    return summary


def counted(summary: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Return a summary whose n counts the rows that have a metric."""
    return summary.assign(n=summary[f"{metric}_n"])


def lacking(rows: pd.DataFrame, metric: str) -> str:
    """Return a sentence where retrainings that did not collapse have no such metric, else ""."""
    good = rows[~rows["collapsed"].astype(bool)]
    count = int(good[metric].isna().sum())
    if not count:
        return ""
    return (
        f"{count} of {len(good)} retrainings have no {results.FIGURES[metric].split(' at ')[0]}, mostly since they were "
        "made before it was measured. They do not count here; delete them below and train them again to have it."
    )


def remark(summary: pd.DataFrame, bars: str = "std") -> str:
    """Return over how many seeds the means of a chart go, and what its bars are: "std", or "half" for t-intervals."""
    counts = sorted(set(summary["n"].tolist()) - {0}) or [0]
    span = f"{counts[0]} to {counts[-1]} seeds" if len(counts) > 1 else f"{counts[0]} seed{'s' * (counts[0] != 1)}"
    meaning = "95 % intervals of Student's t" if bars == "half" else "sample standard deviations"
    return f"n = {span}{'; no bar where n = 1' * (1 in counts)}; bars and band: {meaning} over the seeds."


def explanation(summary: pd.DataFrame, metric: str, bars: str = "std") -> str:
    """Return what else one has to know to read the chart."""
    text = "Small points: single retrainings. The best epoch is chosen on val, never on test."
    if bars == "half" and 2 in summary["n"].tolist():
        text += " Of two seeds an interval is 9 standard deviations wide to either side: train more."
    if "_ece_" in metric:
        text += (
            " The calibration error is the expected one over 15 bins of the largest probability (arXiv:1706.04599): 0 "
            "where a network is right as often as it is sure; lower is better."
        )
    if metric.startswith("val_acc_best"):
        text += " EVA's published accuracies are of this kind: best val epoch, not test."
    return text


def collapses(summary: pd.DataFrame) -> list[str]:
    """Return a sentence for every configuration with collapsed runs, which are left out of the means."""
    return [
        f"{markdown_safe(row['label'])} at α = {100 * row['rate']:.3g} %: "
        f"{names.counted(int(row['collapsed']), _COLLAPSED)}. Try a lower learning rate or a smaller batch."
        for row in summary[summary["collapsed"] > 0].to_dict("records")
    ]


def verdict(table: pd.DataFrame) -> str:
    """Return in words how many methods are clearly better or worse than Random, and what is left out of the count.

    Args:
        table: what `results.verdicts` gives.
    """
    tested = table[table["p_holm"].notna()]
    if tested.empty:
        text = (
            "No method has two seeds with this metric in common with Random at the same rate and recipe, so nothing can be "
            "tested yet."
        )
        return text + _of_searches(table)
    better, worse, same = (tested[tested["verdict"] == words] for words in (BETTER, WORSE, UNCLEAR))
    counts = sorted(set(tested["n"].tolist()))
    seeds = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    text = (
        f"{names.counted(len(tested), '{comparison|comparisons}')} with Random: {len(better)} {BETTER}{_named(better)}, "
        f"{len(worse)} {WORSE}{_named(worse)}, {len(same)} with {UNCLEAR} (n = {seeds} pairs)."
    )
    if others := sorted(set(tested[tested["against"] != tested["fitting"]]["fitting"])):
        text += f" No {' and no '.join(others)} here, so methods that should beat it are held against Random, uniform."
    return text + _of_searches(table)


def _of_searches(table: pd.DataFrame) -> str:
    """Return a sentence on the lines that only a search made; "" where there is none."""
    count = int((table["verdict"] == SEARCHED).sum())
    return f" {count} found by searching {'is' if count == 1 else 'are'} not tested." if count else ""


def _named(found: pd.DataFrame) -> str:
    """Return the first few methods of comparisons with their rates, in brackets; "" where there is none."""
    if found.empty:
        return ""
    names = [
        f"{markdown_safe(label)} at {', '.join(f'{100 * rate:.3g}' for rate in rates)} %"
        for label, rates in found.groupby("label", sort=False)["rate"]
    ]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f" ({'; '.join(names[:NAMED])}{more})"


def costs_in_words(table: pd.DataFrame) -> str:
    """Return after how many retrainings a coreset has paid; "" where none of the costs counts a recording.

    Args:
        table: what `results.costs` gives.
    """
    priced = table[table["surrogate_images"] > 0]["pays_images"]
    if priced.empty:
        return ""
    first, last = (count_text(bound) for bound in (priced.min(), priced.max()))
    span = first if first == last else f"{first} to {last}"
    return f"Break-even after {span} retrainings instead of trainings on the full data, by images × epochs."


def energy_in_words(table: pd.DataFrame) -> str:
    """Return what one has to know of the energy in a table of costs; "" where there is none."""
    kinds = sorted({kind for kind in table["joules_of"] if kind})
    if not kinds:
        return ""
    return (
        f" Energy is that of the whole {' or '.join(kinds)} while a training ran, so other work of the machine counts, too; "
        "memory, disks and fans do not. Trainings that were interrupted and resumed have none."
    )
