"""The command that lays a run out by UMAP, for the replay."""

import click

from coreset_engine import paths, store
from coreset_engine.cli.process import Process
from coreset_engine.errors import RunError
from coreset_engine.explorer import single, umap_file, umap_layout
from coreset_engine.names import counted
from coreset_engine.stopping import waits_for_epoch


@click.command("umap")
@click.argument("run")
@click.option(
    "--neighbours", type=int, default=umap_layout.NEIGHBOURS, show_default=True, help="Per sample, itself among them."
)
@click.option(
    "--seed", type=int, default=0, show_default=True, help="Of the layout; the same one gives the same places."
)
@click.pass_obj
def umap_(process: Process, run: str, neighbours: int, seed: int) -> None:
    """Lay the samples of RUN out by UMAP of their features; the replay then offers it, in the app and in one file.

    Needs umap-learn: pip install coreset-explorer[umap].
    """
    with waits_for_epoch():
        made = make(run, neighbours=neighbours, seed=seed, process=process)
    of = f"{len(made.rows):,} of {counted(made.total, '{sample|samples}')}"
    click.echo(f"{of} of {run} laid out after {counted(len(made.epochs), '{epoch|epochs}')}: {umap_file.path_of(run)}")


def make(run: str, *, neighbours: int, seed: int, process: Process) -> umap_file.UmapLayout:
    """Return the layout of a run, made where it is not there yet; the process tells how far it is.

    Raises:
        EngineError: as `umap_file.make` says.
    """
    if run not in store.run_names():
        raise RunError(f"There is no run {run} in {paths.cache_root()}. `runs` lists those that are there.")
    images = single.images_of(store.RunFile(paths.run_folder(run)).info)

    def watch(done: int, total: int) -> None:
        """Tell that `done` of `total` snapshots are laid out."""
        process.worker.tell(done / total, f"{done} of {counted(total, '{snapshot|snapshots}')} laid out")

    truth = {} if images is None else images.truth
    return umap_file.make(run, truth, neighbours=neighbours, seed=seed, watch=watch, should_stop=process.stopped)
