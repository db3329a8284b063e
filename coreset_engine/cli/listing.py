"""Commands on runs that exist: list them, check one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from coreset_engine import export, paths, results, store, tables
from coreset_engine.cli.options import as_json_option, json_text
from coreset_engine.errors import EngineError
from coreset_engine.executors import queue
from coreset_engine.names import counted

if TYPE_CHECKING:
    from coreset_engine import verification


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
    """Delete runs; until the app is started again `runs restore NAME` takes one back. Searches go too, result rows stay."""
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
@click.argument("run", required=False)
@click.option(
    "--all", "everything", is_flag=True, help="Check all of the cache: every run, images, results, jobs, maps."
)
@click.option("--mend", is_flag=True, help="With --all: make anew what can be made exactly as it was.")
@as_json_option("All findings as JSON.")
def verify(run: str | None, everything: bool, mend: bool, as_json: bool) -> None:
    """Check all files of RUN, or of the whole cache, against their checksums."""
    from coreset_engine import verification  # reads files of every kind, which `runs` does not

    if (run is None) != everything:
        raise click.UsageError("Give either RUN or --all.")
    if mend and not everything:
        raise click.UsageError("--mend belongs to --all.")
    found = verification.verify_all(mend) if run is None else verification.verify_run(run)
    if as_json:
        click.echo(json_text([vars(finding) for finding in found]))
    damaged = [finding for finding in found if finding.state == "damaged"]
    if damaged:
        raise EngineError("\n".join(finding.detail for finding in damaged))
    if not as_json:
        _tell(run, found)


def _tell(run: str | None, found: list[verification.Finding]) -> None:
    """Print what was checked, none of which is damaged."""
    for finding in found:
        if finding.detail:
            click.echo(f"mended: {finding.detail}" if finding.state == "mended" else finding.detail)
    if run is None:
        click.echo(f"{counted(len(found), '{file or folder|files and folders}')} checked, none damaged.")
    else:
        file = store.RunFile(paths.run_folder(run))
        click.echo(f"{run}: {file.done()} of {file.info.epochs} epochs recorded, all of them whole.")
    if old := [finding.path for finding in found if finding.state == "unchecked"]:
        click.echo(f"Unchecked, since they were written before there were checksums: {', '.join(old)}.")
