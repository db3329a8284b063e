"""Classes that are grades: their loss decides the row and its name, their kappa is measured, and neither is of others."""

from dataclasses import replace

import numpy as np
import pytest

from coreset_engine import paths, pipeline, results, store
from coreset_engine.config import Recipe
from coreset_engine.datasets import library
from coreset_engine.datasets.folder_options import FolderOptions
from coreset_engine.errors import ConfigError, RunError
from coreset_engine.pipeline import RecordingRequest, RetrainingRequest, requests
from coreset_engine.results import randoms, references
from coreset_engine.sweep import driver

RECIPE = Recipe(epochs=2, batch_size=64, learning_rate=0.02, loss="ordinal")
GRADES = FolderOptions(grades=",".join(f"grade {c}" for c in range(11)))


@pytest.fixture
def asked(phantom_file):
    return RecordingRequest("graded", str(phantom_file), "lenet", RECIPE, device="cpu", folder=GRADES)


def kappa_of(confusion):
    """Cohen's kappa by scikit-learn, from the samples that a confusion counts."""
    metrics = pytest.importorskip("sklearn.metrics")
    rows, columns = np.indices(np.shape(confusion))
    labels, said = (np.repeat(values.ravel(), np.ravel(confusion)) for values in (rows, columns))
    return metrics.cohen_kappa_score(labels, said, weights="quadratic")


def test_a_recording_of_grades_hands_its_loss_to_what_is_retrained_and_every_row_tells_it(asked):
    pipeline.record(asked)
    assert store.RunFile(paths.run_folder("graded")).info.loss == "ordinal"
    assert RecordingRequest.of_run("graded") == asked
    same = RetrainingRequest("graded", ("random",), (0.2,), seeds=(0,), epochs=1, device="cpu")
    own, other = (next(pipeline.retrain(one)) for one in (same, replace(same, loss="cross-entropy")))
    assert (own["recipe"]["loss"], "loss" in other["recipe"]) == ("ordinal", False)
    assert [results.label(row) for row in (own, other)] == ["random, ordinal loss", "random"]
    assert [requests.of_row(row).loss for row in (own, other)] == ["ordinal", "cross-entropy"]
    for row in results.rows():
        assert row["test_kappa_last"] == pytest.approx(kappa_of(row["test_confusion_last"]), abs=1e-12)
        assert {"val_kappa_last", "val_kappa_best", "test_kappa_best_val", "best_kappa_epoch"} <= set(row)
    table = results.frame()
    assert sorted(table["loss"]) == ["cross-entropy", "ordinal", "ordinal"]
    (full,) = references.on_all_data(table, table[table["label"] == "random, ordinal loss"])["label"]
    assert full == "full, ordinal loss"
    assert references.on_all_data(table, table[table["label"] == "random"]).empty
    with pytest.raises(RunError, match="was begun with loss ordinal, so it can't go on with loss cross-entropy"):
        pipeline.record(replace(asked, recipe=replace(RECIPE, loss="cross-entropy", epochs=2)), resume=True)


def test_a_coreset_is_held_against_random_of_its_own_loss_only():
    plain = {"recipe": Recipe(epochs=2).to_dict()}
    rows = [
        {"dataset": "a", "dataset_sha256": "a", "architecture": "lenet", "run": "", "average": [], "dynamics": [],
         "method": method, "options": {}, "rule": "top", "rule_options": {}, "rate": 0.1, "samples": 10, "seed": 0,
         "synthetic": False, "collapsed": False, "test_acc_last": value, "recipe": recipe}
        for method, value, recipe in (
            ("aum", 0.5, plain["recipe"]),
            ("random", 0.4, plain["recipe"]),
            ("random", 0.1, plain["recipe"] | {"loss": "ordinal"}),
        )
    ]  # fmt: skip
    (pairs,) = randoms.paired(results.frame(rows), "test_acc_last")
    assert pairs.references.tolist() == [0.4]
    assert results.frame(rows)["label"].tolist() == ["aum", "random", "random, ordinal loss"]


def test_recipes_without_the_loss_of_grades_are_written_as_before_there_was_one():
    fields = ["epochs", "batch_size", "learning_rate", "momentum", "weight_decay", "warmup", "augment", "precision"]
    assert list(Recipe().to_dict()) == fields
    assert Recipe.from_dict(Recipe().to_dict()).loss == "cross-entropy"


def test_the_loss_and_the_kappa_of_grades_are_refused_for_classes_without_an_order(recorded, asked):
    with pytest.raises(ConfigError, match="is multi-class, so its classes are no grades"):
        pipeline.record(replace(asked, folder=FolderOptions()))
    with pytest.raises(ConfigError, match="is multi-class, so its classes are no grades"):
        next(pipeline.retrain(RetrainingRequest("tiny", ("aum",), (0.2,), loss="ordinal", device="cpu")))
    searching = pipeline.requests.SweepRequest("tiny", ("eva",), (0.2,), search="halving", metric="val_kappa_best")
    with pytest.raises(ConfigError, match="--metric val_kappa_best is of classes that are grades"):
        driver.prepare(searching)
    assert not any("kappa" in name for row in results.rows() for name in row)
    assert not library.load(asked.dataset).ordinal
