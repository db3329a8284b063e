"""Commands on jobs: list, start, order, pause, cancel and resume them, make the demo."""

import shlex
from collections.abc import Sequence
from contextlib import suppress

import click

from coreset_engine import store, tables
from coreset_engine.cli.options import as_json_option, json_text
from coreset_engine.cli.process import Bars, Process
from coreset_engine.errors import ConfigError, JobError
from coreset_engine.executors import queue, table, turns
from coreset_engine.pipeline import demo, requests


@click.group("jobs", invoke_without_command=True)
@as_json_option("All facts as JSON.")
@click.pass_context
def jobs_(context: click.Context, as_json: bool) -> None:
    """List jobs: what runs, waits, ended.

    One job runs at a time. Those that wait begin by priority and age, and after the jobs that they wait for.
    """
    if context.invoked_subcommand:
        return
    found = queue.all_jobs()
    for sentence in table.problems():
        click.echo(sentence, err=True)
    if turns.is_paused():
        click.echo("The queue is paused: no job begins before `jobs unpause`.", err=True)
    rows = [
        {**vars(job), "log": str(job.log), "percent": round(job.progress * 100), "answers": job.answers}
        for job in found
    ]
    if not as_json:
        for row, job in zip(rows, found, strict=True):
            silent = job.active and not job.answers
            row["message"] = f"not answering since {job.silence:.0f} s; {job.message}" if silent else job.message
            row["state"] = "paused" if job.state == "waiting" and job.paused else job.state
    columns = ["id", "state", "percent", "title", "message", "created"]
    click.echo(json_text(rows) if as_json else tables.table(rows, columns))


@jobs_.command("start", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("--after", type=int, multiple=True, metavar="ID", help="A job that must be done first; may be repeated.")
@click.option("--first", is_flag=True, help="Before all others that wait.")
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="COMMAND …")
def start_(after: tuple[int, ...], first: bool, words: tuple[str, ...]) -> None:
    """Start COMMAND with its arguments as a job, e.g. `jobs start sweep demo --windows grid --rate 0.1`.

    What reads a run waits for the job that records it.
    """
    number = queue.start(*_named(words), after=after)
    if first:
        with suppress(JobError):  # it has begun already
            queue.move_first(number)
    awaited = queue.job(number).waits_for
    more = f", after job {', '.join(map(str, awaited))}" if awaited else ""
    click.echo(f"Job {number} is in the queue{more}.")


def _named(words: Sequence[str]) -> tuple[Sequence[str], str]:
    """Return a command, the run that it reads before its options, and what lists say of it.

    Raises:
        EngineError: there is no such command, or it is not possible.
    """
    from coreset_engine.cli import COMMANDS

    if words[0] not in COMMANDS or words[0] == "jobs":
        raise ConfigError(f"There is no command {words[0]!r} that can be a job. Give one that `--help` lists.")
    kinds = (requests.RecordingRequest, requests.RetrainingRequest, requests.SweepRequest)
    kind = next((one for one in kinds if words[0] == one.COMMAND and "--resume" not in words), None)
    if kind is None:
        return words, shlex.join(words)
    request = kind.from_argv(words[1:])
    return requests.words_of(request) if words[1].startswith("--") and words[0] != "record" else words, request.title


@jobs_.command("first")
@click.argument("number", type=int, metavar="ID")
def first_(number: int) -> None:
    """Let a waiting job begin before all others that wait; what it waits for goes before it."""
    queue.move_first(number)
    click.echo(f"Job {number} is the first of those that wait.")


@jobs_.command("pause")
@click.argument("number", type=int, metavar="[ID]", required=False)
def pause_(number: int | None) -> None:
    """Let no further job begin, or keep one waiting job from it; those that run go on."""
    if number is None:
        turns.pause_all(True)
        click.echo("The queue is paused: no job begins before `jobs unpause`.")
        return
    queue.pause(number)
    click.echo(f"Job {number} is paused; others pass it until `jobs unpause {number}`.")


@jobs_.command("unpause")
@click.argument("number", type=int, metavar="[ID]", required=False)
def unpause_(number: int | None) -> None:
    """Let jobs begin again, or one that was paused."""
    if number is None:
        turns.pause_all(False)
        click.echo("Jobs begin again in their turn.")
        return
    queue.pause(number, paused=False)
    click.echo(f"Job {number} begins in its turn.")


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
