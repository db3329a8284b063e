"""The command that prints what retrainings reached."""

import functools
import operator
from typing import Any

import click
import pandas as pd

from coreset_engine import results, tables
from coreset_engine.commands.options import Lists, as_json_option, json_text
from coreset_engine.errors import ConfigError

COLUMNS = ("data", "architecture", "epochs", "label", "rate", "n", "val_acc_best", "val_acc_best_std")
COLUMNS = (*COLUMNS, "test_acc_best_val", "test_acc_best_val_std", "collapsed")
WIDE = (
    "label",
    "rate",
    "samples",
    "n",
    "val_acc_best",
    "val_acc_best_std",
    "test_acc_best_val",
    "test_acc_best_val_std",
)
WIDE = (*WIDE, "test_acc_last", "test_acc_last_std", "test_auc_best_val", "collapsed")
HASH = 8  # signs of a hash that are enough to mean it
KEY = 6  # signs of a row's key, as the Results page shows them


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
@as_json_option("All rows as JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="All rows as CSV.")
@click.option("--by", type=click.Choice(["architecture"]), help="One column an architecture, as the papers' tables.")
@click.option(
    "--figure", type=click.Choice(results.FIGURES), default="val_acc_best", show_default=True, help="With --by."
)
def results_(as_json: bool, as_csv: bool, by: str | None, figure: str, wide: bool, **wanted: Any) -> None:
    """Print all result rows; without an option means and spread over the seeds."""
    rows = results.rows()
    table = _chosen(results.frame(rows), **wanted)
    if as_json:
        keys = set(table["key"]) if len(table) else set()
        click.echo(json_text([row for row in rows if row["key"] in keys]))
    elif as_csv:
        click.echo(table.to_csv(index=False), nl=False)
    elif by:
        across = results.across_architectures(results.summarise(table), figure)
        click.echo(tables.table(across.to_dict("records"), list(across.columns)))
    else:
        means = results.ordered(results.summarise(table)).to_dict("records")
        click.echo(tables.table(means, list(WIDE if wide else COLUMNS)))


def _chosen(
    table: pd.DataFrame,
    dataset: str | None,
    architecture: str | None,
    epochs: int | None,
    hide: tuple[str, ...],
    hide_rows: tuple[str, ...],
) -> pd.DataFrame:
    """Return the rows that are asked for.

    Raises:
        ConfigError: there is no row of that kind, or none is left.
    """
    if (dataset, architecture, epochs, hide, hide_rows) == (None, None, None, (), ()):
        return table
    if table.empty:
        raise ConfigError("There is no result yet, so there is nothing to choose from. `record` makes the first one.")
    if dataset is not None:
        table = _only(table, _is_data(table, dataset), f"data set {dataset!r}", results.data_names(table))
    if architecture is not None:
        named = f"network {architecture!r}"
        table = _only(table, table["architecture"] == architecture, named, table["architecture"])
    if epochs is not None:
        table = _only(table, table["epochs"] == epochs, f"training of {epochs} epochs", table["epochs"])
    hidden = pd.Series(False, table.index)
    for label in hide:
        hidden |= _any(table["label"] == label, f"method {label!r}", table["label"])
    for key in hide_rows:
        hidden |= _any(table["key"].str.startswith(key), f"row {key!r}", table["key"].str.slice(0, KEY))
    if hidden.all():
        raise ConfigError("Every row is hidden. Take one out of --hide or --hide-rows.")
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
