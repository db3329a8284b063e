"""Result rows: what decides one, and what is measured for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from coreset_engine import budgets, config, export, methods, paths, results, store
from coreset_engine.config import Recipe
from coreset_engine.coreset import FULL, CoresetSpec
from coreset_engine.datasets import ImageSet, sample_groups
from coreset_engine.pipeline.requests import RecordingRequest, Retraining
from coreset_engine.training.evaluation import quadratic_kappa
from coreset_engine.training_modes import PLAIN

if TYPE_CHECKING:
    import torch

    from coreset_engine.training.batches import Split
    from coreset_engine.training.energy import Meter
    from coreset_engine.training.outcome import TrainingResult


def reference(request: RecordingRequest) -> Retraining:
    """Return the retraining that a recording is equal to: all samples, its own recipe."""
    return Retraining(CoresetSpec(request.run, FULL, rate=1.0), request.seed, request.architecture)


def config_of(
    retraining: Retraining,
    images: ImageSet,
    recipe: Recipe,
    trained_on: NDArray[np.int64] | None,
    excluded: NDArray[np.int64] | None = None,
    weights_sum: str = "",
    state: Callable[[str], str] | None = None,
) -> dict[str, Any]:
    """Return what decides a result row. Reference rows name no run: they are shared by all runs on the same images.

    Args:
        retraining: what was asked.
        images: of the data set.
        recipe: as it was trained.
        trained_on: rows of the coreset, None for all samples.
        excluded: rows that were never to be kept; none for None.
        weights_sum: of weights from a file, see `sample_weights.digest`; "" for none.
        state: what `state_of` gives, for callers that ask it once for many rows.
    """
    spec = retraining.spec
    samples = len(images.labels["train"]) if trained_on is None else len(trained_on)
    shared = (
        spec.method in results.REFERENCES
        and spec.rule == "top"
        and not budgets.reads_run(spec.class_budget, spec.hard_cutoff)
    )
    of_method, of_rule = resolved(retraining)
    more: dict[str, Any] = {}  # only what was asked for, so that rows made before these existed keep their keys
    if retraining.weighting != "none":
        more["weighting"] = retraining.weighting + (f":{weights_sum}" if weights_sum else "")
    if retraining.mode != PLAIN:
        more["mode"] = retraining.mode
    if spec.snapshot is not None:
        more["snapshot"] = spec.snapshot
    more |= budgets.given(vars(spec))
    if spec.group_budget != "none":
        more["groups"] = sample_groups.digest(images.groups["train"])
    if excluded is not None and len(excluded):
        more["excluded"] = {"rows": len(np.unique(excluded)), "sha256": export.rows_sha256(excluded)}
    return more | {
        "run": "" if shared else spec.run,
        "average": [] if shared else list(spec.average),
        "dynamics": [] if shared else [(state or state_of)(name) for name in (spec.run, *spec.average)],
        "dataset": images.name,
        "dataset_sha256": images.sha256,
        "method": spec.method,
        "options": of_method,
        "rule": "" if spec.method == FULL else spec.rule,
        "rule_options": of_rule,
        "rate": spec.rate,
        "samples": samples,
        "architecture": retraining.architecture,
        "recipe": recipe.to_dict(),
        "seed": retraining.seed,
    }


def resolved(retraining: Retraining) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return all options of method and rule as used; those that draw take the retraining's seed unless one is given."""
    spec = retraining.spec
    if spec.method == FULL:
        return {}, {}
    return methods.resolve(spec.method, spec.rule, spec.rate, spec.all_options, retraining.seed)


def state_of(run: str) -> str:
    """Return what tells a run's dynamics from others recorded under the same name, or from more epochs of them."""
    file = store.RunFile(paths.run_folder(run))
    return file.info.version(file.done()).to_text()


