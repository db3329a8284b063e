"""The axis of a chart against the selection rate: round numbers around all that is drawn."""

import math

import pytest

from coreset_engine.dashboard.charts import by_rate
from coreset_engine.dashboard.charts.by_rate import Level, Line, Point
from coreset_engine.dashboard.charts.theme import Look


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([43.2, 88.1], (40, 90, 10)),
        ([-3, 0, -1.2], (-3, 0, 1)),
        ([0.95, 0.99, math.nan], (0.95, 0.99, 0.01)),
        ([0, 100], (0, 100, 20)),
        ([], (0, 1, 0.2)),
    ],
)
def test_an_axis_begins_ends_and_steps_at_round_numbers(values, found):
    assert by_rate.span(values) == pytest.approx(found)


def test_an_axis_of_one_value_has_a_length():
    assert by_rate.span([77.7]) == pytest.approx((77.5, 78, 0.5))


def test_a_level_beyond_all_lines_is_on_the_axis():
    line = Line("eva", Look("#000000"), [Point(10, 50), Point(30, 60)])
    axis = by_rate.chart([line], "accuracy (%)", [Level(97.0, "Full data")])["yAxis"]
    assert (axis["min"], axis["max"]) == (50, 100)


def test_a_bar_and_the_marks_of_a_line_go_when_its_name_is_clicked():
    line = Line("eva", Look("#000000"), [Point(10, 50, "", 48, 52)], singles=[Point(10, 49)])
    assert [one["name"] for one in by_rate.chart([line], "accuracy (%)")["series"]] == ["eva"] * 3
