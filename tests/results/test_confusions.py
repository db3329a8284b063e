"""What a coreset changes in the confusion of classes, worked by hand."""

import numpy as np
import pytest

from coreset_engine.results import confusions, part
from tests.compared import FULL, config, confused, confused_rows, frame, metrics

FIGURE = "test_acc_best_val"
NAMES = ("liver", "spleen", "heart")


def test_the_change_is_the_difference_of_the_mean_shares_of_each_true_class():
    found = confusions.confusion_change(
        confused_rows([[4, 6, 0], [0, 10, 0], [1, 0, 4]], [[6, 4, 0], [0, 10, 0], [0, 0, 5]]), "aum", 0.1, FIGURE
    )
    # liver: (0.4 + 0.6) / 2 - 0.8; heart: (0.8 + 1) / 2 - 1
    np.testing.assert_allclose(found.points, [[-30, 30, 0], [0, 0, 0], [10, 0, -10]], atol=1e-12)
    assert (found.n, found.full_n) == (2, 2)


def test_rows_that_keep_no_confusion_are_left_out_and_without_any_there_is_nothing():
    table = frame(
        (config("full"), confused(FULL)), (config("aum"), confused(FULL)), (config("aum", seed=1), metrics(0.8))
    )
    assert confusions.confusion_change(table, "aum", 0.1, FIGURE).n == 1
    assert confusions.confusion_change(table, "aum", 0.1, "test_acc_last") is None
    assert (
        confusions.confusion_change(
            frame((config("full"), metrics(0.9)), (config("aum"), confused(FULL))), "aum", 0.1, FIGURE
        )
        is None
    )
    assert confusions.confusion_change(confused_rows(FULL), "el2n", 0.1, FIGURE) is None


def test_collapsed_runs_are_left_out():
    assert confusions.confusion_change(confused_rows(FULL, collapsed=True), "aum", 0.1, FIGURE) is None


def test_a_coreset_without_some_samples_stands_beside_all_data_without_them():
    gone = {"excluded": {"rows": 5, "sha256": "cd" * 32}}
    other = [[10, 0, 0], [0, 10, 0], [0, 0, 5]]
    table = frame(
        (config("full"), confused(FULL)),
        (config("full", **gone), confused(other)),
        (config("aum", **gone), confused(other)),
    )
    label = table["label"].iloc[-1]
    assert not confusions.confusion_change(table, label, 0.1, FIGURE).points.any()


@pytest.mark.parametrize(
    ("figure", "rule"),
    [("test_acc_last", "last"), ("val_acc_last", "last"), ("val_acc_best", "best_val"), (FIGURE, "best_val")],
)
def test_the_weights_are_those_of_the_figure(figure, rule):
    assert confusions.weights_of(figure) == rule


def test_of_many_classes_a_row_holds_the_cells_that_are_not_0_and_the_change_is_the_same():
    counts = np.zeros((101, 101), int)
    counts[0, 0], counts[0, 100], counts[7, 7] = 3, 1, 2
    held = confusions.stored_confusion(counts.tolist())
    assert held == {"classes": 101, "cells": [[0, 0, 3], [0, 100, 1], [7, 7, 2]]}
    full = np.diag([4] + 100 * [1])
    found = confusions.confusion_change(confused_rows(held, full=(full.tolist(),)), "aum", 0.1, FIGURE)
    # of class 0 a quarter is taken for class 100; class 7 is as before
    assert (found.points[0, 0], found.points[0, 100], found.points[7, 7]) == (-25, 25, 0)
    assert np.isnan(found.points[1]).all()
    table = part("confusion", confused_rows(held, full=(full.tolist(),)), metric=FIGURE, coreset=("aum", 0.1))
    assert table[["true", "predicted", "points"]].to_numpy().tolist() == [[0, 0, -25], [0, 100, 25]]
