"""Lines over the epochs, from values written by hand."""

import numpy as np
import pytest

from coreset_engine.dashboard.charts import lines
from coreset_engine.windows import Window

NORMS = np.array([[1.0, 0.5], [0.8, 0.25], [0.6, 0.125], [0.4, 0.0], [0.2, 0.5]], np.float32)


def shaded(spans):
    """First and last epoch of every shaded area; an epoch takes the half before and the half behind it."""
    first = lines.trajectories(NORMS, [7, 2], ["heart", "liver"], spans)["series"][0]
    areas = first.get("markArea", {"data": []})["data"]
    return [(start["xAxis"] + 0.5, end["xAxis"] - 0.5) for start, end in areas]


def test_the_trajectories_are_the_error_norms_of_the_rows_in_their_order():
    found = lines.trajectories(NORMS, [7, 2], ["heart", "liver"], [])["series"]
    assert [line["name"] for line in found] == ["7 heart", "2 liver"]
    assert found[0]["data"] == [[1, 1.0], [2, 0.8], [3, 0.6], [4, 0.4], [5, 0.2]]
    assert found[1]["data"] == [[1, 0.5], [2, 0.25], [3, 0.125], [4, 0.0], [5, 0.5]]
    assert found[0]["itemStyle"] != found[1]["itemStyle"]


@pytest.mark.parametrize(
    ("spans", "areas"),
    [([], []), ([Window(1, 2), Window(4, 2)], [(1, 2), (4, 5)]), ([Window(2, 3)], [(2, 4)])],
    ids=["none", "pair", "single"],
)
def test_the_epochs_of_the_windows_are_shaded(spans, areas):
    assert shaded(spans) == areas


def test_of_no_rows_nothing_is_drawn():
    assert lines.trajectories(NORMS[:, :0], [], [], [Window(1, 2), Window(4, 2)])["series"] == []


def test_an_epoch_without_a_value_is_left_out():
    assert lines.points([0.12345, np.nan, 2.0]) == [[1, 0.1234], [3, 2.0]]


def test_a_line_of_one_epoch_is_a_point():
    marks = [lines.line("eva", lines.points(values), "#000000")["symbol"] for values in ([0.5], [0.5, 0.25])]
    assert marks == ["circle", "none"]
