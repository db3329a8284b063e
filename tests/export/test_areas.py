"""The sets of rows that are made of an area of a map of two scores."""

import json

import numpy as np
import pytest

from coreset_engine import CoresetSpec, export
from coreset_engine.errors import ConfigError
from coreset_engine.export import Area, areas

WHERE = Area(("variability", {}), ("confidence", {}), "box_0_0.1_0_1")
CRAIG = CoresetSpec("tiny", "craig", rate=0.5)
BASE = export.CoresetFile(
    np.array([1, 3, 4]),
    np.array([0.1, 0.4, 0.1, 0.2, 0.3, 0.0]),
    np.array([0, 1, 0, 1, 0, 1]),
    ("a", "b"),
    {"method": "craig", "options": {}, "rule": "top", "rate": 0.5, "keep": "highest", "source": "paper"},
    np.array([2.0, 1.0, 3.0]),
)


def mask(*rows):
    return np.isin(np.arange(6), rows)


@pytest.fixture
def asked(monkeypatch):
    """What coreset is asked for each time; it is always rows 1, 3 and 4 of 6 with weights."""
    found = []
    monkeypatch.setattr(areas, "with_origin", lambda spec, sources: found.append(spec) or BASE)
    return found


def test_an_area_is_added_to_a_coreset_or_taken_from_it_and_excluded_rows_are_in_no_set():
    inside, kept, excluded = mask(0, 1, 4), mask(0, 2, 5), np.array([4, 5])
    sets = {how: export.combined(how, inside, kept, excluded).tolist() for how in export.HOW}
    assert sets == {"the area": [0, 1], "coreset + area": [0, 1, 2], "coreset − area": [2]}
    assert inside[4]


def test_the_manifest_of_an_area_says_on_which_map_it_was_drawn(asked):
    made = export.set_of_area(CRAIG, WHERE, "the area", mask(0, 2, 5))
    assert asked == [CoresetSpec("tiny", "variability", rate=0.5)]
    said = json.loads(export.as_bytes(made, "json"))
    assert said["indices"] == [0, 2, 5]
    assert (said["set"], said["rule"], said["rate"]) == ("the area", "area", 0.5)
    assert said["area"] == {
        "x": {"method": "variability", "options": {}},
        "y": {"method": "confidence", "options": {}},
        "shapes": "box_0_0.1_0_1",
    }
    assert made.weights is None


def test_a_changed_coreset_keeps_method_and_rate_of_the_one_it_was_and_weights_only_where_it_shrank(asked):
    fewer = export.set_of_area(CRAIG, WHERE, "coreset − area", mask(0, 3))
    assert asked == [CRAIG]
    assert (fewer.origin["method"], fewer.origin["coreset_rate"], fewer.origin["rate"]) == ("craig", 0.5, 2 / 6)
    assert fewer.indices.tolist() == [1, 4]
    assert fewer.weights.tolist() == [2, 3]
    more = export.set_of_area(CRAIG, WHERE, "coreset + area", mask(0, 3))
    assert more.weights is None
    assert more.table()["index"].tolist() == [1, 4, 3, 0]


@pytest.mark.parametrize(("how", "inside"), [("the area", mask()), ("coreset − area", mask(1, 3, 4))])
def test_an_empty_set_can_not_be_taken_away(how, inside, asked):
    with pytest.raises(ConfigError, match="Draw another area"):
        export.set_of_area(CRAIG, WHERE, how, inside)
