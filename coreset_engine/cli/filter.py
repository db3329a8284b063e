"""The command that lists the samples of which an expression over their signals is true."""

from functools import partial
from pathlib import Path

import click

from coreset_engine import export, tables
from coreset_engine.analysis import filter_syntax
from coreset_engine.analysis.filter_meaning import kinds
from coreset_engine.analysis.signal_filter import matching
from coreset_engine.cli.options import AVERAGE, Lists, as_json_option, json_text
from coreset_engine.errors import ConfigError
from coreset_engine.names import counted
from coreset_engine.sources import Sources, train_groups


@click.command(
    "filter",
    cls=Lists,
    epilog=f"EXPRESSION: {filter_syntax.HELP} Values: {', '.join(kinds())}.",
    context_settings={"ignore_unknown_options": True},  # an expression may begin with a minus
)
@click.argument("run")
@click.argument("expression")
@AVERAGE
@click.option("--count", is_flag=True, help="Print only how many samples there are.")
@as_json_option("The rows as JSON.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="F.csv; --exclude of `select` reads it.")
def filter_(run: str, expression: str, average: tuple[str, ...], count: bool, as_json: bool, out: Path | None) -> None:
    """List how many samples of RUN, of which classes, an expression over their signals is true of; or write their rows."""
    if count + as_json + (out is not None) > 1:
        raise ConfigError("--count and --json print, --out writes a CSV. Choose one of the three.")
    if out:
        export.check_table(out, "rows")
    from coreset_engine.export import filtered  # brings pandas
    from coreset_engine.export.label_issues import class_names

    names, sources = class_names(run), Sources.of_run(run, average)
    found = matching(sources, expression, class_names=names, groups=partial(train_groups, run))
    if count:
        click.echo(int(found.sum()))
    elif out or as_json:
        table = filtered.filter_table(found, sources, expression, names)
        if out:
            export.write_table(out, table, "rows")
            click.echo(f"{counted(len(table), '{row|rows}')} written to {out}.")
        else:
            click.echo(json_text(table.to_dict("records")))
    else:
        counts = filtered.filter_counts(found, sources.dynamics[0].labels, names)
        click.echo(f"{int(found.sum()):,} of {len(found):,} samples.")
        click.echo(tables.table(counts.to_dict("records"), list(counts.columns)))
