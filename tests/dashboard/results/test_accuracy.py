"""The chart of the Results page, worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from coreset_engine.dashboard.results import accuracy
from coreset_engine.results.published import Published

FIGURE = "test_acc_last"


def entry(method, rate, value, spread, n, figure=FIGURE):
    """One row of a summary."""
    row = {"method": method, "label": method, "rate": rate, "n": n}
    return row | {figure: value, f"{figure}_std": spread}


def drawn(*rows, figure=FIGURE):
    return accuracy.by_rate(pd.DataFrame(rows), figure, "test accuracy at the last epoch")


def test_full_data_of_several_seeds_is_a_level_in_a_band_of_one_standard_deviation():
    shapes = drawn(entry("full", 1.0, 0.9, 0.02, 3)).layout.shapes
    level, band = shapes
    assert (level.type, level.y0, level.y1) == ("line", 90, 90)
    assert (band.type, band.y0, band.y1) == ("rect", pytest.approx(88), pytest.approx(92))


def test_full_data_of_one_seed_has_no_band_and_says_n():
    figure = drawn(entry("full", 1.0, 0.9, np.nan, 1))
    assert [shape.type for shape in figure.layout.shapes] == ["line"]
    assert figure.layout.annotations[0].text == "all data 90.0 % (n = 1)"


def test_the_note_of_full_data_states_mean_spread_and_n():
    note = drawn(entry("full", 1.0, 0.9, 0.02, 3)).layout.annotations[0]
    assert note.text == "all data 90.0 ± 2.0 % (n = 3)"


def test_random_is_drawn_first_in_grey_and_no_two_methods_share_a_colour():
    rows = [entry(name, 0.1, 0.5, 0.1, 2) for name in ("aum", "eva", "random", "el2n")]
    data = drawn(*rows).data
    assert [line.name for line in data] == ["random", "aum", "el2n", "eva"]
    colours = [line.line.color for line in data]
    assert colours[0] == accuracy.RANDOM
    assert len(set(colours)) == 4


def test_a_line_runs_through_the_rates_in_order_with_its_spread():
    rows = [entry("eva", 0.3, 0.8, 0.01, 2), entry("eva", 0.05, 0.6, np.nan, 1)]
    line = drawn(*rows).data[0]
    np.testing.assert_allclose(line.x, [5, 30])
    np.testing.assert_allclose(line.y, [60, 80])
    np.testing.assert_allclose(line.error_y.array, [np.nan, 1])


def test_a_configuration_whose_runs_all_collapsed_is_not_drawn():
    figure = drawn(entry("eva", 0.1, np.nan, np.nan, 0), entry("full", 1.0, np.nan, np.nan, 0))
    assert not figure.data
    assert not figure.layout.shapes


def test_the_auc_stays_between_0_and_1():
    name = "test_auc_best_val"
    figure = drawn(entry("eva", 0.1, 0.95, 0.01, 2, name), entry("full", 1.0, 0.99, 0.001, 2, name), figure=name)
    np.testing.assert_allclose(figure.data[0].y, [0.95])
    assert figure.layout.yaxis.title.text == "test accuracy at the last epoch"
    assert figure.layout.annotations[0].text == "all data 0.990 ± 0.001 (n = 2)"


def test_intervals_take_the_place_of_standard_deviations_when_asked_for():
    rows = pd.DataFrame([entry("eva", 0.1, 0.5, 0.01, 2) | {f"{FIGURE}_half": 0.09}])
    line = accuracy.by_rate(rows, FIGURE, "title", "half").data[0]
    np.testing.assert_allclose(line.error_y.array, [9])


def test_bars_end_where_no_accuracy_can_be():
    rows = pd.DataFrame([entry("eva", 0.1, 0.95, 0.01, 2) | {f"{FIGURE}_half": 0.97}])
    bars = accuracy.by_rate(rows, FIGURE, "title", "half").data[0].error_y
    np.testing.assert_allclose((bars.array[0], bars.arrayminus[0]), (5, 95))


def test_published_numbers_are_a_layer_with_a_name_of_its_own():
    points = [Published("EVA · Random", 0.1, 0.81, 0.01), Published("EVA · Random", 0.05, 0.73, np.nan)]
    rows = pd.DataFrame([entry("random", 0.1, 0.5, 0.01, 2)])
    ours, layer = accuracy.by_rate(rows, FIGURE, "title", published=points).data
    assert (ours.name, layer.name) == ("random", "published: EVA · Random")
    assert layer.line.dash == "dot"
    np.testing.assert_allclose(layer.x, [5, 10])
    np.testing.assert_allclose(layer.y, [73, 81])


def test_the_difference_to_random_is_drawn_in_points_about_a_line_at_zero():
    table = pd.DataFrame([{"label": "eva", "rate": 0.1, "n": 3, "difference": -0.02, "half": 0.01}])
    figure = accuracy.difference(table, FIGURE)
    np.testing.assert_allclose(figure.data[0].y, [-2])
    np.testing.assert_allclose(figure.data[0].error_y.array, [1])
    assert [shape.y0 for shape in figure.layout.shapes] == [0]
