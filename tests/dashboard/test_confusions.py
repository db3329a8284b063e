"""What a coreset changes in the confusion of classes, worked by hand."""

import numpy as np
import pytest

from coreset_engine.dashboard import confusions
from tests.compared import config, frame, metrics

FIGURE = "test_acc_best_val"
NAMES = ("liver", "spleen", "heart")
FULL = [[8, 2, 0], [0, 10, 0], [0, 0, 5]]


def kept(confusion, rule="best_val", **more):
    return metrics(0.8, **{f"test_confusion_{rule}": confusion}, **more)


def rows(*coreset, full=(FULL, FULL), **more):
    """A training on all data for each matrix of `full`, one on a coreset for each matrix given."""
    there = [(config("full", seed=seed), kept(one)) for seed, one in enumerate(full)]
    return frame(*there, *[(config("aum", seed=seed), kept(one, **more)) for seed, one in enumerate(coreset)])


def test_the_change_is_the_difference_of_the_mean_shares_of_each_true_class():
    found = confusions.change(
        rows([[4, 6, 0], [0, 10, 0], [1, 0, 4]], [[6, 4, 0], [0, 10, 0], [0, 0, 5]]), "aum", 0.1, FIGURE
    )
    # liver: (0.4 + 0.6) / 2 - 0.8; heart: (0.8 + 1) / 2 - 1
    np.testing.assert_allclose(found.points, [[-30, 30, 0], [0, 0, 0], [10, 0, -10]], atol=1e-12)
    assert (found.n, found.full_n) == (2, 2)


def test_the_sentence_names_the_largest_changes_between_classes_and_n():
    found = confusions.change(rows([[4, 6, 0], [0, 10, 0], [1, 0, 4]], full=(FULL, FULL)), "aum", 0.1, FIGURE)
    assert confusions.sentence(found, NAMES) == (
        "Largest changes: liver is taken for spleen in 40 points more; heart is taken for liver in 20 points more "
        "(n = 1, all data n = 2)."
    )
    fewer = confusions.change(rows([[10, 0, 0], [0, 10, 0], [0, 0, 5]], full=(FULL,)), "aum", 0.1, FIGURE)
    assert "liver is taken for spleen in 20 points less (n = 1)" in confusions.sentence(fewer, NAMES)


def test_no_change_is_said_to_be_none():
    found = confusions.change(rows(FULL, FULL), "aum", 0.1, FIGURE)
    assert "No class is taken for another in more than 0.5 points" in confusions.sentence(found, NAMES)


def test_rows_that_keep_no_confusion_are_left_out_and_without_any_there_is_nothing():
    table = frame((config("full"), kept(FULL)), (config("aum"), kept(FULL)), (config("aum", seed=1), metrics(0.8)))
    assert confusions.change(table, "aum", 0.1, FIGURE).n == 1
    assert confusions.change(table, "aum", 0.1, "test_acc_last") is None
    assert (
        confusions.change(frame((config("full"), metrics(0.9)), (config("aum"), kept(FULL))), "aum", 0.1, FIGURE)
        is None
    )
    assert confusions.change(rows(FULL), "el2n", 0.1, FIGURE) is None


def test_collapsed_runs_are_left_out():
    assert confusions.change(rows(FULL, collapsed=True), "aum", 0.1, FIGURE) is None


def test_a_class_that_the_split_lacks_has_no_cells():
    without = [[8, 2, 0], [0, 10, 0], [0, 0, 0]]
    found = confusions.change(rows(without, full=(without,)), "aum", 0.1, FIGURE)
    assert np.isnan(found.points[2]).all()
    spec, _ = confusions.chart(found, NAMES)
    assert len(spec["series"][0]["data"]) == 6


def test_a_coreset_without_some_samples_stands_beside_all_data_without_them():
    gone = {"excluded": {"rows": 5, "sha256": "cd" * 32}}
    other = [[10, 0, 0], [0, 10, 0], [0, 0, 5]]
    table = frame(
        (config("full"), kept(FULL)), (config("full", **gone), kept(other)), (config("aum", **gone), kept(other))
    )
    label = table["label"].iloc[-1]
    assert not confusions.change(table, label, 0.1, FIGURE).points.any()


@pytest.mark.parametrize(
    ("figure", "rule"),
    [("test_acc_last", "last"), ("val_acc_last", "last"), ("val_acc_best", "best_val"), (FIGURE, "best_val")],
)
def test_the_weights_are_those_of_the_figure(figure, rule):
    assert confusions.rule_of(figure) == rule


def test_the_colours_are_symmetric_about_no_change_and_cells_say_their_points():
    found = confusions.change(rows([[4, 6, 0], [0, 10, 0], [1, 0, 4]]), "aum", 0.1, FIGURE)
    spec, height = confusions.chart(found, NAMES)
    assert spec["visualMap"]["min"] == -spec["visualMap"]["max"] == -40
    cells = {tuple(cell[:2]): cell[2:] for cell in spec["series"][0]["data"]}
    assert cells[1, 0] == [
        40,
        "+40.0",
        "liver taken for spleen",
        "+40",
    ]  # across the predicted class, down the true one
    assert cells[0, 0] == [-40, "-40.0", "liver recognised", "-40"]
    assert cells[2, 1][3] == ""
    assert height > 150
