"""Learning curves as a table."""

from coreset_engine.results import learning_curves
from tests.compared import config, frame, metrics

CURVE = {"train_loss": [1.0, 0.5], "val_loss": [0.9, 0.6], "val_accuracy": [0.4, 0.7]}


def test_every_epoch_of_every_retraining_that_kept_its_curve_is_a_line():
    rows = frame(
        (config("full"), metrics(0.9)),
        (config("aum", seed=1), metrics(0.7, curve=CURVE, best_epoch=2)),
    )
    found = learning_curves(rows)
    assert found["key"].unique().tolist() == [rows["key"].iloc[1]]
    assert found[["seed", "epoch", "train_loss", "val_accuracy", "best"]].values.tolist() == [
        [1, 1, 1.0, 0.4, False],
        [1, 2, 0.5, 0.7, True],
    ]


def test_without_curves_there_are_no_lines():
    assert learning_curves(frame((config("full"), metrics(0.9)))).empty
