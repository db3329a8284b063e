"""Parts of the results: tables of what retrainings reached. A file of this folder that defines a `Part` adds one.

It then stands on the Results page, among what `results --show` prints, and in the commands and the Python that the page
offers to copy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Literal

from coreset_engine import registry, results
from coreset_engine.errors import ConfigError
from coreset_engine.results import result_rows
from coreset_engine.results.people import Column
from coreset_engine.results.references import Info, run_info

if TYPE_CHECKING:
    import pandas as pd

ROUNDING = 5.1e-5  # of a rate, as tables print it
NOTHING = "There is no result yet, so there is nothing to compare. `record` makes the first one."


class NoTableError(ConfigError):
    """A part has nothing to show of these rows; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What a part is asked about.

    Attributes:
        metric: one of `results.FIGURES`.
        coreset: label and rate of the one that is meant; None for all of them.
        keys: of the retrainings that are meant, where a part is of single ones; empty for all of them.
        info: reads what a run says of itself.
    """

    metric: str = "val_acc_best"
    coreset: tuple[str, float] | None = None
    keys: tuple[str, ...] = ()
    info: Info = field(default=run_info, compare=False)


Compute = Callable[["pd.DataFrame", Question], "pd.DataFrame | None"]


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of the results.

    Attributes:
        name: as `results --show` takes it.
        order: its place among the others.
        title: its heading on the page.
        lower: what follows the title where lower is better.
        words: what it shows, as the help of `--show` says it.
        variable: of the copied Python.
        compute: rows, as `results.frame` gives them, and a question -> the table; None, or an empty one, without any.
        missing: question -> why there is no table, and what would give one.
        people: table and question -> the table as people read it; None where that is the same one.
        columns: how the columns of what `people` returns are shown.
        metric: whether the metric that is asked for matters.
        coreset: whether it is of one coreset: never, where one is asked for, or always.
        mixed: whether its rows may be of several data sets, architectures and numbers of epochs.
        hidden_count: whether hidden methods count in the computation and are left out of its table only.
        single: whether it is of retrainings that are chosen one by one.
        modes: whether trainings in a mode count in it.
    """

    name: str
    title: str
    words: str
    compute: Compute
    missing: Callable[[Question], str]
    order: int = 50
    lower: str = ""
    variable: str = ""
    people: Callable[[pd.DataFrame, Question], pd.DataFrame] | None = None
    columns: Mapping[str, Column] = field(default_factory=dict)
    metric: bool = False
    coreset: Literal["never", "asked", "always"] = "never"
    mixed: bool = False
    hidden_count: bool = False
    single: bool = False
    modes: bool = False

    def answer(self, rows: pd.DataFrame, question: Question, hidden: Sequence[str] = ()) -> pd.DataFrame:
        """Return the table.

        Args:
            rows: as `results.frame` gives them, trainings in a mode among them or not.
            question: what it is asked about.
            hidden: labels of methods to leave out.

        Raises:
            NoTableError: there is none.
            ConfigError: the rows can't be compared, or the coreset that is meant is not among them.
        """
        if rows.empty:
            raise ConfigError(NOTHING)
        if not self.mixed:
            _check_one_kind(rows)
        if not self.modes:
            rows = result_rows.without_modes(rows)
            if rows.empty:
                raise NoTableError(self.missing(question))
        if question.keys:
            rows = rows[rows["key"].isin(question.keys)]
        given = rows if self.hidden_count else _without(rows, hidden)
        if self.coreset != "never" and question.coreset:
            question = replace(question, coreset=_meant(given, *question.coreset))
        if self.coreset == "always" and not question.coreset:
            raise ConfigError(f"Whose {self.name}? Add --coreset LABEL RATE.")
        found = self.compute(given, question)
        if found is not None and self.hidden_count:
            found = _without(found, hidden)
        if found is None or found.empty:
            raise NoTableError(self.missing(question))
        return found

    def heading(self, metric: str) -> str:
        """Return the heading of the part when it is asked about a metric."""
        return self.title + (self.lower if self.metric and metric in results.LOWER_IS_BETTER else "")

    def for_people(self, table: pd.DataFrame, question: Question) -> pd.DataFrame:
        """Return an answer as people read it; its columns are shown as `columns` says."""
        return table if self.people is None else self.people(table, question)


@cache
def all_parts() -> dict[str, Part]:
    """Return every part by its name, in the order of the page."""
    return registry.discover(__name__, Part)


def get(name: str) -> Part:
    """Return one part.

    Raises:
        UnknownNameError: there is none of this name.
    """
    return registry.lookup(all_parts(), name, "part of the results")


def part(
    name: str,
    rows: pd.DataFrame,
    *,
    metric: str = "val_acc_best",
    coreset: tuple[str, float] | None = None,
    hidden: Sequence[str] = (),
) -> pd.DataFrame:
    """Return the table that `results --show NAME` prints.

    Args:
        name: of the part, e.g. "costs".
        rows: as `results.frame` gives them.
        metric: one of `results.FIGURES`.
        coreset: label and rate of the one that is meant.
        hidden: labels of methods to leave out.

    Raises:
        UnknownNameError: there is no such part.
        ConfigError: it has nothing to show of these rows, or they can't be compared.
    """
    return get(name).answer(rows, Question(metric=metric, coreset=coreset), hidden)


def _without(table: pd.DataFrame, hidden: Sequence[str]) -> pd.DataFrame:
    """Return a table without the lines of hidden methods."""
    return table[~table["label"].isin(hidden)] if hidden else table


def _meant(rows: pd.DataFrame, label: str, rate: float) -> tuple[str, float]:
    """Return label and rate of the coreset that is meant by a rate with as few digits as tables show.

    Raises:
        ConfigError: there is none, or it is meant by several.
    """
    known = rows[rows["method"] != "full"]
    rates = known[known["label"] == label]["rate"].unique().tolist()
    near = [one for one in rates if one == rate] or [one for one in rates if abs(one - rate) <= ROUNDING]
    if len(near) == 1:
        return label, near[0]
    if near:
        raise ConfigError(f"There are several coresets {label!r} at {rate!r}: {', '.join(map(repr, near))}.")
    pairs = known[["label", "rate"]].drop_duplicates().itertuples(index=False)
    raise ConfigError(
        f"There is no coreset {label!r} at {rate!r}. There are: {', '.join(f'{a!r} {b!r}' for a, b in pairs)}."
    )


def _check_one_kind(rows: pd.DataFrame) -> None:
    """Check that rows can be compared.

    Raises:
        ConfigError: they are of several data sets, architectures or numbers of epochs.
    """
    for option, values in (
        ("--dataset", results.data_names(rows)),
        ("--architecture", rows["architecture"]),
        ("--epochs", rows["epochs"]),
    ):
        if values.nunique() > 1:
            raise ConfigError(
                f"Compared are rows of one kind. Choose with {option}: {', '.join(map(str, values.unique()))}."
            )
