"""Which mark a click on the window map chose, from what the chart says is selected before and after it."""

import pytest

from coreset_engine.dashboard.windows import charts, clicks

HEAT, MEASURED = charts.HEAT, charts.MEASURED


@pytest.mark.parametrize(
    ("before", "after", "hit"),
    [
        ({}, {HEAT: 5}, (HEAT, 5)),
        ({HEAT: 5}, {HEAT: 8}, (HEAT, 8)),
        ({HEAT: 5}, {HEAT: 5, MEASURED: 1}, (MEASURED, 1)),
        ({HEAT: 5, MEASURED: 1}, {HEAT: 7, MEASURED: 1}, (HEAT, 7)),
        # the second press on a mark takes the selection back: it is meant all the same
        ({HEAT: 5}, {}, (HEAT, 5)),
        ({HEAT: 5, MEASURED: 1}, {HEAT: 5}, (MEASURED, 1)),
        # the page was left and opened again: the chart knows of no selection, the session still does
        ({HEAT: 5}, {HEAT: 5}, (HEAT, 5)),
        ({}, {}, None),
    ],
)
def test_a_click_is_what_changed(before, after, hit):
    assert clicks.clicked(before, after) == hit


def test_the_selection_is_read_series_by_series():
    groups = [{"series_index": 0, "data_indices": [12]}, {"series_index": 2, "data_indices": []}]
    assert clicks.selected(groups) == {0: 12}


def test_cells_and_accuracies_have_windows_of_their_own():
    cells, measured = [(1, 11), (1, 21)], [(1, 21)]
    assert clicks.pair_at(HEAT, 1, cells, measured) == (1, 21)
    assert clicks.pair_at(MEASURED, 0, cells, measured) == (1, 21)


def test_an_index_of_a_chart_that_has_changed_is_no_pair():
    assert clicks.pair_at(HEAT, 2, [(1, 11)], []) is None
    assert clicks.pair_at(MEASURED, 0, [(1, 11)], []) is None
