"""The command line: `python -m coreset_engine <command>`; results on stdout, progress and errors on stderr."""

import json
import math
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from coreset_engine import (
    __version__,
    architectures,
    demo,
    export,
    jobs,
    launch,
    paths,
    results,
    scores,
    selection,
    store,
    tables,
)
from coreset_engine.config import Recipe
from coreset_engine.datasets import library
from coreset_engine.errors import ConfigError, EngineError, Interrupted

INTERRUPTED = 130


@dataclass
class _State:
    """What this process is: asked to stop, inside a training that can stop gracefully, a job."""

    stop_asked: bool = False
    graceful: bool = False
    worker: launch.Worker | None = None


_state = _State()


class Lists(click.Command):
    """A command whose repeatable options also take several values at once: `--seeds 0 1 2`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Spread `--seeds 0 1 2` to `--seeds 0 --seeds 1 --seeds 2` before click reads it."""
        names = {name for p in self.params if isinstance(p, click.Option) and p.multiple for name in p.opts}
        spread: list[str] = []
        current = ""
        for arg in args:
            if arg.startswith("-"):
                current = arg if arg in names else ""
                spread.append(arg)
            elif current and spread[-1] != current:
                spread += [current, arg]
            else:
                spread.append(arg)
        return super().parse_args(ctx, spread)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="coreset_engine")
@click.option(
    "--cache", type=click.Path(path_type=Path), help="Folder of runs, images and results [$CORESET_CACHE, data_cache]."
)
def cli(cache: Path | None) -> None:
    """Record training dynamics, score samples, select coresets, retrain on them."""
    if cache:
        os.environ["CORESET_CACHE"] = str(cache.expanduser().resolve())


def _json(rows: list[dict[str, Any]]) -> str:
    """Return rows as JSON; NaN, which JSON has not, becomes null."""
    return json.dumps(_without_nan(rows), indent=1, allow_nan=False)


