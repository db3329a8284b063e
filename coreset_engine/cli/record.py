"""Commands that make a run: record one, import one."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from coreset_engine import architectures, paths, pipeline, store
from coreset_engine.cli.folder_options import asked_folder, folder_options
from coreset_engine.cli.options import (
    CORRUPTION_FIELDS,
    DEVICE,
    Lists,
    asked_corruption,
    corruption_options,
)
from coreset_engine.cli.process import Bars, Process
from coreset_engine.config import AUGMENTATIONS, IN_WORDS, LOSSES, NORMALISATIONS, VIEWS, Recipe
from coreset_engine.datasets.folder_options import FolderOptions
from coreset_engine.errors import ConfigError
from coreset_engine.names import counted
from coreset_engine.pipeline.requests import augments
from coreset_engine.signals import SIGNALS
from coreset_engine.training.place import place

_OF_RECIPE = ("epochs", "batch_size", "warmup", "augment", "precision", "nesterov", *IN_WORDS)


@click.command(cls=Lists)
@click.option(
    "--dataset",
    help="A name that `datasets` lists, in any spelling, or the path of a .npz or of a folder of pictures.",
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
@click.option(
    "--augmentation",
    type=click.Choice(AUGMENTATIONS),
    default="crop-flip",
    show_default=True,
    help="What --augment does; reflect-flip crops with mirrored edges, resized-crop-flip enlarges a random part.",
)
@click.option(
    "--schedule",
    default="cosine",
    show_default=True,
    help="Of the learning rate: cosine, constant, cosine:0.0001 for one that ends there, or cosine-epochs for one that "
    "falls from epoch to epoch.",
)
@click.option(
    "--loss",
    type=click.Choice(LOSSES),
    default=LOSSES[0],
    show_default=True,
    help="ordinal for classes that are grades: the squared earth mover's distance, in which a near grade is less wrong.",
)
@click.option(
    "--normalisation",
    type=click.Choice(NORMALISATIONS),
    default=NORMALISATIONS[0],
    show_default=True,
    help="channels brings each channel of the train split to mean 0 and deviation 1; retrainings take the same numbers.",
)
@click.option("--nesterov/--no-nesterov", default=True, show_default=True, help="Nesterov's momentum or the plain one.")
@click.option(
    "--view",
    type=click.Choice(VIEWS),
    default=VIEWS[0],
    show_default=True,
    help="centre shows images that are not augmented by their middle 7/8, enlarged, as usual on ImageNet.",
)
@click.option("--precision", type=click.Choice(["auto", "float32", "bfloat16"]), default="auto", show_default=True)
@click.option(
    "--probabilities",
    type=click.Choice(["auto", "float32", "float16", "none"]),
    default="auto",
    show_default=True,
    help="Keep all class probabilities, too; auto: within 1 GiB.",
)
@click.option(
    "--mode",
    type=click.Choice(["train", "eval"]),
    default="train",
    show_default=True,
    help="Record each batch's forward pass, or an extra eval-mode pass over the clean images after every epoch.",
)
@click.option(
    "--snapshots", type=int, multiple=True, metavar="EPOCH", help="Keep features and logits after these epochs, too."
)
@click.option(
    "--folds",
    type=int,
    default=0,
    metavar="K",
    help="Train K networks, each without one of K folds, and score each sample by the one that has not seen it.",
)
@click.option(
    "--class-names", multiple=True, metavar="NAME", help="Names of the classes in their order [the data set's]."
)
@folder_options
@corruption_options
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--run", required=True, help="Name of the run.")
@click.option(
    "--resume",
    is_flag=True,
    help="Go on with a run that was interrupted, as it was asked for; what is said otherwise is refused.",
)
@DEVICE
@click.pass_obj
def record(process: Process, run: str, resume: bool, device: str, **given: Any) -> None:
    """Train a surrogate on all train images and record its dynamics."""
    if resume and (paths.run_folder(run) / "run.json").exists():
        request = _restated(pipeline.RecordingRequest.of_run(run), {**given, "device": device})
    elif given["dataset"]:
        request = _recording(run, device, **given)
    elif resume:
        raise ConfigError(
            f"There is no run {run!r} to resume. `runs` lists those that exist; to begin one give --dataset."
        )
    else:
        raise ConfigError("--dataset is missing. Give a name or a path; `datasets` lists the names.")
    with Bars(process) as bars:
        pipeline.record(
            request, resume=resume, watch=lambda p: bars.show(0, 1, p, f"recording {run}"), should_stop=process.stopped
        )
    if place().rank > 0:
        return  # the first of several processes tells for all
    folder = paths.run_folder(run)
    for sentence in store.read_as(folder):
        click.echo(sentence, err=True)
    click.echo(
        f"{counted(request.recipe.epochs, '{epoch|epochs}')} of {request.architecture} on {request.dataset} recorded as "
        f"{run!r} in {folder}."
    )


def _restated(request: pipeline.RecordingRequest, given: dict[str, Any]) -> pipeline.RecordingRequest:
    """Return what was asked of a run with the options that are said on the command line instead."""
    source = click.get_current_context().get_parameter_source
    stated = {name: value for name, value in given.items() if source(name) is ParameterSource.COMMANDLINE}
    recipe_fields = {"lr": "learning_rate"} | {name: name for name in _OF_RECIPE}
    recipe = {recipe_fields[name]: value for name, value in stated.items() if name in recipe_fields}
    names = {"size": "side"} | {
        name: name for name in ("dataset", "architecture", "probabilities", "mode", "seed", "folds", "device")
    }
    changed = {names[name]: value for name, value in stated.items() if name in names}
    if "class_names" in stated:
        changed["class_names"] = tuple(stated["class_names"])
    if "snapshots" in stated:
        changed["snapshots"] = tuple(stated["snapshots"])
    of_folder = {name: value for name, value in stated.items() if name in FolderOptions.__dataclass_fields__}
    if of_folder:
        changed["folder"] = replace(request.folder, **of_folder)
    planted = {CORRUPTION_FIELDS[name]: value for name, value in stated.items() if name in CORRUPTION_FIELDS}
    changed["corruption"] = replace(request.corruption, **planted)
    return replace(request, recipe=replace(request.recipe, **recipe), **changed)


def _recording(run: str, device: str, **given: Any) -> pipeline.RecordingRequest:
    """Return what the options of `record` ask for.

    Raises:
        EngineError: it can't be, or a part of it would be of no effect.
    """
    source = click.get_current_context().get_parameter_source("mode")
    if given["folds"] and given["mode"] == "train" and source is ParameterSource.COMMANDLINE:
        raise ConfigError("Folds are recorded in eval mode. Leave out --mode train, or --folds.")
    augment = given["augment"] if given["augment"] is not None else augments(given["dataset"])
    recipe = Recipe(
        epochs=given["epochs"],
        batch_size=given["batch_size"],
        learning_rate=architectures.get(given["architecture"]).learning_rate if given["lr"] is None else given["lr"],
        warmup=given["warmup"],
        augment=augment,
        precision=given["precision"],
        nesterov=given["nesterov"],
        **{name: given[name] for name in IN_WORDS},
    )
    return pipeline.RecordingRequest(
        run=run,
        dataset=given["dataset"],
        architecture=given["architecture"],
        recipe=recipe,
        side=given["size"],
        seed=given["seed"],
        device=device,
        probabilities=given["probabilities"],
        mode=given["mode"],
        snapshots=tuple(sorted(set(given["snapshots"]))),
        corruption=asked_corruption(given),
        folder=asked_folder(given),
        folds=given["folds"],
        class_names=tuple(given["class_names"]),
    )


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--run", required=True, help="Name of the run to make.")
@click.option(
    "--signal",
    type=click.Choice(SIGNALS),
    default=None,
    help="FILE holds only this, (T, N), as losses of segmentations; `labels` may be missing. Methods that read more refuse.",
)
def import_(file: Path, run: str, signal: str | None) -> None:
    """Make a run of FILE: .npz or .h5 with `labels` (N,) and `logits` or `probabilities` (T, N, C).

    FILE may also be the folder in which the code of TDDS keeps its epochs, with `labels.npy` beside them, or that of
    cartography (`dynamics_epoch_0.jsonl`), whose guids are rows of the train split.
    """
    summary = store.run_summary(pipeline.import_dynamics(pipeline.ImportRequest(str(file), run, signal or "")))
    for sentence in store.read_as(paths.run_folder(run)):
        click.echo(sentence, err=True)
    epochs, samples = counted(summary["epochs"], "{epoch|epochs}"), counted(summary["samples"], "{sample|samples}")
    click.echo(f"{epochs} of {samples} imported as {run!r}.")
