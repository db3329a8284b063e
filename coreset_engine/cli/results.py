"""The command that prints what retrainings reached."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from coreset_engine import results, tables
from coreset_engine.cli.options import Lists, as_json_option, json_text
from coreset_engine.cli.published import beside_ours, printed, published_option
from coreset_engine.errors import ConfigError
from coreset_engine.results import parts

if TYPE_CHECKING:
    import pandas as pd

_BEST = ("val_acc_best", "val_acc_best_std", "test_acc_best_val", "test_acc_best_val_std")
COLUMNS = ("data", "architecture", "epochs", "label", "rate", "n", *_BEST, "collapsed")
WIDE = ("label", "rate", "samples", "n", *_BEST, "test_acc_last", "test_acc_last_std", "test_auc_best_val", "collapsed")
HASH = 8  # signs of a hash that are enough to mean it
NOTHING = "There is no result yet, so there is nothing to choose from. `record` makes the first one."


class PartName(click.ParamType):
    """The name of a part of the results; which there are is asked at the time, so that every one can be printed."""

    name = "part"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str | None:
        """Return the names, as the help shows them."""
        return click.Choice(list(parts.all_parts())).get_metavar(param, ctx)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> parts.Part:
        """Return the part of a name; one that is not known ends the command."""
        return parts.get(click.Choice(list(parts.all_parts())).convert(value, param, ctx))


def _listed(words: Iterable[str]) -> str:
    """Return words as a list with "or" before the last."""
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last


_PARTS = tuple(parts.all_parts().values())
_WORDS = f"{', '.join(one.words for one in _PARTS[:-1])}, or {_PARTS[-1].words}."
_OF_METRIC = tuple(one.name for one in _PARTS if one.metric)
_OF_CORESET = tuple(one.name for one in _PARTS if one.coreset != "never")


@click.command("results", cls=Lists)
@click.option(
    "--dataset", metavar="NAME", help='Only this data set: its name, as "demo", with its hash behind it, or the hash.'
)
@click.option("--architecture", help="Only this network.")
@click.option("--epochs", type=int, help="Only trainings of this many epochs.")
@click.option(
    "--hide", multiple=True, metavar="LABEL", help="Leave these methods out, as the table's `label` has them."
)
@click.option("--hide-rows", multiple=True, metavar="KEY", help="Leave these rows out, by the beginning of their keys.")
@click.option("--wide", is_flag=True, help="The columns of the Results page, M, last epoch and AUC among them.")
@click.option("--rows", "keys", multiple=True, metavar="KEY", help="Only these rows, by the beginning of their keys.")
@click.option("--find", default="", metavar="WORDS", help="Only rows in which all these words occur, notes included.")
@as_json_option("All rows, or what --show compares, as JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="All rows, or what --show compares, as CSV.")
@click.option("--by", type=click.Choice(["architecture"]), help="One column an architecture, as the papers' tables.")
@click.option(
    "--show",
    "part",
    type=PartName(),
    help=_WORDS[0].upper() + _WORDS[1:],
)
@click.option(
    "--coreset", nargs=2, type=(str, float), metavar="LABEL RATE", help=f"With --show {_listed(_OF_CORESET)}."
)
@published_option
@click.option(
    "--figure",
    "metric",
    type=click.Choice(list(results.FIGURES)),
    default="val_acc_best",
    show_default=True,
    help=f"With --by, or --show {_listed(_OF_METRIC)}: what is compared.",
)
def results_(
    as_json: bool,
    as_csv: bool,
    by: str | None,
    part: parts.Part | None,
    coreset: tuple[str, float] | None,
    published: tuple[str, str] | None,
    metric: str,
    wide: bool,
    hide: tuple[str, ...],
    **wanted: Any,
) -> None:
    """Print all result rows; without an option means and spread over the seeds."""
    if as_json and as_csv:
        raise ConfigError("--json and --csv are two forms of the same. Choose one of the two.")
    if by and (as_json or as_csv):
        raise ConfigError("--by is a table for people; --json and --csv give every row. Leave it out.")
    _check(by, part, coreset, wide, published)
    asked = click.get_current_context().get_parameter_source("metric") is ParameterSource.COMMANDLINE
    if asked and not (by or (part and part.metric)):
        raise ConfigError(
            f"--figure belongs to --by, or to --show {_listed(_OF_METRIC)}. Give one of them, or leave it out."
        )
    rows = results.rows()
    for sentence in results.problems():
        click.echo(sentence, err=True)
    every = _chosen(results.frame(rows, modes=True), **wanted, hide=hide)
    if published:
        _print(printed(beside_ours(*published, every), whole=as_json or as_csv), as_json, as_csv)
        return
    if part:
        question = parts.Question(metric=metric, coreset=coreset)
        _print(part.answer(every, question, hide), as_json, as_csv)
        return
    table = _left(every, every["label"].isin(hide), "--hide") if hide else every
    if as_json:
        left = set(table["key"]) if len(table) else set()
        click.echo(json_text([row for row in rows if row["key"] in left]))
    elif as_csv:
        click.echo(tables.as_csv(table).decode(), nl=False)
    elif by:
        across = results.across_architectures(results.summarise(table), metric)
        click.echo(tables.table(across.to_dict("records"), list(across.columns)))
    else:
        means = results.ordered(results.summarise(table)).to_dict("records")
        click.echo(tables.table(means, list(WIDE if wide else COLUMNS)))


def _check(
    by: str | None,
    part: parts.Part | None,
    coreset: tuple[str, float] | None,
    wide: bool,
    published: tuple[str, str] | None,
) -> None:
    """Check that options are given together that have a meaning together.

    Raises:
        ConfigError: they have none.
    """
    if part and (by or wide):
        raise ConfigError(f"--show and --{'by' if by else 'wide'} are different tables. Choose one of the two.")
    if published and (part or by or wide):
        raise ConfigError("--published prints a table of its own. Leave --show, --by and --wide out.")
    if coreset and (part is None or part.coreset == "never"):
        raise ConfigError(f"--coreset belongs to {_listed(f'--show {name}' for name in _OF_CORESET)}.")


def _print(found: pd.DataFrame, as_json: bool, as_csv: bool) -> None:
    """Print what is compared."""
    if as_json:
        click.echo(json_text(found.to_dict("records")))
    elif as_csv:
        click.echo(tables.as_csv(found).decode(), nl=False)
    else:
        shown = found.assign(key=found["key"].str.slice(0, results.SHORT_KEY)) if "key" in found else found
        click.echo(tables.table(shown.to_dict("records"), list(found.columns)))


def _chosen(
    table: pd.DataFrame,
    dataset: str | None,
    architecture: str | None,
    epochs: int | None,
    hide: tuple[str, ...],
    hide_rows: tuple[str, ...],
    keys: tuple[str, ...],
    find: str,
) -> pd.DataFrame:
    """Return the rows that are asked for, those of hidden methods among them: they count in Holm's correction.

    Raises:
        ConfigError: there is no row, or no hidden method, of that kind, or none is left.
    """
    if (dataset, architecture, epochs, hide, hide_rows, keys, find) == (None, None, None, (), (), (), ""):
        return table
    if table.empty:
        raise ConfigError(NOTHING)
    if dataset is not None:
        table = _only(table, _is_data(table, dataset), f"data set {dataset!r}", results.data_names(table))
    if architecture is not None:
        named = f"network {architecture!r}"
        table = _only(table, table["architecture"] == architecture, named, table["architecture"])
    if epochs is not None:
        table = _only(table, table["epochs"] == epochs, f"training of {epochs} epochs", table["epochs"])
    for label in hide:
        _any(table["label"] == label, f"method {label!r}", table["label"])
    table = _left(table, _of_keys(table, hide_rows), "--hide-rows")
    found = results.matching(table[_of_keys(table, keys)] if keys else table, find)
    if found.empty:
        raise ConfigError(f"No row holds all the words of --find {find!r}.")
    return found


def _of_keys(table: pd.DataFrame, keys: tuple[str, ...]) -> pd.Series:
    """Return which rows have keys that begin with one of some.

    Raises:
        ConfigError: one means no row.
    """
    import pandas as pd

    found = pd.Series(False, table.index)
    for key in keys:
        found |= _any(table["key"].str.startswith(key), f"row {key!r}", table["key"].str.slice(0, results.SHORT_KEY))
    return found


def _left(table: pd.DataFrame, hidden: pd.Series, option: str) -> pd.DataFrame:
    """Return the rows that are not hidden.

    Raises:
        ConfigError: none is left.
    """
    if hidden.all():
        raise ConfigError(f"Every row is hidden. Take one out of {option}.")
    return table[~hidden]


def _is_data(table: pd.DataFrame, given: str) -> pd.Series:
    """Return which rows are of the data set that is meant by a name, a name with the hash behind it, or a hash."""
    names = (results.data_names(table), table["data"], table["dataset"])
    found = functools.reduce(operator.or_, (one == given for one in names))
    return found | table["dataset_sha256"].str.startswith(given) if len(given) >= HASH else found


def _only(table: pd.DataFrame, mask: pd.Series, what: str, among: pd.Series) -> pd.DataFrame:
    """Return the rows in `mask`.

    Raises:
        ConfigError: there is none.
    """
    return table[_any(mask, what, among)]


def _any(mask: pd.Series, what: str, among: pd.Series) -> pd.Series:
    """Return `mask`, which rows are meant.

    Raises:
        ConfigError: none is; the message lists those that could be.
    """
    if not mask.any():
        raise ConfigError(f"There is no result of {what}. Choose one of: {', '.join(map(str, among.unique()))}.")
    return mask