def _without_nan(value: Any) -> Any:
    """Return plain values with None in place of numbers that are not finite."""
    if isinstance(value, dict):
        return {name: _without_nan(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _as_json(text: str) -> Callable:
    """Return the option `--json`."""
    return click.option("--json", "as_json", is_flag=True, help=text)


_METHOD = click.option("--method", required=True, help="Scoring method; `methods` lists them.")
_EARLY = click.option("--early", type=int, help="t_e: first epoch of the early window, from 1.")
_LATE = click.option("--late", type=int, help="t_l: first epoch of the late window.")
_LENGTH = click.option("--length", type=int, help="K: epochs a window [10].")
_OPTION = click.option("--option", "extra", multiple=True, metavar="K=V", help="Any option of the method or the rule.")
_AVERAGE = click.option(
    "--average", multiple=True, metavar="RUN", help="Further runs (seeds) whose scores are averaged in."
)
_RULE = click.option("--rule", default="top", show_default=True, help="Selection rule; `methods` lists them.")
_DEVICE = click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True)


def _options(
    method: str,
    early: int | None,
    late: int | None,
    length: int | None,
    extra: tuple[str, ...],
    strict: bool = True,
) -> dict[str, Any]:
    """Return the options given in words of their own and as K=V.

    Unless `strict` is off, as for several methods at once, a window word that the method has no use for is an error.
    """
    given = {name: value for name, value in (("early", early), ("late", late), ("length", length)) if value is not None}
    known = {} if method == "full" else scores.get(method).options
    strange = [name for name in given if name not in known]
    if strange and strict:
        raise ConfigError(f"Method {method} has no option {strange[0]!r}. It has: {', '.join(known) or 'none'}.")
    found = {name: value for name, value in given.items() if name in known}
    for item in extra:
        name, equals, value = item.partition("=")
        if not equals:
            raise ConfigError(f"--option {item!r} has no value. Write it as name=value.")
        found[name] = value
    return found


@cli.command()
@click.option("--load", "spec", help="Load (download, read) this data set into the cache.")
@click.option("--size", type=int, help="Height in pixels, with --load.")
@_as_json("All facts as JSON.")
def datasets(spec: str | None, size: int | None, as_json: bool) -> None:
    """List the data sets known: task, classes, sizes, licence, whether cached."""
    if spec:
        images = library.load(spec, size)
        click.echo(f"{images.title}: {images.task}, {images.classes} classes, train images SHA-256 {images.sha256}.")
        click.echo(f"Licence: {images.licence or 'not stated'}. {images.citation}".rstrip())
        return
    rows = library.catalogue()
    columns = ["dataset", "task", "classes", "train", "val", "test", "channels", "sides", "licence", "cached"]
    click.echo(_json(rows) if as_json else tables.table(rows, columns))


@cli.command()
@click.option(
    "--dataset", help="MedMNIST or CIFAR name, demo, or the path of a .npz or of a folder with a sub-folder per class."
)
@click.option("--size", type=int, help="Height in pixels where the data set has several.")
@click.option("--architecture", default="resnet8", show_default=True, help=", ".join(architectures.all_architectures()))
@click.option("--epochs", type=int, default=200, show_default=True)
@click.option("--batch-size", type=int, default=256, show_default=True)
@click.option("--lr", type=float, help="Peak learning rate [the architecture's].")
@click.option(
    "--warmup",
    type=float,
    default=0.05,
    show_default=True,
    help="Share of the steps with a rising rate; 0 as in the paper.",
)
@click.option("--augment/--no-augment", default=None, help="Crop and flip [CIFAR only].")
@click.option("--precision", type=click.Choice(["auto", "float32", "bfloat16"]), default="auto", show_default=True)
@click.option(
    "--probabilities",
    type=click.Choice(["auto", "float32", "float16", "none"]),
    default="auto",
    show_default=True,
    help="Keep all class probabilities, too; auto: within 1 GiB.",
)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--run", required=True, help="Name of the run.")
@click.option(
    "--resume", is_flag=True, help="Go on with a run that was interrupted; what was asked then is asked again."
)
@_DEVICE
def record(run: str, resume: bool, device: str, **given: Any) -> None:
    """Train a surrogate on all train images and record its dynamics."""
    if resume and (paths.run_folder(run) / "run.json").exists():
        asked = jobs.Recording.of_run(run)
    elif given["dataset"]:
        asked = _recording(run, device, **given)
    else:
        raise ConfigError("--dataset is missing. Give a name or a path; `datasets` lists the names.")
    with _Bars() as bars:
        jobs.record(asked, resume=resume, watch=lambda p: bars.show(0, 1, p, f"recording {run}"), should_stop=_stopped)
    folder = paths.run_folder(run)
    click.echo(
        f"{asked.recipe.epochs} epochs of {asked.architecture} on {asked.dataset} recorded as {run!r} in {folder}."
    )


def _recording(run: str, device: str, **given: Any) -> jobs.Recording:
    """Return what the options of `record` ask for."""
    augment = given["augment"] if given["augment"] is not None else given["dataset"].startswith("cifar")
    recipe = Recipe(
        epochs=given["epochs"],
        batch_size=given["batch_size"],
        learning_rate=architectures.get(given["architecture"]).learning_rate if given["lr"] is None else given["lr"],
        warmup=given["warmup"],
        augment=augment,
        precision=given["precision"],
    )
    return jobs.Recording(
        run=run,
        dataset=given["dataset"],
        architecture=given["architecture"],
        recipe=recipe,
        side=given["size"],
        seed=given["seed"],
        device=device,
        probabilities=given["probabilities"],
    )


@cli.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--run", required=True, help="Name of the run to make.")
def import_(file: Path, run: str) -> None:
    """Make a run of FILE: .npz or .h5 with `labels` (N,) and `logits` or `probabilities` (T, N, C)."""
    summary = store.run_summary(jobs.import_dynamics(file, run))
    click.echo(f"{summary['epochs']} epochs of {summary['samples']:,} samples imported as {run!r}.")


@cli.command()
@_as_json("All facts as JSON.")
def runs(as_json: bool) -> None:
    """List the runs in the cache."""
    rows = [store.run_summary(name) for name in store.run_names()]
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
    click.echo(_json(rows) if as_json else tables.table(rows, [*columns, "problem"]))


@cli.command()
@click.argument("run")
def verify(run: str) -> None:
    """Check every recorded epoch of RUN against its checksum."""
    found = store.verify(run)
    if found["damaged"]:
        epochs = ", ".join(map(str, found["damaged"]))
        raise EngineError(f"{run}: damaged epochs: {epochs}. Restore the run from a copy, or record it again.")
    click.echo(f"{run}: {found['epochs_done']} of {found['epochs']} epochs recorded, all of them whole.")


@cli.command()
@_as_json("All facts as JSON.")
def methods(as_json: bool) -> None:
    """List scoring methods and selection rules with options and sources."""
    rows = [_described("method", entry) | {"keep": entry.keep} for entry in scores.all_scores().values()]
    rows += [_described("rule", entry) for entry in selection.all_rules().values()]
    click.echo(_json(rows) if as_json else tables.table(rows, ["kind", "name", "keep", "options", "source"]))


def _described(kind: str, entry: scores.Score | selection.Rule) -> dict[str, Any]:
    """Return a registry entry as a flat dict."""
    options = [f"{o.name}={'required' if o.required else o.default}" for o in entry.options.values()]
    row = {"kind": kind, "name": entry.name, "label": entry.label, "options": options}
    return row | {"formula": entry.formula, "source": entry.source}


@cli.command(cls=Lists)
@click.argument("run")
@_METHOD
@_EARLY
@_LATE
@_LENGTH
@_OPTION
@_AVERAGE
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="F.csv: sample,label,score."
)
def score(run: str, method: str, extra: tuple[str, ...], average: tuple[str, ...], out: Path, **window: Any) -> None:
    """Write one line per sample of RUN: row number, label, score."""
    dynamics = [store.load_run(name) for name in (run, *average)]
    values = scores.score(dynamics, method, **_options(method, extra=extra, **window))
    export.write_scores(out, values, dynamics[0].labels)
    click.echo(f"{len(values):,} scores of {method} written to {out}.")


