"""Commands on runs that exist: list them, check one."""

import click

from coreset_engine import export, results, store, tables
from coreset_engine.cli.options import as_json_option, json_text
from coreset_engine.errors import EngineError
from coreset_engine.executors import queue


@click.group(invoke_without_command=True)
@as_json_option("All facts as JSON.")
@click.pass_context
def runs(context: click.Context, as_json: bool) -> None:
    """List the runs in the cache."""
    if context.invoked_subcommand:
        return
    rows = [store.run_summary(name) for name in store.run_names()]
    for row in rows:
        row["synthetic"] = not row["problem"] and export.is_synthetic(row["dataset"], row["dataset_sha256"])
    columns = [
        "run",
        "dataset",
        "architecture",
        "epochs_done",
        "epochs",
        "samples",
        "classes",
        "val_accuracy",
        "mebibytes",
    ]
    click.echo(json_text(rows) if as_json else tables.table(rows, [*columns, "synthetic", "problem"]))


@runs.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--now", is_flag=True, help="For good, and what was deleted before, too.")
def delete(names: tuple[str, ...], now: bool) -> None:
    """Delete runs; until the app is started again `runs restore NAME` takes one back. Result rows stay."""
    for name in names:
        mebibytes, refer = store.run_size(name) / 2**20, _references(name)
        store.delete_run(name, now=now)
        freed = "freed" if now else "in the trash"
        click.echo(f"{name} deleted, {mebibytes:.2f} MiB {freed}; {refer}")
    if now:
        store.empty_trash()


@runs.command()
@click.argument("name")
def restore(name: str) -> None:
    """Take back a run that was deleted since the app was last started."""
    store.restore_run(name)
    click.echo(f"{name} is back.")


def _references(name: str) -> str:
    """Return which jobs and how many result rows refer to a run, as a clause."""
    numbers = ", ".join(str(job.id) for job in queue.of_run(name)) or "none"
    return f"result rows that came of it, which stay: {results.of_run(name)}; jobs that name it: {numbers}."


@click.command()
@click.argument("run")
def verify(run: str) -> None:
    """Check every recorded epoch of RUN against its checksum."""
    found = store.verify(run)
    if found["damaged"]:
        epochs = ", ".join(map(str, found["damaged"]))
        raise EngineError(f"{run}: damaged epochs: {epochs}. Restore the run from a copy, or record it again.")
    click.echo(f"{run}: {found['epochs_done']} of {found['epochs']} epochs recorded, all of them whole.")
