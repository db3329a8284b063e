"""Learning curves of recordings, from values written by hand."""

import numpy as np

from coreset_engine.dashboard.record import charts


def test_curves_leave_out_what_was_not_measured_and_show_accuracy_in_percent():
    metrics = {"train_loss": np.array([2.0, 1.0]), "val_loss": np.array([np.nan, 1.5])}
    metrics |= {"train_accuracy": np.array([0.25, 0.5]), "val_accuracy": np.array([np.nan, 0.75])}
    loss, accuracy = charts.curves(metrics, 10, {})
    assert [line["data"] for line in loss["series"]] == [[[1, 2.0], [2, 1.0]], [[2, 1.5]]]
    assert [line["data"] for line in accuracy["series"]] == [[[1, 25.0], [2, 50.0]], [[2, 75.0]]]
    assert accuracy["xAxis"]["max"] == 10


def test_another_run_is_drawn_beside_with_train_dashed():
    metrics = {f"{split}_{name}": np.array([0.5]) for split in ("train", "val") for name in ("loss", "accuracy")}
    other = {key: np.array([0.25, 0.125]) for key in metrics}
    loss, _ = charts.curves(metrics, 2, {"second": other})
    names = {line["name"]: line["lineStyle"]["type"] for line in loss["series"]}
    assert names == {"train": "solid", "val": "solid", "second train": "dashed", "second val": "solid"}
    assert loss["series"][2]["data"] == [[1, 0.25], [2, 0.125]]
    assert len({line["itemStyle"]["color"] for line in loss["series"]}) == 3
