"""How a change of the confusion reads."""

import numpy as np

from coreset_engine.dashboard.results import charts, class_changes
from coreset_engine.results import Change, confusion_change
from tests.compared import FULL, confused_rows

FIGURE = "test_acc_best_val"
NAMES = ("liver", "spleen", "heart")


def test_the_sentence_names_the_largest_changes_between_classes_and_n():
    found = confusion_change(confused_rows([[4, 6, 0], [0, 10, 0], [1, 0, 4]], full=(FULL, FULL)), "aum", 0.1, FIGURE)
    assert class_changes.confusion_in_words(found, NAMES) == (
        "Largest changes: liver is taken for spleen 40 points more often; heart is taken for liver 20 points more often "
        "(n = 1, full data n = 2)."
    )
    fewer = confusion_change(confused_rows([[10, 0, 0], [0, 10, 0], [0, 0, 5]], full=(FULL,)), "aum", 0.1, FIGURE)
    assert "liver is taken for spleen 20 points less often (n = 1)" in class_changes.confusion_in_words(fewer, NAMES)


def test_no_change_is_said_to_be_none():
    found = confusion_change(confused_rows(FULL, FULL), "aum", 0.1, FIGURE)
    assert "No class is taken for another more than 0.5 points" in class_changes.confusion_in_words(found, NAMES)


def test_a_class_that_the_split_lacks_has_no_cells():
    without = [[8, 2, 0], [0, 10, 0], [0, 0, 0]]
    found = confusion_change(confused_rows(without, full=(without,)), "aum", 0.1, FIGURE)
    assert np.isnan(found.points[2]).all()
    spec, _ = charts.confusion(found, NAMES)
    assert len(spec["series"][0]["data"]) == 6


def test_the_colours_are_symmetric_about_no_change_and_cells_say_their_points():
    found = confusion_change(confused_rows([[4, 6, 0], [0, 10, 0], [1, 0, 4]]), "aum", 0.1, FIGURE)
    spec, height = charts.confusion(found, NAMES)
    assert spec["visualMap"]["min"] == -spec["visualMap"]["max"] == -40
    cells = {tuple(cell["value"][:2]): cell["value"][2:] for cell in spec["series"][0]["data"]}
    assert cells[1, 0] == [
        40,
        "+40.0",
        "liver taken for spleen",
        "+40",
    ]  # across the predicted class, down the true one
    assert cells[0, 0] == [-40, "-40.0", "liver recognised", "-40"]
    assert cells[2, 1][3] == ""
    assert height > 150


def test_of_many_classes_those_are_drawn_that_change_most():
    points = np.zeros((100, 100))
    points[90, 3], points[90, 90] = 20, -20
    shown = class_changes.most_changed(points, 3)
    assert shown == [0, 3, 90]
    names = tuple(f"class {number}" for number in range(100))
    spec, height = charts.confusion(Change(points, 1, 1), names)
    assert len(spec["series"][0]["data"]) == charts.MOST**2
    assert "class 90" in spec["yAxis"]["data"]
    assert height <= 900
