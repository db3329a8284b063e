"""Charts as ECharts options, from values written by hand."""

import numpy as np
import pytest

from coreset_engine.analysis.coresets import histogram
from coreset_engine.coreset import Coreset
from coreset_engine.dashboard.explore import charts


def lines(spec):
    """The data of every series by its name."""
    return {one["name"]: one["data"] for one in spec["series"]}


def bars_and_cut(values, kept, cut=None):
    """The histogram of scores from 0 to 80, so that each of its 80 bins is 1 wide, and where the cut stands."""
    values = np.array(values, float)
    shown = Coreset(np.sort(np.array(kept, int)), values, np.argsort(-values, kind="stable"), "highest")
    spec = charts.histogram(histogram(shown), cut, "score")
    # a line holds one point an edge, whose height goes up to the next edge; the last point repeats the last bin
    assert {one["step"] for one in spec["series"]} == {"end"}
    heights = {name: {edge: count for edge, count in data if count} for name, data in lines(spec).items()}
    return heights, spec["series"][1]["markLine"]["data"], (spec["xAxis"]["min"], spec["xAxis"]["max"])


def test_the_histogram_holds_all_and_kept_samples_of_every_bin_with_scores():
    heights, _, ends = bars_and_cut([0, 0.5, 40, 41, 79.5, 80, 40.9], kept=[2, 4, 5])
    assert heights == {"Full data": {0: 2, 40: 2, 41: 1, 79: 2, 80: 2}, "coreset": {40: 1, 79: 2, 80: 2}}
    assert ends == (0, 80)


@pytest.mark.parametrize(("cut", "marked"), [(40.0, [{"xAxis": 40.0}]), (None, [])])
def test_the_cut_is_marked_where_there_is_one(cut, marked):
    assert bars_and_cut([0, 40, 80], kept=[1, 2], cut=cut)[1] == marked


def test_the_share_of_a_class_is_that_of_all_samples_of_its_group():
    spec, _ = charts.classes(np.array([[6, 1, 0], [3, 1, 0], [1, 2, 0]]), ("liver", "heart", "lung"))
    assert lines(spec) == {"Full data": [60, 30, 10], "coreset": [25, 25, 50], "A": [0, 0, 0]}
    assert (spec["yAxis"]["data"], spec["yAxis"]["inverse"]) == (["liver", "heart", "lung"], True)


def test_without_a_pinned_selection_the_classes_have_two_bars():
    spec, _ = charts.classes(np.array([[1, 0], [2, 1]]), ("liver", "heart"))
    assert lines(spec) == {"Full data": [33.33, 66.67], "coreset": [0, 100]}
