"""Recall by class beside that on all data, worked by hand."""

import numpy as np
import pytest

from coreset_engine.results import recalls
from tests.compared import config, frame, metrics, recalled

FIGURE = "test_acc_best_val"
NAMES = ("liver", "left|kidney")


def test_every_class_is_compared_with_its_recall_on_all_data():
    found = recalls.class_recalls(recalled((0.9, 0.5), (0.8, 0.7)), FIGURE)
    np.testing.assert_allclose(found["full"], [0.9, 0.9])
    np.testing.assert_allclose(found["recall"], [0.85, 0.6])
    np.testing.assert_allclose(found["fall"], [0.05, 0.3])
    np.testing.assert_allclose(found["full_sd"], [0, 0.04 / 2**0.5], atol=1e-12)
    np.testing.assert_allclose(found["mean_fall"], 0.02)
    assert found["n"].tolist() == [2, 2]


def test_without_all_data_or_without_a_coreset_there_is_nothing_to_compare():
    assert recalls.class_recalls(recalled(), FIGURE).empty
    assert recalls.class_recalls(frame((config("aum"), metrics(0.5)))[lambda t: t["method"] == "aum"], FIGURE).empty


def test_collapsed_runs_are_left_out():
    assert recalls.class_recalls(recalled((0.0, 1.0), collapsed=True), FIGURE).empty


@pytest.mark.parametrize(
    ("figure", "split", "rule"),
    [
        ("test_acc_best_val", "test", "best_val"),
        ("test_bal_acc_best_val", "test", "best_val"),
        ("test_acc_last", "test", "last"),
        ("val_acc_best", "val", "best"),
    ],
)
def test_split_and_epoch_rule_are_those_of_the_figure(figure, split, rule):
    assert recalls.rule_of(figure) == (split, rule)


def test_a_class_that_a_split_lacks_has_no_recall():
    found = recalls.class_recalls(recalled((0.9, float("nan"))), FIGURE)
    assert np.isnan(found["recall"].iloc[1])
    assert found["n"].tolist() == [1, 0]
