"""How a published cell is run here: commands with the paper's settings, and the link to the Retrain page."""

import itertools
import shlex
from collections.abc import Iterable

from coreset_engine import methods, paths, store
from coreset_engine.dashboard.published import LEARNING_RATE, WITHOUT_SURROGATE, options_of
from coreset_engine.dashboard.retraining import RATES
from coreset_engine.papers import tables
from coreset_engine.papers.tables import Cell, Table

RECORDING_BATCH = {"EVA": 256, "TDDS": 128, "DeepCore": 128}
PLANTED = {
    "labels20%": ["--label-noise", "0.2"],
    "mixed20%": ["--corrupt", "mixed", "--corrupt-share", "0.2"],
}
SEEDS = 3  # where a paper does not say how many, or ran one


def recording_of(cell: Cell, table: Table, facts: Iterable[store.RunInfo], names: Iterable[str]) -> str | None:
    """Return the run that a cell's coresets can come from, None where there is none.

    It has the cell's images and network, epochs and recipe, dynamics of the training pass and, for TDDS, its
    probabilities in float32.

    Args:
        cell: the published one.
        table: where it stands.
        facts: of the runs.
        names: of the runs, in the same order.
    """
    wanted = (cell.dataset, cell.surrogate, _recorded_for(cell, table))
    recipe = {"batch_size": RECORDING_BATCH[cell.paper], "learning_rate": LEARNING_RATE, "warmup": 0.0}
    recipe["augment"] = _augmented(cell, selecting=True)
    exact = tables.mapped(cell.paper, cell.method).name == "tdds"
    for name, one in zip(names, facts, strict=True):
        same = (one.dataset, one.architecture, one.epochs) == wanted and recipe.items() <= one.recipe.items()
        if same and one.mode == "train" and (not exact or one.probabilities == "float32"):
            return name
    return None


def _augmented(cell: Cell, *, selecting: bool) -> bool:
    """Return whether a cell's network is trained on images that are cropped and flipped: on CIFAR.

    DeepCore's selecting networks are not.
    """
    return cell.dataset.startswith("cifar") and not (selecting and cell.paper == "DeepCore")


def _recorded_for(cell: Cell, table: Table) -> int:
    """Return how many epochs the selecting network of a cell was trained for."""
    return table.surrogate_epochs if cell.selected_after is None else cell.selected_after


def problem(cell: Cell, table: Table) -> str:
    """Return why a cell can't be run here, "" where it can."""
    if cell.dataset == "imagenet1k":
        return (
            "ImageNet is none of the data sets that are fetched here. Record a folder of its images by its path, and "
            "retrain on that run; the result then stands under the folder's name."
        )
    if not tables.mapped(cell.paper, cell.method).name:
        return "This part of the paper's ablation has no counterpart among the methods here."
    if not _recorded_for(cell, table):
        return "A network that was not trained gives no dynamics to record, so this cell can't be run here."
    return ""


def commands(cell: Cell, table: Table, run: str | None, taken: Iterable[str] = (), combine: str = "sum") -> list[str]:
    """Return the lines for a shell that run a cell; the arguments are those of `arguments`."""
    found = arguments(cell, table, run, taken, combine)
    return [shlex.join(["python", "-m", "coreset_engine", *words]) for words in found]


def arguments(
    cell: Cell, table: Table, run: str | None, taken: Iterable[str] = (), combine: str = "sum"
) -> list[list[str]]:
    """Return the arguments of the commands that run a cell: a recording where `run` is None, and the retraining.

    Args:
        cell: the published one; `problem` says nothing against it.
        table: where it stands.
        run: to select from, or None to record one.
        taken: names of runs that exist.
        combine: EVA's form.
    """
    lines = []
    if run is None:
        run = _free_name(cell, table, set(taken))
        lines.append(_record(cell, table, run))
    return [*lines, _retrain(cell, table, run, combine)]


def _free_name(cell: Cell, table: Table, taken: set[str]) -> str:
    """Return a name for the recording that no run has."""
    base = paths.slug(f"{cell.dataset.replace('%', '')}-{cell.surrogate}-{_recorded_for(cell, table)}")
    names = itertools.chain([base], (f"{base}-{number}" for number in itertools.count(2)))
    return next(name for name in names if name not in taken)


def _record(cell: Cell, table: Table, run: str) -> list[str]:
    """Return the arguments that record a cell's surrogate as the paper did."""
    name, _, planted = cell.dataset.partition("+")
    words = ["record", "--dataset", name, "--architecture", cell.surrogate]
    words += ["--epochs", str(_recorded_for(cell, table)), "--batch-size", str(RECORDING_BATCH[cell.paper])]
    words += ["--lr", f"{LEARNING_RATE:g}", "--warmup", "0", "--seed", "0", *PLANTED.get(planted, [])]
    words += ["--augment" if _augmented(cell, selecting=True) else "--no-augment"]
    if tables.mapped(cell.paper, cell.method).name == "tdds":
        words += ["--probabilities", "float32"]
    return [*words, "--run", run]


def _retrain(cell: Cell, table: Table, run: str, combine: str) -> list[str]:
    """Return the arguments that retrain a cell as the paper did."""
    one = tables.mapped(cell.paper, cell.method)
    words = ["retrain", run, "--method", one.name, "--rate", f"{cell.rate:g}", "--architecture", cell.architecture]
    words += ["--epochs", str(tables.epochs_of(table, cell.rate)), "--lr", f"{LEARNING_RATE:g}"]
    words += ["--warmup", "0", "--augment" if _augmented(cell, selecting=False) else "--no-augment"]
    words += ["--batch-size", str(cell.batch)] if cell.batch else []
    words += ["--seeds", *map(str, range(table.seeds if table.seeds > 1 else SEEDS))]
    if one.name not in ("full", "random") and not methods.is_greedy(one.name):
        words += ["--rule", one.rule]
    words += ["--weighting", one.weighting] if one.weighting != "none" else []
    for key, value in options_of(cell, combine).items():
        words += ["--option", f"{key}={value}"]
    return words


def link(cell: Cell, table: Table, run: str | None, combine: str = "sum") -> dict[str, str] | None:
    """Return what the Retrain page's URL must say to have a cell filled in; None where the form can't say it all.

    It can't for references, which are check boxes there, for other networks than the run's, for weights in the loss, for
    rates and numbers of epochs that it does not offer.
    """
    one = tables.mapped(cell.paper, cell.method)
    epochs = tables.epochs_of(table, cell.rate)
    simple = one.name not in WITHOUT_SURROGATE and one.weighting == "none" and cell.rate in RATES
    same = cell.surrogate == cell.architecture and epochs == _recorded_for(cell, table)
    if run is None or not simple or not same:
        return None
    shared = ("early", "late", "length")
    given = {name if name in shared else f"{one.name}_{name}": str(v) for name, v in options_of(cell, combine).items()}
    seeds = str(table.seeds if table.seeds > 1 else SEEDS)
    return {"run": run, "methods": one.name, "rates": f"{cell.rate:g}", "rule": one.rule, "seeds": seeds} | given
