"""The charts of the Compare page: what is drawn is what was counted."""

import numpy as np

from coreset_engine.analysis.overlap import Stability
from coreset_engine.dashboard.charts import theme
from coreset_engine.dashboard.compare import charts
from coreset_engine.dashboard.compare.data import Seeds


def test_a_matrix_has_a_cell_with_its_number_for_every_two_that_have_one():
    values = np.array([[1.0, np.nan], [0.25, 1.0]])
    spec, _ = charts.matrix(values, ["A", "B"], [["aa", "ab"], ["ba", "bb"]], 0.0)
    cells = {tuple(cell["value"][:2]): cell for cell in spec["series"][0]["data"]}
    assert set(cells) == {(0, 0), (0, 1), (1, 1)}
    assert (cells[0, 1]["label"]["formatter"], cells[0, 1]["tooltip"]["formatter"]) == ("25.0", "ba")


def test_a_number_that_is_nearly_nothing_has_no_sign():
    spec, _ = charts.matrix(np.array([[-0.001]]), ["A"], [[""]], -1.0)
    assert spec["series"][0]["data"][0]["label"]["formatter"] == "0.00"


def test_the_dots_below_a_bar_are_coloured_for_the_selections_that_keep_its_samples():
    spec, _ = charts.intersections([((0, 2), 7), ((1,), 3)], ["A", "B", "D"], theme.looks(["el2n", "eva", "eva"]), 1)
    bars, dots = spec["series"]
    assert [(bar["name"], bar["value"]) for bar in bars["data"]] == [("only A+D", 7), ("only B", 3)]
    coloured = {tuple(dot["value"]): dot["itemStyle"]["color"] for dot in dots["data"]}
    assert {at for at, colour in coloured.items() if colour != "transparent"} == {(0, 0), (0, 2), (1, 1)}
    assert (coloured[0, 0], coloured[0, 2], coloured[1, 1]) == ("#9E540C", "#0072B2", "#0072B2")
    marks = {tuple(dot["value"]): dot["symbol"] for dot in dots["data"]}
    assert marks[1, 1] != marks[0, 2]  # two selections of one method


def test_a_class_cell_shows_the_share_and_its_colour_the_ratio_to_all_data():
    counts = np.array([[50, 4, 0], [50, 1, 5]])
    spec, _ = charts.classes(counts, ["liver", "lung"], ["A", "B"])
    cells = {tuple(cell["value"][:2]): cell for cell in spec["series"][0]["data"]}
    assert cells[1, 0]["label"]["formatter"] == "80.0"
    np.testing.assert_allclose(cells[1, 0]["value"][2], np.log2(80 / 50), atol=1e-4)
    assert cells[2, 0]["value"][2] == -2  # nothing kept: the end of the colours
    assert cells[0, 1]["value"][2] == 0


def test_a_class_name_can_not_bring_markup_into_a_tooltip():
    spec, _ = charts.classes(np.array([[2, 1]]), ["<img src=x>"], ["A"])
    assert not any("<img" in cell["tooltip"]["formatter"] for cell in spec["series"][0]["data"])


def test_two_seeds_have_a_mean_and_no_range():
    found = [
        Seeds("A", "recordings", Stability(3, 0.5, 0.4, 0.6)),
        Seeds("B", "draws", Stability(2, 0.2, np.nan, np.nan)),
        Seeds("B", "recordings", None),
    ]
    spec, _ = charts.seeds(found, {"A": 0.05, "B": 0.05}, dict(zip("AB", theme.looks(["eva", "random"]), strict=True)))
    ranges = [series for series in spec["series"] if series["type"] == "line"]
    assert [series["data"] for series in ranges] == [[[40.0, 0], [60.0, 0]]]
    assert [point["value"] for point in spec["series"][1]["data"]] == [[50.0, 0], [20.0, 1]]
    assert spec["yAxis"]["data"] == ["A, recordings, n = 3", "B, draws, n = 2"]


def test_of_many_classes_those_are_drawn_whose_share_is_farthest_from_that_in_all_data():
    counts = np.full((100, 2), 10)
    counts[99, 1] = 500
    spec, _ = charts.classes(counts, [f"class {number}" for number in range(100)], ["A"])
    assert len(spec["series"][0]["data"]) == 2 * charts.MOST
    assert "class 99" in spec["yAxis"]["data"]
