"""The window map as ECharts options, from matrices written by hand."""

import json

import numpy as np
import pytest

from coreset_engine import window_map
from coreset_engine.dashboard.windows import charts
from coreset_engine.dashboard.windows.charts import Marks
from coreset_engine.dashboard.windows.outcomes import PairAccuracy

NAN = np.nan


def small(values, measure="overlap"):
    """A map of 4 starts, K = 10, with six legal pairs."""
    return window_map.WindowMap(
        np.array([1, 11, 21, 31]), 10, 0.1, 60, 600, 40, matrices={measure: np.array(values, np.float32)}
    )


@pytest.fixture
def shown():
    rows = [[NAN, 0.1, 0.2, 1.0], [NAN, NAN, 0.4, 0.55], [NAN, NAN, NAN, 0.6], [NAN] * 4]
    return charts.cells(small(rows), "overlap")


def fine(epochs=200, length=10, seed=0, top=1.0):
    """A map of every pair with random values up to `top`."""
    starts = window_map.starts(epochs, length, 1)
    values = np.random.default_rng(seed).uniform(0, top, (len(starts), len(starts))).astype(np.float32)
    values[starts[None, :] < starts[:, None] + length] = NAN
    return window_map.WindowMap(starts, length, 0.1, 60, 600, epochs, matrices={"overlap": values})


def test_legal_pairs_become_cells_row_by_row_and_illegal_ones_stay_blank(shown):
    assert shown.pairs == [(1, 11), (1, 21), (1, 31), (11, 21), (11, 31), (21, 31)]
    assert (shown.values.tolist(), shown.unit) == ([10, 20, 100, 40, 55, 60], "%")


def test_a_rank_correlation_is_shown_in_hundredths():
    rows = [[NAN, -0.25, 0.5, 1.0], [NAN, NAN, 0, 0], [NAN, NAN, NAN, 0], [NAN] * 4]
    found = charts.cells(small(rows, "agreement"), "agreement")
    assert (found.values.tolist()[:3], found.unit) == ([-25, 50, 100], "ρ × 100")


def test_every_cell_is_placed_by_its_windows_and_says_its_epochs(shown):
    spec = charts.spec(shown, "Overlap", 10, Marks((1, 21), (1, 21)))
    # places count from 1: the first category of an axis is empty
    assert spec["series"][0]["data"][1] == [3, 1, 20.0, "t_e 1–10, t_l 21–30"]
    assert spec["xAxis"][1]["data"] == ["", "1", "11", "21", "31"]
    assert (spec["xAxis"][0]["min"], spec["yAxis"][0]["max"]) == (2, 3)
    assert "%" in spec["title"][0]["text"]


def test_the_legend_lies_in_the_free_corner_of_the_map_and_above_a_map_that_has_none(shown):
    assert charts.spec(shown, "Overlap", 10, Marks((1, 21), (1, 21)))["grid"]["top"] == 8
    alone = charts.cells(fine(epochs=20), "overlap")
    spec = charts.spec(alone, "Overlap", 10, Marks((1, 11), (1, 11)))
    assert alone.pairs == [(1, 11)]
    assert spec["grid"]["top"] > spec["visualMap"][0]["top"] + 12


def test_cells_of_a_column_have_no_name_in_common_by_which_they_would_be_selected_together(shown):
    spec = charts.spec(shown, "Overlap", 10, Marks((1, 21), (1, 21)))
    assert set(spec["xAxis"][0]["data"]) == set(spec["yAxis"][0]["data"]) == {""}


def test_the_current_windows_are_framed_and_so_are_those_compared_with(shown):
    framed = charts.spec(shown, "Overlap", 10, Marks((11, 31), (1, 21)))["series"][3:]
    assert [one["data"] for one in framed] == [[[3, 1, 0]], [[4, 2, 0]]]
    assert framed[1]["itemStyle"]["borderColor"] == charts.CUT


def test_windows_between_the_cells_are_not_framed(shown):
    assert charts.spec(shown, "Overlap", 10, Marks((4, 31), (4, 31)))["series"][3:] == []
    assert charts.nearest(shown.starts, 4) == 1
    assert charts.nearest(shown.starts, 6) == 1
    assert charts.nearest(shown.starts, 7) == 11


def test_accuracies_lie_over_their_cells_with_mean_spread_and_n(shown):
    found = [PairAccuracy(1, 31, 0.775, 0.02, 3), PairAccuracy(1, 21, 0.5, NAN, 1, 1), PairAccuracy(2, 31, 0.6, NAN, 1)]
    spec = charts.spec(shown, "Overlap", 10, Marks((1, 21), (1, 21), found, "val accuracy", [(11, 21)]))
    rows = spec["series"][charts.MEASURED]["data"]
    assert rows[0] == [4, 1, 77.5, "t_e 1–10, t_l 31–40", "77.5 % ± 2.0 (sd), n = 3"]
    assert rows[1][-1] == "50.0 %, n = 1, 1 collapsed"
    assert rows[2][:2] == [4, None]
    assert spec["series"][charts.UNTRIED]["data"] == [[3, 2]]
    assert [(one["min"], one["max"]) for one in spec["visualMap"]] == [(10, 100), (50, 77.5)]


def test_without_retrainings_there_is_no_legend_for_them(shown):
    assert len(charts.spec(shown, "Overlap", 10, Marks((1, 21), (1, 21)))["visualMap"]) == 1


def test_the_published_windows_are_a_diamond(shown):
    spec = charts.spec(shown, "Overlap", 10, Marks((1, 21), (1, 21), published=(21, 31)))
    assert spec["series"][-1]["symbol"] == "diamond"
    assert spec["series"][-1]["data"] == [[4, 3, 0]]


def test_every_pair_of_200_epochs_takes_three_bytes_a_cell():
    shown = charts.cells(fine(), "overlap")
    spec = charts.spec(shown, "Overlap", 10, Marks((1, 191), (1, 191)))
    frame = spec.pop("dataset")["source"]
    assert len(frame) == 16_471
    assert frame.to_numpy().nbytes + len(json.dumps(spec).encode()) < 60_000
    # where every start has a cell its place is the epoch
    assert frame[["t_e", "t_l"]].to_numpy().tolist() == [list(pair) for pair in shown.pairs]


def test_small_shares_on_the_fine_grid_keep_their_differences_as_per_mille():
    shown = charts.cells(fine(top=0.05), "overlap")
    assert (shown.unit, int(shown.values.max())) == ("‰", 50)


def test_a_map_of_one_value_has_a_legend_that_is_a_range():
    rows = [[NAN, 0.5, 0.5, 0.5], [NAN, NAN, 0.5, 0.5], [NAN, NAN, NAN, 0.5], [NAN] * 4]
    (legend,) = charts.spec(charts.cells(small(rows), "overlap"), "Overlap", 10, Marks((1, 21), (1, 21)))["visualMap"]
    assert legend["min"] < 50 < legend["max"]
