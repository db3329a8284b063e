"""The command line's commands, by topic: each reads its options, calls the engine and prints."""

import os
from pathlib import Path

import click

from coreset_engine import __version__
from coreset_engine.cli.group import Entry, LazyGroup

# What each command's own docstring begins with stands here too, so that `--help` imports none of them.
COMMANDS = {
    "datasets": Entry("images:datasets", "List the data sets known: task, classes, sizes, licence, whether cached."),
    "estimate": Entry(
        "images:estimate",
        "Measure one batch and tell what a recording takes: time, memory, disk; with retraining and selections.",
    ),
    "convert": Entry(
        "convert:convert_",
        "Write the DICOM and NIfTI files of IN, a folder or a CSV, as an .npz that `record` reads and that names nobody.",
    ),
    "record": Entry("record:record", "Train a surrogate on all train images and record its dynamics."),
    "import": Entry(
        "record:import_",
        "Make a run of FILE: .npz or .h5 with `labels` (N,) and `logits` or `probabilities` (T, N, C).",
    ),
    "runs": Entry("listing:runs", "List the runs in the cache."),
    "verify": Entry("listing:verify", "Check all files of RUN, or of the whole cache, against their checksums."),
    "methods": Entry(
        "select:methods",
        "List methods and selection rules with what they read, their options and sources; with NAME tell all of one.",
    ),
    "score": Entry("select:score", "Write one line per sample of RUN: row number, label, score."),
    "select": Entry(
        "select:select",
        "Write the coreset of RUN: row numbers of the train split; .npz and any .zip hold the images, too.",
    ),
    "map": Entry(
        "window_map:map_",
        "Compare EVA's coresets of every pair of windows of RUN; the map stays in the cache, where the app finds it.",
    ),
    "suspects": Entry(
        "inspect:suspects_",
        "List the rows of RUN whose labels are likely wrong, the most suspect first; or images that are almost the same.",
    ),
    "filter": Entry(
        "filter:filter_",
        "List how many samples of RUN, of which classes, an expression over their signals is true of; or write their rows.",
    ),
    "sample": Entry(
        "inspect:sample_",
        "Show one sample of RUN: its label, and its prediction and every recorded signal in each epoch.",
    ),
    "area": Entry(
        "area:area_",
        "Write the samples of RUN in an area of a map of two scores, or a coreset with or without them.",
    ),
    "explore": Entry(
        "explore:explore",
        "Write one page in which RUN is explored without the app: windows, rates, images, trajectories, results.",
    ),
    "umap": Entry(
        "umap:umap_",
        "Lay the samples of RUN out by UMAP of their features; the replay then offers it, in the app and in one file.",
    ),
    "retrain": Entry(
        "retrain:retrain",
        "Select coresets of RUN, train on them from fresh weights, evaluate, append result rows.",
    ),
    "sweep": Entry("sweep:sweep", "Compare windows, methods, rules and rates on RUN, or search for the best windows."),
    "reproduce": Entry(
        "reproduce:reproduce",
        "Run the cells of TABLE of PAPER, as published: the price first, then what does not exist yet.",
    ),
    "results": Entry("results:results_", "Print all result rows; without an option means and spread over the seeds."),
    "jobs": Entry("jobs:jobs_", "List jobs: what runs, waits, ended."),
    "demo": Entry("jobs:demo_", "Record the synthetic demo and retrain on it: something to explore within a minute."),
}

SHARED = "record"  # the command that several processes of torchrun carry out together
HIDDEN = {"cells": Entry("cells:cells", "Train cells of RUN as a worker of a sweep.")}  # which other commands start


@click.group(
    cls=LazyGroup,
    package=__name__,
    entries=COMMANDS,
    hidden=HIDDEN,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(__version__, prog_name="coreset_engine")
@click.option(
    "--cache", type=click.Path(path_type=Path), help="Folder of runs, images and results [$CORESET_CACHE, data_cache]."
)
@click.pass_context
def cli(context: click.Context, cache: Path | None) -> None:
    """Record training dynamics, score samples, select coresets, retrain on them."""
    from coreset_engine.errors import ConfigError
    from coreset_engine.paths import expanded
    from coreset_engine.training.place import place  # here, since the list of commands needs none of them

    if (count := place().count) > 1 and context.invoked_subcommand != SHARED:
        raise ConfigError(
            f"`{context.invoked_subcommand}` can't be shared by the {count} processes that torchrun started; only "
            f"`{SHARED}` can. Give the command without torchrun."
        )
    if cache:
        os.environ["CORESET_CACHE"] = str(expanded(cache).resolve())