@cli.command(cls=Lists)
@click.argument("run")
@_METHOD
@click.option("--rate", type=float, required=True, help="Selection rate α: share of samples kept.")
@_EARLY
@_LATE
@_LENGTH
@_RULE
@_OPTION
@_AVERAGE
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="F.csv, F.npy, F.json or F.npz."
)
def select(
    run: str,
    method: str,
    rate: float,
    rule: str,
    extra: tuple[str, ...],
    average: tuple[str, ...],
    out: Path,
    **window: Any,
) -> None:
    """Write the coreset of RUN: row numbers of the train split; .npz holds the images, too."""
    coreset = export.coreset_of(run, method, rate, rule, _options(method, extra=extra, **window), average)
    info = store.RunFile(paths.run_folder(run)).info
    images = library.cached(info.dataset, info.dataset_sha256, verify=True) if out.suffix == ".npz" else None
    export.write(coreset, out, images)
    click.echo(
        f"{len(coreset.indices):,} of {len(coreset.scores):,} samples kept by {method} ({rule}), written to {out}."
    )


@cli.command(cls=Lists)
@click.argument("run")
@click.option("--method", "names", multiple=True, required=True, help="Scoring methods, or `full` for all samples.")
@click.option("--rate", "rates", type=float, multiple=True, required=True, help="Selection rates α.")
@click.option("--architecture", "targets", multiple=True, help="Architectures to train [the run's].")
@click.option("--epochs", type=int, help="[the run's]")
@click.option("--batch-size", type=int, help="[256, less on small coresets]")
@click.option("--lr", "learning_rate", type=float, help="Peak learning rate [the architecture's].")
@click.option("--seeds", type=int, multiple=True, default=[0], show_default=True)
@click.option(
    "--reference", type=click.Choice(["full", "random"]), multiple=True, help="Train these for comparison, too."
)
@_EARLY
@_LATE
@_LENGTH
@_RULE
@_OPTION
@_AVERAGE
@_DEVICE
def retrain(
    run: str,
    names: tuple[str, ...],
    rates: tuple[float, ...],
    targets: tuple[str, ...],
    seeds: tuple[int, ...],
    reference: tuple[str, ...],
    extra: tuple[str, ...],
    **given: Any,
) -> None:
    """Select coresets of RUN, train on them from fresh weights, evaluate, append result rows."""
    window = {name: given.pop(name) for name in ("early", "late", "length")}
    chosen = [(name, _options(name, extra=extra, strict=len(names) == 1, **window)) for name in names]
    networks = list(targets) or [store.RunFile(paths.run_folder(run)).info.architecture]
    references = [(name, {}) for name in reference if (name, given["rule"]) not in [(other, "top") for other in names]]
    asked = jobs.plan(run, references, list(rates), list(seeds), networks, **(given | {"rule": "top", "average": ()}))
    asked += jobs.plan(run, chosen, list(rates), list(seeds), networks, **given)
    _tell_of_changed_images(run)
    with _Bars() as bars:
        watched = jobs.retrain(
            asked, watch=lambda n, p: bars.show(n, len(asked), p, _title(asked[n])), should_stop=_stopped
        )
        for row in watched:
            bars.print(_outcome(row))


