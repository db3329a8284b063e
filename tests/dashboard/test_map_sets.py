"""The sets of rows that are made of an area of the data map, and which of its rows are ticked to be left out."""

import json

import numpy as np
import pytest

from coreset_engine import export
from coreset_engine.dashboard import map_sets
from coreset_engine.dashboard.data_map import Axis
from coreset_engine.errors import ConfigError

FEW = Axis("variability", "Variability", "highest", {}, np.array([0.1, 0.4, 0.1, 0.2, 0.3, 0.0]))
OTHER = Axis("confidence", "Confidence", "lowest", {}, np.array([0.9, 0.5, 0.1, 0.2, 0.6, 1.0]))


def test_an_area_is_added_to_a_coreset_or_taken_from_it_and_excluded_rows_are_in_no_set():
    inside = np.array([True, True, False, False, True, False])
    kept = np.array([True, False, True, False, False, True])
    excluded = np.array([4, 5])
    sets = {how: map_sets.combined(how, inside, kept, excluded).tolist() for how in map_sets.HOW}
    assert sets == {"the area": [0, 1], "coreset + area": [0, 1, 2], "coreset − area": [2]}
    assert inside[4]


BASE = export.Coreset(
    np.array([1, 3, 4]),
    FEW.values,
    np.array([0, 1, 0, 1, 0, 1]),
    ("a", "b"),
    {"method": "craig", "options": {}, "rule": "top", "rate": 0.5, "keep": "highest", "source": "paper"},
    np.array([2.0, 1.0, 3.0]),
)


def test_the_manifest_of_an_area_says_on_which_map_it_was_drawn():
    made = map_sets.to_export(BASE, "the area", np.array([0, 2, 5]), FEW, OTHER, "box_0_0.1_0_1")
    said = json.loads(export.as_bytes(made, "json"))
    assert said["indices"] == [0, 2, 5]
    assert (said["set"], said["rule"], said["rate"]) == ("the area", "area", 0.5)
    assert said["area"] == {
        "x": {"method": "variability", "options": {}},
        "y": {"method": "confidence", "options": {}},
        "shapes": "box_0_0.1_0_1",
    }
    assert made.weights is None


def test_a_changed_coreset_keeps_method_and_rate_of_the_one_it_was_and_weights_only_where_it_shrank():
    fewer = map_sets.to_export(BASE, "coreset − area", np.array([1, 4]), FEW, OTHER, "box_0_1_0_1")
    assert (fewer.origin["method"], fewer.origin["coreset_rate"], fewer.origin["rate"]) == ("craig", 0.5, 2 / 6)
    assert fewer.weights.tolist() == [2, 3]
    more = map_sets.to_export(BASE, "coreset + area", np.array([0, 1, 3, 4]), FEW, OTHER, "box_0_1_0_1")
    assert more.weights is None
    assert more.table()["index"].tolist() == [1, 4, 3, 0]


def test_an_empty_set_can_not_be_taken_away():
    with pytest.raises(ConfigError, match="Draw another area"):
        map_sets.to_export(BASE, "the area", np.empty(0, np.int64), FEW, OTHER, "")


def test_rows_of_an_area_are_split_into_those_to_tick_and_those_whose_ticks_are_not_saved():
    inside = np.array([True, True, True, True, False, False])
    found = map_sets.ticked(inside, {1: "saved", 2: "new", 5: "new"}, {2: "new", 5: "new"})
    assert (found.count, found.free.tolist(), found.unsaved.tolist()) == (2, [0, 3], [2])


def test_an_area_without_a_tick_is_free():
    found = map_sets.ticked(np.array([False, True]), {}, {})
    assert (found.count, found.free.tolist(), found.unsaved.tolist()) == (0, [1], [])
