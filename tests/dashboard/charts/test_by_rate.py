"""The axis of a chart against the selection rate: round numbers around all that is drawn."""

import math

import pandas as pd
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


def test_texts_of_two_levels_stand_at_different_places():
    series = by_rate.chart([], "accuracy (%)", [Level(90.0, "Full data"), Level(90.5, "full without 40 rows")])[
        "series"
    ]
    labels = [one["markLine"]["label"] for one in series if "markLine" in one]
    assert {one["formatter"]: one["position"] for one in labels} == {
        "full without 40 rows": "insideStartTop",
        "Full data": "insideStartBottom",
    }


def test_the_legend_names_an_exclusion_that_the_end_of_a_long_label_tells():
    long, short = "random, hard cut-off β=0.3 without 40 rows (efef)", "el2n without 40 rows (efef)"
    shared = {"without": "40 rows (efef)", "rate": 0.1, "n": 2, "val_acc_best": 0.5}
    rows = pd.DataFrame([{"label": one, "method": one[:6]} | shared for one in (long, short)])
    chart = by_rate.of_summary(rows, "val_acc_best", "val accuracy")
    names = {one["name"] for one in chart["series"]}
    assert names == {short, "without 40 rows (efef): random, hard cut-off β=0.3"}
