"""Commands on jobs: list, cancel and resume them, make the demo."""

import click

from coreset_engine import store, tables
from coreset_engine.cli.options import as_json_option, json_text
from coreset_engine.cli.process import Bars, Process
from coreset_engine.executors import queue, table
from coreset_engine.pipeline import demo


@click.group("jobs", invoke_without_command=True)
@as_json_option("All facts as JSON.")
@click.pass_context
def jobs_(context: click.Context, as_json: bool) -> None:
    """List jobs: what runs, waits, ended."""
    if context.invoked_subcommand:
        return
    found = queue.all_jobs()
    for sentence in table.problems():
        click.echo(sentence, err=True)
    rows = [
        {**vars(job), "log": str(job.log), "percent": round(job.progress * 100), "answers": job.answers}
        for job in found
    ]
    if not as_json:
        for row, job in zip(rows, found, strict=True):
            silent = job.active and not job.answers
            row["message"] = f"not answering since {job.silence:.0f} s; {job.message}" if silent else job.message
    columns = ["id", "state", "percent", "title", "message", "created"]
    click.echo(json_text(rows) if as_json else tables.table(rows, columns))


@jobs_.command()
@click.argument("number", type=int, metavar="ID")
@click.option("--now", is_flag=True, help="Kill it at once, as where it does not answer.")
def cancel(number: int, now: bool) -> None:
    """Ask a job to stop at the next epoch's end; kill it after 20 s."""
    click.echo(f"Job {number} is {queue.cancel(number, 0 if now else queue.GRACE_SECONDS).state}.")


@jobs_.command("resume")
@click.argument("number", type=int, metavar="ID")
def resume_(number: int) -> None:
    """Start a job that was cancelled, interrupted or failed again where it stopped."""
    click.echo(f"Job {queue.resume(number)} goes on with what job {number} began.")


@click.command("demo")
@click.option("--background", is_flag=True, help="Start it as a job and return; do nothing when the cache holds a run.")
@click.pass_obj
def demo_(process: Process, background: bool) -> None:
    """Record the synthetic demo and retrain on it: something to explore within a minute."""
    if background:
        if not store.run_names() and not any(job.active for job in queue.all_jobs()):
            click.echo(f"The demo is being made by job {queue.start_demo()}.")
        return
    with Bars(process) as bars:
        for line in demo.make(lambda n, count, p, text: bars.show(n, count, p, text), process.stopped):
            bars.print(line)
