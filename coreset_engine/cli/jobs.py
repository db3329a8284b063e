"""Commands on jobs: list, cancel and resume them, make the demo."""

import click

from coreset_engine import store, tables
from coreset_engine.cli.options import as_json_option, json_text
from coreset_engine.cli.process import Bars, Process
from coreset_engine.executors import local
from coreset_engine.pipeline import demo


@click.group("jobs", invoke_without_command=True)
@as_json_option("All facts as JSON.")
@click.pass_context
def jobs_(context: click.Context, as_json: bool) -> None:
    """List jobs: what runs, waits, ended."""
    if context.invoked_subcommand:
        return
    rows = [{**vars(job), "log": str(job.log), "percent": round(job.progress * 100)} for job in local.all_jobs()]
    columns = ["id", "state", "percent", "title", "message", "created"]
    click.echo(json_text(rows) if as_json else tables.table(rows, columns))


@jobs_.command()
@click.argument("number", type=int, metavar="ID")
def cancel(number: int) -> None:
    """Ask a job to stop at the next epoch's end; kill it after 20 s."""
    click.echo(f"Job {number} is {local.cancel(number).state}.")


@jobs_.command("resume")
@click.argument("number", type=int, metavar="ID")
def resume_(number: int) -> None:
    """Start a job that was cancelled, interrupted or failed again where it stopped."""
    click.echo(f"Job {local.resume(number)} goes on with what job {number} began.")


@click.command("demo")
@click.option("--background", is_flag=True, help="Start it as a job and return; do nothing when the cache holds a run.")
@click.pass_obj
def demo_(process: Process, background: bool) -> None:
    """Record the synthetic demo and retrain on it: something to explore within a minute."""
    if background:
        if not store.run_names() and not any(job.active for job in local.all_jobs()):
            click.echo(f"The demo is being made by job {local.start_demo()}.")
        return
    with Bars(process) as bars:
        for line in demo.make(lambda n, count, p, text: bars.show(n, count, p, text), process.stopped):
            bars.print(line)
