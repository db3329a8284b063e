"""What retrainings with EVA reached, window pair by window pair, and which windows the paper found best."""

import math
from dataclasses import dataclass

import pandas as pd

from coreset_engine import papers
from coreset_engine.config import Recipe
from coreset_engine.dashboard import cached
from coreset_engine.window_map import inputs
from coreset_engine.windows import Windows, is_legal

Pair = tuple[int, int]  # t_e, t_l


@dataclass(frozen=True)
class PairAccuracy:
    """What retrainings with one pair of windows reached: mean and sample standard deviation (NaN at n = 1), 0..1, of n.

    `collapsed` more runs fell into one class and are left out.
    """

    early: int
    late: int
    mean: float
    sd: float
    n: int
    collapsed: int = 0

    @property
    def text(self) -> str:
        """Return mean, spread and count in words."""
        spread = f" ± {100 * self.sd:.1f} (sd)" if self.n > 1 else ""
        lost = f", {self.collapsed} collapsed" if self.collapsed else ""
        return f"{100 * self.mean:.1f} %{spread}, n = {self.n}{lost}" if self.n else f"no mean{lost}"


def accuracies(table: pd.DataFrame, run: str, length: int, rate: float, state: str) -> pd.DataFrame:
    """Return the result rows of EVA on this run with this K and rate, as the map selects: plain sum, rule top.

    Rows of an earlier recording under the same name, averaged, weighted or with excluded rows are left out.

    Args:
        table: of all results.
        run: its name.
        length: K.
        rate: α.
        state: of the run's dynamics, see `state_of`.
    """
    if table.empty:
        return table
    plain = {"length": length, **inputs.OPTIONS}
    same = [
        row["method"] == inputs.METHOD
        and row["run"] == run
        and row["dynamics"] == [state]
        and row["rule"] == "top"
        and math.isclose(row["rate"], rate, abs_tol=1e-9)
        and plain.items() <= row["options"].items()
        and not any(isinstance(row.get(name), (str, dict)) for name in ("weighting", "excluded"))
        for row in table.to_dict("records")
    ]
    return table[same]


def state_of(run: str) -> str:
    """Return what a result row says of the dynamics it came from: when they were recorded, and how many epochs.

    Raises:
        EngineError: the run is missing or damaged.
    """
    facts = cached.info(run)
    return facts.version(cached.dynamics(run).epochs).to_text()


def group_of(architecture: str, epochs: int, loss: str = Recipe.loss) -> str:
    """Return the name of retrainings of one architecture, number of epochs and loss."""
    return f"{architecture}, {epochs} epochs" + (f", {loss} loss" if loss != Recipe.loss else "")


def trainings(rows: pd.DataFrame, first: str = "") -> dict[str, pd.DataFrame]:
    """Return result rows by architecture, epochs and loss, which are never mixed, those with most rows first.

    Args:
        rows: of one run, K and rate.
        first: group that comes before all others, e.g. the run's own: a search leaves many shorter trainings.
    """
    if rows.empty:
        return {}
    groups = {group_of(*names): group for names, group in rows.groupby(["architecture", "epochs", "loss"])}
    return dict(sorted(groups.items(), key=lambda item: (item[0] != first, -len(item[1]))))


def pairs(rows: pd.DataFrame) -> set[Pair]:
    """Return the pairs of windows that result rows of EVA have."""
    return {(options["early"], options["late"]) for options in rows["options"]}


def pair_accuracies(rows: pd.DataFrame, metric: str) -> list[PairAccuracy]:
    """Return mean and spread over the retrainings of every pair of windows, by t_e and t_l.

    Args:
        rows: of one architecture and number of epochs.
        metric: column of the accuracy, see `results.FIGURES`.
    """
    found: dict[Pair, list[dict]] = {}
    for row in rows.to_dict("records"):
        found.setdefault((row["options"]["early"], row["options"]["late"]), []).append(row)
    return [_mean(pair, group, metric) for pair, group in sorted(found.items())]


def _mean(pair: Pair, group: list[dict], metric: str) -> PairAccuracy:
    """Return mean and spread of one pair; collapsed runs are counted and left out."""
    values = pd.Series([row[metric] for row in group if not row["collapsed"]], dtype=float)
    return PairAccuracy(*pair, float(values.mean()), float(values.std()), len(values), len(group) - len(values))


def published(dataset: str, epochs: int, length: int, rate: float) -> papers.PaperWindow | None:
    """Return the windows that the paper found best at a rate, where a run of `epochs` epochs and this K can have them."""
    fitting = [
        one
        for one in papers.windows_for(dataset, rate)
        if one.length == length and is_legal(Windows(one.early, one.late, one.length), epochs)
    ]
    return fitting[0] if fitting else None
