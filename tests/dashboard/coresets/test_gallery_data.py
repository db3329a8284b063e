"""What a gallery is asked to show, worked out by hand on 8 samples."""

import numpy as np
import pytest

from coreset_engine.coreset import Coreset
from coreset_engine.dashboard.coresets.gallery_data import as_table, sort_orders, sorted_by

VALUES = np.array([0.1, 0.8, 0.3, 0.9, 0.2, 0.7, 0.4, 0.6])


@pytest.fixture
def shown():
    return Coreset(np.array([1, 3, 5]), VALUES, "highest")


def test_images_can_be_sorted_by_every_score_that_needs_no_options_and_no_snapshot():
    orders = sort_orders()
    assert orders["aum, lowest first"] == ("aum", False)
    assert {"el2n, highest first", "forgetting, highest first", "confidence, lowest first"} <= set(orders)
    assert not {"eva, highest first", "margin, highest first", "random, highest first"} & set(orders)


@pytest.mark.parametrize(("order", "rows"), [("aum, highest first", [1, 4, 3, 0]), ("aum, lowest first", [0, 4, 3, 1])])
def test_an_order_brings_the_end_it_names_first_and_leaves_equal_rows_as_they_are(order, rows):
    values = np.array([-0.5, 0.9, 9.0, 0.1, 0.1])  # row 2 is not among those shown
    method, highest = sort_orders()[order]
    assert method == "aum"
    assert sorted_by(np.array([4, 0, 3, 1]), values, highest).tolist() == rows


def test_a_group_is_taken_away_with_class_score_and_rank(shown):
    table = as_table(np.array([5, 0]), shown, np.array([0, 0, 0, 0, 0, 1, 0, 0]), ("liver", "heart"))
    assert table.to_dict("list") == {
        "index": [5, 0], "class_name": ["heart", "liver"], "score": [0.7, 0.1], "rank": [3, 8], "kept": [1, 0],
    }  # fmt: skip
