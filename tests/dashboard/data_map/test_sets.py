"""Which rows of an area of the data map are ticked to be left out."""

import numpy as np

from coreset_engine.dashboard.data_map import sets


def test_rows_of_an_area_are_split_into_those_to_tick_and_those_whose_ticks_are_not_saved():
    inside = np.array([True, True, True, True, False, False])
    found = sets.ticks(inside, {1: "saved", 2: "new", 5: "new"}, {2: "new", 5: "new"})
    assert (found.count, found.free.tolist(), found.unsaved.tolist()) == (2, [0, 3], [2])


def test_an_area_without_a_tick_is_free():
    found = sets.ticks(np.array([False, True]), {}, {})
    assert (found.count, found.free.tolist(), found.unsaved.tolist()) == (0, [1], [])
