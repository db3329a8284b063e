"""The command that puts the exploring of a run into one file."""

from pathlib import Path

import click
from click.core import ParameterSource

from coreset_engine.cli import umap
from coreset_engine.cli.process import Process
from coreset_engine.errors import ConfigError
from coreset_engine.explorer import single, umap_layout
from coreset_engine.windows import Windows


@click.command()
@click.argument("run")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="F.html: one page, for any browser."
)
@click.option("--early", type=int, help="t_e that is shown first, from 1; by default as in the app.")
@click.option("--late", type=int, help="t_l that is shown first.")
@click.option("--length", type=int, default=10, show_default=True, help="K: epochs per window.")
@click.option("--rate", type=float, default=0.1, show_default=True, help="Selection rate α that is shown first.")
@click.option(
    "--axes",
    type=click.Choice(list(single.AXES)),
    default="signals",
    show_default=True,
    help="With which the replay begins; `umap` lays the run out where it is not yet.",
)
@click.pass_obj
def explore(
    process: Process,
    run: str,
    out: Path,
    early: int | None,
    late: int | None,
    length: int,
    rate: float,
    axes: single.Axes,
) -> None:
    """Write one page in which RUN is explored without the app: windows, rates, images, trajectories, results."""
    if (early is None) != (late is None):
        raise ConfigError("Of the windows one is missing. Give both --early and --late, or neither.")
    stated = click.get_current_context().get_parameter_source("length")
    if early is None and stated is ParameterSource.COMMANDLINE:
        raise ConfigError("--length is of the windows. Add --early and --late.")
    pair = None if early is None or late is None else Windows(early, late, length)
    single.check(out)
    if axes == "umap":
        umap.make(run, neighbours=umap_layout.NEIGHBOURS, seed=0, process=process)
    click.echo(f"{out.name} will have about {single.bytes_about(run) / 1e6:,.1f} MB.", err=True)
    page = single.of_run(run, pair, rate, axes)
    single.write(out, page)
    click.echo(f"{run} can be explored in {out}: {len(page) / 1e6:,.1f} MB, no server, no network.")
