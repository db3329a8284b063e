"""What the Windows page says of a map, from values written by hand."""

import numpy as np
import pytest

from coreset_engine import window_map
from coreset_engine.dashboard.windows import charts, data

NAN = np.nan


def cells(rows):
    """A map of 4 starts, K = 10, with six legal pairs."""
    matrix = np.array(rows, np.float32)
    found = window_map.WindowMap(np.array([1, 11, 21, 31]), 10, 0.1, 60, 600, 40, matrices={"overlap": matrix})
    return charts.cells(found, "overlap")


def test_the_start_whose_neighbours_differ_more_is_said_to_decide():
    # in t_e: |20-60|, |20-60|, |60-90| = 40, 40, 30; in t_l: 0, 0, 0
    rows = [[NAN, 0.2, 0.2, 0.2], [NAN, NAN, 0.6, 0.6], [NAN, NAN, NAN, 0.9], [NAN] * 4]
    assert data.tendency(cells(rows), 10) == [
        "One cell further in t_e changes it by 37 points on average, in t_l by 0 points: here t_e decides."
    ]


def test_starts_that_change_it_alike_are_said_to_matter_alike():
    # in t_e: 20, 20, 20; in t_l: 20, 20, 20
    rows = [[NAN, 0.2, 0.4, 0.6], [NAN, NAN, 0.6, 0.8], [NAN, NAN, NAN, 1.0], [NAN] * 4]
    assert data.tendency(cells(rows), 10)[0].endswith("both matter alike.")


def test_of_two_cells_nothing_is_said():
    found = window_map.WindowMap(
        np.array([1, 11, 21]), 10, 0.1, 6, 60, 30,
        matrices={"overlap": np.array([[NAN, 0.1, 0.2], [NAN, NAN, 0.3], [NAN] * 3], np.float32)},
    )  # fmt: skip
    assert data.tendency(charts.cells(found, "overlap"), 10) == []


@pytest.mark.parametrize(("length", "more"), [(5, "A smaller K has more"), (2, "A longer recording has more")])
def test_beside_one_cell_it_is_said_what_has_more(length, more):
    matrix = np.array([[NAN, 1.0], [NAN, NAN]], np.float32)
    starts = np.array([1, 1 + length])
    found = window_map.WindowMap(starts, length, 0.1, 6, 60, 2 * length, matrices={"overlap": matrix})
    assert more in data.tendency(charts.cells(found, "overlap"), length)[0]
