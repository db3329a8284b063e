"""The chart of the Results page, worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from coreset_engine.dashboard import accuracy

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
