"""The command that retrains on coresets."""

from typing import Any

import click

from coreset_engine import argv, paths, pipeline, results, store, training_modes
from coreset_engine.cli.options import (
    AVERAGE,
    DEVICE,
    EARLY,
    EXCLUDE,
    LATE,
    LENGTH,
    MODE_WORDS,
    OPTION,
    RULE,
    SNAPSHOT,
    WINDOWS,
    Lists,
    shared_options,
    training_options,
)
from coreset_engine.cli.process import Bars, Process
from coreset_engine.config import WEIGHTINGS
from coreset_engine.coreset import FULL
from coreset_engine.datasets import library
from coreset_engine.pipeline.requests import RetrainingRequest, window_pairs, words_of


@click.command(cls=Lists)
@click.argument("run")
@click.option(
    "--method", "names", multiple=True, help="Scoring methods, or `full` for all samples  [required without --mode]"
)
@click.option(
    "--rate", "rates", type=float, multiple=True, help="Selection rates α  [required without --mode, but for `full`]"
)
@click.option(
    "--mode",
    default=training_modes.PLAIN,
    show_default=True,
    metavar="MODE",
    help=f"Instead of coresets: train on the full data in a training mode, of {MODE_WORDS}. rs2 takes --rate of the "
    "samples per epoch.",
)
@click.option("--architecture", "targets", multiple=True, help="Architectures to train [the run's].")
@click.option("--epochs", type=int, help="[the run's]")
@click.option("--batch-size", type=int, help="[256, less on small coresets]")
@click.option("--lr", "learning_rate", type=float, help="Peak learning rate [the architecture's].")
@click.option("--warmup", type=float, help="Share of the steps with a rising rate [the run's].")
@click.option("--augment/--no-augment", default=None, help="Crop and flip [as the run].")
@training_options
@click.option("--seeds", type=int, multiple=True, default=[0], show_default=True)
@click.option(
    "--reference", type=click.Choice(["full", "random"]), multiple=True, help="Train these for comparison, too."
)
@EARLY
@LATE
@LENGTH
@WINDOWS
@RULE
@OPTION
@AVERAGE
@SNAPSHOT
@EXCLUDE
@shared_options
@click.option(
    "--weighting",
    type=click.Choice(WEIGHTINGS),
    default="none",
    show_default=True,
    help="How the method's weights enter the loss: batch and per-sample as TDDS, normalised as DeepCore.",
)
@click.option(
    "--weights",
    default="",
    metavar="FILE",
    help="A weight of every train sample in place of the method's: .csv with `index` and `weight`, .npy, or .npz `weights`.",
)
@click.option(
    "--test-every-epoch",
    is_flag=True,
    help="Look at test after every epoch of what is trained now, and tell the highest accuracy: chosen by test, hence "
    "optimistic.",
)
@DEVICE
@click.pass_obj
def retrain(
    process: Process,
    run: str,
    names: tuple[str, ...],
    rates: tuple[float, ...],
    targets: tuple[str, ...],
    seeds: tuple[int, ...],
    reference: tuple[str, ...],
    pairs: tuple[str, ...],
    extra: tuple[str, ...],
    exclude: str | None,
    **given: Any,
) -> None:
    """Select coresets of RUN, train on them from fresh weights, evaluate, append result rows."""
    unnamed, rated = not names and given["mode"] == training_modes.PLAIN, {*names, *reference} - {FULL}
    for option, missing in (("--method", unnamed), ("--rate", rated and not rates)):
        if missing:
            raise click.UsageError(f"Missing option '{option}'.")
    window = {name: given.pop(name) for name in ("early", "late", "length")}
    stated = {name: value for name, value in window.items() if value is not None}
    request = RetrainingRequest(
        run,
        names,
        rates,
        architectures=targets,
        seeds=seeds,
        options=stated | argv.key_values(extra, beside=stated),
        windows=window_pairs(pairs),
        references=reference,
        exclusion=exclude or "",
        **given,
    )
    process.wait_for_recordings(words_of(request))
    items = request.retrainings()
    _tell_of_changed_images(run)
    with Bars(process) as bars:
        watched = pipeline.retrain(
            items,
            watch=lambda n, p: bars.show(n, len(items), p, items[n].title),
            tell=lambda note: click.echo(note, err=True),
            should_stop=process.stopped,
        )
        for row in watched:
            bars.print(outcome_line(row))


def _tell_of_changed_images(run: str) -> None:
    """Say so when the file that a run's images came from has changed since; the cached ones stay in use."""
    info = store.RunFile(paths.run_folder(run)).info
    if info.dataset_sha256:
        note = library.changed_since(library.cached(info.dataset, info.dataset_sha256))
        if note:
            click.echo(note, err=True)


def outcome_line(row: dict[str, Any]) -> str:
    """Return one result row as a line."""
    flag = "  COLLAPSED to one class" if row["collapsed"] else ""
    used = f"  {100 * row['used_share']:.3g} % of the samples used" if "used_share" in row else ""
    best = f" {row['test_acc_best']:.4f} (best of all epochs, optimistic)" if "test_acc_best" in row else ""
    return (
        f"{results.label(row):<24} α={row['rate']:<6g} M={row['samples']:<7,} {row['architecture']:<12} seed {row['seed']}  "
        f"val {row['val_acc_best']:.4f} (best)  test {row['test_acc_best_val']:.4f} (best val) "
        f"{row['test_acc_last']:.4f} (last){best}{used}{flag}"
    )
