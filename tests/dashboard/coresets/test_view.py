"""What the Explore page shows, worked out by hand on 8 samples."""

import numpy as np
import pytest

from coreset_engine.coreset import Coreset
from coreset_engine.dashboard.coresets import view
from coreset_engine.datasets import corruptions
from coreset_engine.errors import ConfigError

VALUES = np.array([0.1, 0.8, 0.3, 0.9, 0.2, 0.7, 0.4, 0.6])


@pytest.fixture
def shown():
    return Coreset(np.array([1, 3, 5]), VALUES, np.argsort(-VALUES), "highest")


def test_the_cut_is_the_score_of_the_last_kept_sample(shown):
    assert (shown.size, shown.threshold) == (3, 0.7)


@pytest.mark.parametrize(
    ("group", "rows"), [("kept", [3, 1, 5]), ("dropped", [0, 4, 2, 6, 7]), ("boundary", [5, 7, 1, 6, 3, 2, 4, 0])]
)
def test_the_groups_of_the_gallery_and_their_order(shown, group, rows):
    assert view.members(shown, group).tolist() == rows


def test_every_sample_falls_into_one_bin_of_the_histogram(shown):
    edges, every, kept = view.histogram(shown)
    assert (edges[0], edges[-1]) == (0.1, 0.9)
    assert (every.sum(), kept.sum(), kept[-1]) == (8, 3, 1)


def test_infinite_scores_are_counted_in_the_last_bin():
    values = np.array([0.0, 1.0, np.inf])
    found = view.histogram(Coreset(np.array([2]), values, np.array([2, 1, 0]), "highest"))
    assert (found[1][-1], found[2][-1]) == (2, 1)


def test_class_counts_of_single_and_of_several_labels(shown):
    labels = np.array([0, 1, 0, 1, 2, 2, 0, 1])
    np.testing.assert_array_equal(view.class_counts(labels, 3, shown.kept), [[3, 0], [3, 2], [2, 1]])
    several = np.stack([labels == 0, labels >= 1], axis=1).astype(np.uint8)
    np.testing.assert_array_equal(view.class_counts(several, 2, shown.kept), [[3, 0], [5, 3]])


def test_a_near_duplicate_counts_only_when_its_original_is_kept_too(shown):
    truth = {
        "wrong_label": np.array([1, 1, 0, 0, 0, 1, 0, 0], bool),
        "duplicate_of": np.array([-1, 3, -1, -1, 5, 0, -1, -1]),  # both kept; the copy dropped; the original dropped
    }
    rate = shown.kept.mean()
    wrong, pairs = view.planted(truth, shown.kept)
    assert wrong == view.Planted("wrong labels", 2, 3, 3 * rate)
    assert pairs == view.Planted("near-duplicate pairs", 1, 3, 3 * rate**2)


def test_spoiled_images_are_counted_by_the_kind_of_their_corruption(shown):
    codes = np.array([0, 1, 3, 3, 0, 0, 0, 1], np.uint8)
    found = view.planted({"corrupted": codes}, shown.kept)
    assert [one.kind for one in found] == [f"{corruptions.TYPES[0]} images", f"{corruptions.TYPES[2]} images"]
    assert [(one.kept, one.total) for one in found] == [
        (int(shown.kept[[1, 7]].sum()), 2),
        (int(shown.kept[[2, 3]].sum()), 2),
    ]


@pytest.mark.parametrize(("text", "rows"), [("", []), ("3, 1", [3, 1]), ("1 1  2", [1, 2]), (" 7 ", [7])])
def test_row_numbers_are_read_from_a_text(text, rows):
    assert view.parse_rows(text, 8) == rows


@pytest.mark.parametrize("text", ["8", "-1", "a", "1.5", "١"])
def test_a_text_that_is_no_row_number_says_what_is_possible(text):
    if text == "١":  # a decimal digit of another script is read as the number it is
        assert view.parse_rows(text, 8) == [1]
        return
    with pytest.raises(ConfigError, match="from 0 to 7"):
        view.parse_rows(text, 8)


def test_images_can_be_sorted_by_every_score_that_needs_no_options_and_no_snapshot():
    orders = view.sort_orders()
    assert orders["aum, lowest first"] == ("aum", False)
    assert {"el2n, highest first", "forgetting, highest first", "confidence, lowest first"} <= set(orders)
    assert not {"eva, highest first", "margin, highest first", "random, highest first"} & set(orders)


@pytest.mark.parametrize(("order", "rows"), [("aum, highest first", [1, 4, 3, 0]), ("aum, lowest first", [0, 4, 3, 1])])
def test_an_order_brings_the_end_it_names_first_and_leaves_equal_rows_as_they_are(order, rows):
    values = np.array([-0.5, 0.9, 9.0, 0.1, 0.1])  # row 2 is not among those shown
    method, highest = view.sort_orders()[order]
    assert method == "aum"
    assert view.sorted_by(np.array([4, 0, 3, 1]), values, highest).tolist() == rows


def test_where_rows_are_excluded_the_cut_is_the_score_of_the_last_one_kept():
    values = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    shown = Coreset(np.array([1, 3]), values, np.argsort(-values), "highest")  # rows 0 and 2 are excluded
    assert shown.threshold == 0.6


def test_a_group_is_taken_away_with_class_score_and_rank(shown):
    table = view.as_table(np.array([5, 0]), shown, np.array([0, 0, 0, 0, 0, 1, 0, 0]), ("liver", "heart"))
    assert table.to_dict("list") == {
        "index": [5, 0], "class_name": ["heart", "liver"], "score": [0.7, 0.1], "rank": [3, 8], "kept": [1, 0],
    }  # fmt: skip