def _tell_of_changed_images(run: str) -> None:
    """Say so when the file that a run's images came from has changed since; the cached ones stay in use."""
    info = store.RunFile(paths.run_folder(run)).info
    if info.dataset_sha256:
        note = library.changed_since(library.cached(info.dataset, info.dataset_sha256))
        if note:
            click.echo(note, err=True)


def _title(asked: jobs.Retraining) -> str:
    """Return what a progress bar says of a retraining."""
    return f"{asked.method} α={asked.rate:g} {asked.architecture} seed {asked.seed}"


def _outcome(row: dict[str, Any]) -> str:
    """Return one result row as a line."""
    flag = "  COLLAPSED to one class" if row["collapsed"] else ""
    return (
        f"{results.label(row):<24} α={row['rate']:<6g} M={row['samples']:<7,} {row['architecture']:<12} seed {row['seed']}  "
        f"val {row['val_acc_best']:.4f} (best)  test {row['test_acc_best_val']:.4f} (best val) "
        f"{row['test_acc_last']:.4f} (last){flag}"
    )


@cli.command("results")
@_as_json("All rows as JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="All rows as CSV.")
def results_(as_json: bool, as_csv: bool) -> None:
    """Print all result rows; without an option means and spread over the seeds."""
    rows = results.rows()
    if as_json:
        click.echo(_json(rows))
    elif as_csv:
        click.echo(results.frame(rows).to_csv(index=False), nl=False)
    else:
        summary = results.summarise(results.frame(rows)).to_dict("records")
        columns = ["data", "architecture", "epochs", "label", "rate", "n", "val_acc_best", "val_acc_best_std"]
        click.echo(tables.table(summary, [*columns, "test_acc_best_val", "test_acc_best_val_std", "collapsed"]))


@cli.group("jobs", invoke_without_command=True)
@_as_json("All facts as JSON.")
@click.pass_context
def jobs_(context: click.Context, as_json: bool) -> None:
    """List jobs: what runs, waits, ended."""
    if context.invoked_subcommand:
        return
    rows = [{**vars(job), "log": str(job.log), "percent": round(job.progress * 100)} for job in launch.all_jobs()]
    columns = ["id", "state", "percent", "title", "message", "created"]
    click.echo(_json(rows) if as_json else tables.table(rows, columns))


@jobs_.command()
@click.argument("number", type=int, metavar="ID")
def cancel(number: int) -> None:
    """Ask a job to stop at the next epoch's end; kill it after 20 s."""
    click.echo(f"Job {number} is {launch.cancel(number).state}.")


@jobs_.command("resume")
@click.argument("number", type=int, metavar="ID")
def resume_(number: int) -> None:
    """Start a job that was cancelled, interrupted or failed again where it stopped."""
    click.echo(f"Job {launch.resume(number)} goes on with what job {number} began.")


@cli.command("demo")
@click.option("--background", is_flag=True, help="Start it as a job and return; do nothing when the cache holds a run.")
def demo_(background: bool) -> None:
    """Record the synthetic demo and retrain on it: something to explore within a minute."""
    if background:
        if not store.run_names() and not any(job.active for job in launch.all_jobs()):
            click.echo(f"The demo is being made by job {launch.start_demo()}.")
        return
    with _Bars() as bars:
        for line in demo.make(lambda n, count, p, text: bars.show(n, count, p, text), _stopped):
            bars.print(line)


@cli.command()
@click.option("--dataset", required=True)
@click.option("--size", type=int)
@click.option("--architecture", required=True)
@click.option("--epochs", type=int, required=True)
@click.option("--batch-size", type=int, default=256)
@_DEVICE
def estimate(dataset: str, size: int | None, architecture: str, epochs: int, batch_size: int, device: str) -> None:
    """Measure one batch and print, as JSON, how long a recording would take."""
    click.echo(json.dumps(jobs.estimate(dataset, size, architecture, epochs, batch_size, device)))


class _Bars:
    """Progress: a bar on a terminal, a line an epoch in a log, a beat for the job table."""

    def __enter__(self) -> "_Bars":
        """Return the bars; a terminal gets one."""
        self._bar = tqdm(total=1000, bar_format="{desc} {percentage:3.0f}%|{bar}| {elapsed}<{remaining}", file=sys.stderr,
                         disable=not sys.stderr.isatty())  # fmt: skip
        _state.graceful = True
        return self

    def __exit__(self, *error: object) -> None:
        """Remove the bar."""
        self._bar.close()

    def show(self, number: int, count: int, progress: Any, text: str) -> None:
        """Show that training `number` of `count` has done an epoch."""
        share = (number + progress.epoch / progress.epochs) / count
        figures = f"val accuracy {progress.metrics['val_accuracy']:.4f}"
        line = f"{text}: epoch {progress.epoch}/{progress.epochs}, {figures}"
        if self._bar.disable:
            click.echo(line, err=True)
        self._bar.set_description_str(line, refresh=False)
        self._bar.update(int(share * 1000) - self._bar.n)
        left = tables.duration(progress.seconds * (progress.epochs - progress.epoch))
        place = f" of training {number + 1} of {count}" if count > 1 else ""
        _state.worker.tell(share, f"{line}, about {left} left{place}")

    def print(self, line: str) -> None:
        """Print a result above the bar."""
        with tqdm.external_write_mode(file=sys.stdout):
            click.echo(line)


def _stopped() -> bool:
    """Return whether a signal asked this process to stop."""
    return _state.stop_asked


def _ask_to_stop(number: int, frame: Any) -> None:
    """Remember the signal for the end of the epoch; a second one, or one outside a training, ends the process at once."""
    if _state.stop_asked or not _state.graceful:
        raise KeyboardInterrupt
    _state.stop_asked = True
    # not through sys.stderr, which this may have interrupted in the middle of a write
    os.write(2, b"Stopping at the end of this epoch; once more to stop at once.\n")


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 a defect, 2 bad input, 130 interrupted."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _ask_to_stop)
    worker = _state.worker = launch.Worker()
    state, message, code = "failed", "a defect; the log has the details", 1
    try:
        worker.wait_for_turn(_stopped)
        code = cli.main(standalone_mode=False) or 0
        state, message = "done", ""
    except EngineError as error:
        click.echo(f"Error: {error}", err=True)
        message, code = str(error), 2
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        message, code = "no command", 2
    except click.ClickException as error:
        message, code = error.format_message(), 2
        click.echo(f"Error: {message}", err=True)
    except (Interrupted, KeyboardInterrupt, click.Abort) as error:
        message, code = str(error) or "stopped before the end of its first epoch", INTERRUPTED
        click.echo(f"Interrupted: {message}.", err=True)
        state = "interrupted"
    finally:
        worker.end(state, message)
    sys.exit(code)


if __name__ == "__main__":
    main()
