"""One coreset looked at, worked out by hand on 8 samples."""

from dataclasses import replace

import numpy as np
import pytest

from coreset_engine.analysis.coresets import CutOff, Injection, cut_off, histogram, injections, members, one_threshold
from coreset_engine.coreset import Coreset, CoresetSpec
from coreset_engine.datasets import corruptions

VALUES = np.array([0.1, 0.8, 0.3, 0.9, 0.2, 0.7, 0.4, 0.6])


@pytest.fixture
def shown():
    return Coreset(np.array([1, 3, 5]), VALUES, "highest")


def test_the_cut_is_the_score_of_the_last_kept_sample(shown):
    assert (shown.size, shown.threshold) == (3, 0.7)


@pytest.mark.parametrize(
    ("group", "rows"), [("kept", [3, 1, 5]), ("dropped", [0, 4, 2, 6, 7]), ("boundary", [5, 7, 1, 6, 3, 2, 4, 0])]
)
def test_the_groups_of_the_gallery_and_their_order(shown, group, rows):
    assert members(shown, group).tolist() == rows


CUT = np.array([0, 1, 0, 0, 1, 0, 1, 0], bool)


def test_what_was_cut_off_is_a_group_of_its_own_best_ranked_first(shown):
    assert members(replace(shown, cut=CUT), "cut off").tolist() == [1, 6, 4]


def test_what_was_cut_off_is_counted_with_its_label_errors(shown):
    wrong = np.array([1, 1, 0, 0, 1, 0, 0, 0], bool)
    assert cut_off(replace(shown, cut=CUT), {"wrong_label": wrong}) == CutOff(3, 2, 1, 3)
    assert cut_off(replace(shown, cut=CUT), {}) == CutOff(3, 0, 3, 0)
    assert cut_off(shown, {"wrong_label": wrong}) is None


@pytest.mark.parametrize(
    ("given", "cut"),
    [
        ({}, 0.7),
        ({"hard_cutoff": 0.3}, 0.7),
        ({"class_budget": "equal"}, None),
        ({"rule": "balanced"}, None),
        ({"group_budget": "equal"}, None),
    ],
)
def test_one_score_divides_the_samples_only_without_rule_and_budgets(shown, given, cut):
    assert one_threshold(replace(shown, spec=CoresetSpec("tiny", "aum", rate=0.375, **given))) == cut


def test_every_sample_falls_into_one_bin_of_the_histogram(shown):
    edges, every, kept = histogram(shown)
    assert (edges[0], edges[-1]) == (0.1, 0.9)
    assert (every.sum(), kept.sum(), kept[-1]) == (8, 3, 1)


def test_infinite_scores_are_counted_in_the_last_bin():
    values = np.array([0.0, 1.0, np.inf])
    found = histogram(Coreset(np.array([2]), values, "highest"))
    assert (found[1][-1], found[2][-1]) == (2, 1)


def test_a_near_duplicate_counts_only_when_its_original_is_kept_too(shown):
    truth = {
        "wrong_label": np.array([1, 1, 0, 0, 0, 1, 0, 0], bool),
        "duplicate_of": np.array([-1, 3, -1, -1, 5, 0, -1, -1]),  # both kept; the copy dropped; the original dropped
    }
    rate = shown.kept.mean()
    wrong, pairs = injections(truth, shown.kept)
    assert wrong == Injection("label errors", 2, 3, 3 * rate)
    assert pairs == Injection("near-duplicate pairs", 1, 3, 3 * rate**2)


def test_corrupted_images_are_counted_by_the_kind_of_their_corruption(shown):
    codes = np.array([0, 1, 3, 3, 0, 0, 0, 1], np.uint8)
    found = injections({"corrupted": codes}, shown.kept)
    assert [one.kind for one in found] == [f"{corruptions.TYPES[0]} images", f"{corruptions.TYPES[2]} images"]
    assert [(one.kept, one.total) for one in found] == [
        (int(shown.kept[[1, 7]].sum()), 2),
        (int(shown.kept[[2, 3]].sum()), 2),
    ]


def test_where_rows_are_excluded_the_cut_is_the_score_of_the_last_one_kept():
    values = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    shown = Coreset(np.array([1, 3]), values, "highest")  # rows 0 and 2 are excluded
    assert shown.threshold == 0.6
