"""The command that makes a window map: what EVA keeps with every pair of windows of a run."""

import sys
from collections.abc import Mapping
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from coreset_engine import paths, store, tables, window_map
from coreset_engine.alike import several
from coreset_engine.cli.options import AVERAGE, Lists
from coreset_engine.cli.process import Process
from coreset_engine.datasets import library
from coreset_engine.errors import EngineError, Interrupted
from coreset_engine.names import counted
from coreset_engine.stopping import waits_for_epoch
from coreset_engine.window_map import inputs


@click.command("map", cls=Lists)
@click.argument("run")
@click.option("--rate", type=float, required=True, help="Selection rate α: share of samples kept.")
@click.option("--early", type=int, required=True, help="t_e of the coreset to compare with, from 1.")
@click.option("--late", type=int, required=True, help="t_l of the coreset to compare with.")
@click.option("--length", type=int, default=10, show_default=True, help="K: epochs per window.")
@click.option("--step", type=int, default=1, show_default=True, help="Epochs from one window start to the next.")
@AVERAGE
@click.pass_obj
def map_(
    process: Process, run: str, rate: float, early: int, late: int, length: int, step: int, average: tuple[str, ...]
) -> None:
    """Compare EVA's coresets of every pair of windows of RUN; the map stays in the cache, where the app finds it.

    With --average, the runs whose coresets tell the stability over seeds.
    """
    dynamics, *others = [store.load_run(name) for name in several(run, average)]
    given = inputs.settings(dynamics, early=early, late=late, length=length, rate=rate, truth=_truth(run))
    with waits_for_epoch(), tqdm(unit=" pairs", file=sys.stderr, disable=not sys.stderr.isatty()) as bar:

        def watch(done: int, total: int) -> None:
            """Show that `done` of `total` pairs are compared."""
            bar.total = total
            bar.update(done - bar.n)
            process.worker.tell(done / total, f"{done:,} of {counted(total, '{pair|pairs}')} of windows")

        try:
            made = window_map.make(
                dynamics, step=step, others=others, watch=watch, should_stop=process.stopped, **given
            )
        except Interrupted:
            compared = counted(bar.n, "{pair|pairs} of windows")
            raise Interrupted(f"stopped after {compared}; the map has to begin anew") from None
    click.echo(
        f"{counted(made.pairs, '{pair|pairs} of windows')} of {run}, K = {length}, {made.size:,} of {made.samples:,} "
        "samples kept."
    )
    click.echo(tables.table(_extremes(made), ["measure", "lowest", "lowest_at", "highest", "highest_at"]))


def _truth(run: str) -> Mapping[str, NDArray]:
    """Return what is known of the train split of a run's images; {} where the cache has no images."""
    info = store.RunFile(paths.run_folder(run)).info
    try:
        return library.cached(info.dataset, info.dataset_sha256).truth
    except EngineError:  # as on the page: a map needs no images
        return {}


def _extremes(made: window_map.WindowMap) -> list[dict[str, Any]]:
    """Return the lowest and the highest value of every measure and where they are, as t_e/t_l; none for one without."""
    rows = []
    for name, values in made.matrices.items():
        if not np.isfinite(values).any():
            continue  # ranks of scores that are all the same agree with nothing
        row: dict[str, Any] = {"measure": name}
        for find, end in ((np.nanargmin, "lowest"), (np.nanargmax, "highest")):
            early, late = np.unravel_index(find(values), values.shape)
            row |= {end: float(values[early, late]), f"{end}_at": f"{made.starts[early]}/{made.starts[late]}"}
        rows.append(row)
    return rows
