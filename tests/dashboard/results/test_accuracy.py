"""The chart of the Results page, worked out by hand."""

import numpy as np
import pandas as pd

from coreset_engine.dashboard.charts import theme
from coreset_engine.dashboard.results import charts
from coreset_engine.results.published import Published

FIGURE = "test_acc_last"


def entry(method, rate, value, spread, n, figure=FIGURE):
    """One row of a summary."""
    row = {"method": method, "label": method, "without": "", "rate": rate, "n": n}
    return row | {figure: value, f"{figure}_std": spread}


def drawn(*rows, figure=FIGURE, **more):
    return charts.accuracy(pd.DataFrame(rows), figure, "test accuracy at the last epoch", **more)


def lines(spec):
    """Lines of means by their name: rate and value of every point."""
    return {one["name"]: [point[:2] for point in one["data"]] for one in spec["series"] if one.get("symbolSize") == 8}


def bars(spec):
    """Rate, lower and upper end of every bar."""
    ends = [end for one in spec["series"] if one.get("symbol") == "rect" for end in one["data"] if end != [None, None]]
    return [(low[0], low[1], high[1]) for low, high in zip(ends[::2], ends[1::2], strict=True)]


def levels(spec):
    """Text, value and band of every level."""
    found = []
    for one in (one for one in spec["series"] if "markLine" in one):
        line, band = one["markLine"], one.get("markArea", {"data": [[]]})["data"][0]
        found.append((line["label"]["formatter"], line["data"][0]["yAxis"], *[end["yAxis"] for end in band]))
    return found


def test_full_data_of_several_seeds_is_a_level_in_a_band_of_one_standard_deviation():
    spec = drawn(entry("full", 1.0, 0.9, 0.02, 3))
    assert levels(spec) == [("Full data 90.0 ± 2.0 % (n = 3)", 90, 88, 92)]
    assert list(lines(spec).values()) == [[[100, 90]]]  # a point gives the axes a range


def test_full_data_of_one_seed_has_no_band_and_says_n():
    assert levels(drawn(entry("full", 1.0, 0.9, np.nan, 1))) == [("Full data 90.0 % (n = 1)", 90)]


def test_random_is_drawn_first_in_grey_and_no_two_methods_share_a_colour():
    spec = drawn(*[entry(name, 0.1, 0.5, 0.1, 2) for name in ("aum", "eva", "random", "el2n")])
    assert list(lines(spec)) == spec["legend"]["data"] == ["random", "aum", "el2n", "eva"]
    colours = [one["itemStyle"]["color"] for one in spec["series"] if one.get("symbolSize") == 8]
    assert colours[0] == theme.look("random").colour
    assert len(set(colours)) == 4


def test_a_line_runs_through_the_rates_in_order_with_its_spread():
    spec = drawn(entry("eva", 0.3, 0.8, 0.01, 2), entry("eva", 0.05, 0.6, np.nan, 1))
    assert lines(spec) == {"eva": [[5, 60], [30, 80]]}
    assert bars(spec) == [(30, 79, 81)]


def test_a_point_says_its_rate_value_and_n():
    spec = drawn(entry("eva", 0.3, 0.8, 0.01, 2))
    assert spec["series"][0]["data"][0][2] == "α = 30 %: 80 % (n = 2)"


def test_rates_stand_on_a_logarithmic_axis_with_a_number_each():
    axis = drawn(entry("eva", 0.3, 0.8, 0.01, 2), entry("eva", 0.05, 0.6, np.nan, 1))["xAxis"]
    assert (axis["type"], axis["axisLabel"]["customValues"]) == ("log", [5, 30])
    assert axis["min"] < 5 < 30 < axis["max"]


def test_every_retraining_that_did_not_collapse_is_a_point():
    rows = [
        {"label": "eva", "rate": 0.1, "collapsed": c, FIGURE: value, "seed": c} for c, value in ((0, 0.5), (1, 0.1))
    ]
    spec = drawn(entry("eva", 0.1, 0.5, np.nan, 1), retrainings=pd.DataFrame(rows))
    assert [one["data"] for one in spec["series"] if one["type"] == "scatter"] == [[[10, 50, "α = 10 %: 50 %, seed 0"]]]


def test_a_configuration_whose_runs_all_collapsed_is_not_drawn():
    assert not drawn(entry("eva", 0.1, np.nan, np.nan, 0), entry("full", 1.0, np.nan, np.nan, 0))["series"]


def test_the_auc_stays_between_0_and_1():
    name = "test_auc_best_val"
    spec = drawn(entry("eva", 0.1, 0.95, 0.01, 2, name), entry("full", 1.0, 0.99, 0.001, 2, name), figure=name)
    assert lines(spec) == {"eva": [[10, 0.95]]}
    assert spec["yAxis"]["name"] == "test accuracy at the last epoch"
    assert levels(spec)[0][0] == "Full data 0.990 ± 0.001 (n = 2)"


def test_intervals_take_the_place_of_standard_deviations_when_asked_for():
    row = entry("eva", 0.1, 0.5, 0.01, 2) | {f"{FIGURE}_half": 0.09}
    assert bars(drawn(row, spread="half")) == [(10, 41, 59)]


def test_bars_end_where_no_accuracy_can_be():
    row = entry("eva", 0.1, 0.95, 0.01, 2) | {f"{FIGURE}_half": 0.97}
    assert bars(drawn(row, spread="half")) == [(10, 0, 100)]


def test_published_numbers_are_a_layer_with_a_name_of_its_own():
    points = [Published("EVA · Random", 0.1, 0.81, 0.01), Published("EVA · Random", 0.05, 0.73, np.nan)]
    spec = drawn(entry("random", 0.1, 0.5, np.nan, 1), published=points)
    assert lines(spec) == {"random": [[10, 50]], "published: EVA · Random": [[5, 73], [10, 81]]}
    assert bars(spec) == [(10, 80, 82)]
    layer = spec["series"][1]
    assert (layer["lineStyle"]["type"], layer["itemStyle"]["color"]) == ("dotted", "transparent")


def test_the_difference_to_random_is_drawn_in_points_about_a_line_at_zero():
    table = pd.DataFrame([{"label": "eva", "rate": 0.1, "n": 3, "difference": -0.02, "half": 0.01}])
    spec = charts.difference(table, FIGURE, {"eva": "eva"})
    assert lines(spec) == {"eva": [[10, -2]]}
    assert bars(spec) == [(10, -3, -1)]
    assert levels(spec) == [("", 0)]


def test_a_training_mode_is_a_line_of_its_own_at_the_share_it_used():
    one = {"line": "rs2 (training mode)", "n": 2, "half": 0.03, "sd": 0.01}
    modes = pd.DataFrame(
        [one | {"used_share": 0.3, "value": 0.8}, one | {"used_share": 0.0995, "value": 0.7},
         one | {"line": "infobatch (training mode)", "used_share": 0.7, "value": 0.85}]
    )  # fmt: skip
    spec = drawn(entry("random", 0.1, 0.5, 0.1, 2), modes=modes)
    assert lines(spec) == {
        "random": [[10, 50]], "infobatch (training mode)": [[70, 85]], "rs2 (training mode)": [[10, 70], [30, 80]],
    }  # fmt: skip
    assert spec["series"][-2]["data"][0][2] == "10 % used: 70 % (n = 2)"