def figures(trained: TrainingResult, val: Split, test: Split) -> dict[str, Any]:
    """Return a training's figures on val and test, with the last weights and with those of the best val epoch.

    The best epoch is the one with the highest accuracy on val; balanced accuracies are those of the epoch with the highest
    balanced accuracy on val, and so with quadratic kappa where classes are grades. Of equal epochs the later counts, and one
    that collapsed only where all did.
    """
    from coreset_engine.training import prediction

    by_accuracy, balanced = trained.best["accuracy"], trained.best["balanced"]
    found: dict[str, Any] = {"best_epoch": by_accuracy.epoch, "best_balanced_epoch": balanced.epoch}
    found["curve"] = _curve(trained.history)
    for of_val, of_test, state in (("last", "last", None), ("best", "best_val", by_accuracy.state)):
        if state is not None:
            trained.model.load_state_dict(state)
        for split, name, data in (("val", of_val, val), ("test", of_test, test)):
            quality = prediction.measure(trained.model, data)
            found |= {f"{split}_acc_{name}": quality.accuracy, f"{split}_auc_{name}": quality.auc}
            found |= {f"{split}_bal_acc_{name}": quality.balanced_accuracy, f"{split}_recall_{name}": quality.recall}
            found[f"{split}_ece_{name}"] = quality.ece
            if "kappa" in trained.best and quality.confusion is not None:
                found[f"{split}_kappa_{name}"] = quadratic_kappa(quality.confusion)
            if split == "test" and quality.confusion is not None:
                found[f"test_confusion_{name}"] = results.stored_confusion(quality.confusion)
            if name == "last":  # on test for means over results, on val for a search, which has not looked at test
                of = "collapsed" if split == "test" else "val_collapsed"
                found[of] = quality.collapsed or not np.isfinite(quality.loss)
    return found | _own_best(trained, val, test)


def _own_best(trained: TrainingResult, val: Split, test: Split) -> dict[str, Any]:
    """Return balanced accuracy and quadratic kappa of the epochs that are the best by them, where accuracy has another."""
    from coreset_engine.training import prediction

    found: dict[str, Any] = {"best_kappa_epoch": trained.best["kappa"].epoch} if "kappa" in trained.best else {}
    for name, figure in (("balanced", "bal_acc"), ("kappa", "kappa")):
        if name not in trained.best or trained.best[name].epoch == trained.best["accuracy"].epoch:
            continue
        trained.model.load_state_dict(trained.best[name].state)
        for column, data in ((f"val_{figure}_best", val), (f"test_{figure}_best_val", test)):
            quality = prediction.measure(trained.model, data)
            found[column] = (
                quality.balanced_accuracy if name == "balanced" else quadratic_kappa(quality.confusion or [])
            )
    return found


def _curve(history: list[dict[str, float]]) -> dict[str, list[float]]:
    """Return the per-epoch figures, rounded to what a chart can show."""
    return {name: [round(row[name], 5) for row in history] for name in ("train_loss", "val_loss", "val_accuracy")}


def used(trained: TrainingResult, samples: int, recipe: Recipe) -> dict[str, Any]:
    """Return what a training mode used: samples in all gradient steps, their share of a plain training's, and the steps.

    Args:
        trained: in that mode.
        samples: N.
        recipe: as it was trained.
    """
    taken = int(sum(epoch["samples"] for epoch in trained.history))
    share = taken / (samples * recipe.epochs)
    return {"used_samples": taken, "used_share": share, "steps": int(sum(epoch["steps"] for epoch in trained.history))}


def meter_of(device: torch.device) -> Meter:
    """Return what measures the energy of a training on a device."""
    from coreset_engine.training.energy import Meter

    return Meter((device.index or 0) if device.type == "cuda" else None)


def circumstances(
    device: str, trained: TrainingResult, images: ImageSet, meter: Meter, resumed: bool = False
) -> dict[str, Any]:
    """Return under which circumstances a row came to be; `seconds` are those of all epochs, whenever they were trained.

    Args:
        device: type of the device trained on.
        trained: on it.
        images: of the data set.
        meter: that ran while it was trained. What a resumed training spent before is not known, so no energy is told.
        resumed: whether the training went on from a checkpoint.
    """
    import torch

    return {
        "threads": torch.get_num_threads(),  # on a CPU their number decides the last digits
        "energy_joules": None if resumed else meter.spent.joules,
        "energy_of": "" if resumed else meter.spent.parts,
        "device": device,
        "seconds": round(sum(epoch["seconds"] for epoch in trained.history), 2),
        "versions": config.versions(),
        "synthetic": images.synthetic,
    }
