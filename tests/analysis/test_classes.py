"""Samples by class, worked out by hand on few of them."""

import numpy as np
import pytest

from coreset_engine import Dynamics
from coreset_engine.analysis.classes import captions, class_counts, class_texts, kept_rates, of_class

KEPT = np.array([0, 1, 0, 1, 0, 1, 0, 0], bool)
NAMES = ("liver", "heart", "bone")
SEVERAL = np.array([[1, 0, 1], [0, 0, 0], [0, 1, 0]], np.uint8)


def test_class_counts_of_single_and_of_several_labels():
    labels = np.array([0, 1, 0, 1, 2, 2, 0, 1])
    np.testing.assert_array_equal(class_counts(labels, 3, KEPT), [[3, 0], [3, 2], [2, 1]])
    several = np.stack([labels == 0, labels >= 1], axis=1).astype(np.uint8)
    np.testing.assert_array_equal(class_counts(several, 2, KEPT), [[3, 0], [5, 3]])


def test_kept_rates_begin_with_the_class_of_which_least_is_kept_and_leave_out_classes_without_samples():
    found = kept_rates(np.array([[10, 3], [40, 4], [0, 0], [5, 5]]), ("liver", "heart", "bone", "lung"))
    assert [(one.name, one.kept, one.total, one.rate) for one in found] == [
        ("heart", 4, 40, 0.1), ("liver", 3, 10, 0.3), ("lung", 5, 5, 1.0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("labels", "rows"), [(np.array([1, 0, 1, 2]), [2, 0]), (np.array([[0, 1], [1, 0], [1, 1], [1, 0]]), [2, 0])]
)
def test_samples_of_a_class_stay_in_their_order(labels, rows):
    assert of_class(np.array([3, 2, 1, 0]), labels, NAMES[: labels.max(initial=1) + 1], "heart").tolist() == rows


def test_what_is_no_class_leaves_all_samples():
    assert of_class(np.array([2, 0]), np.array([0, 1, 2]), NAMES, "all").tolist() == [2, 0]


def test_several_labels_are_joined_in_files_and_for_people():
    assert class_texts(SEVERAL, NAMES) == ["liver;bone", "", "heart"]
    run = Dynamics.from_logits(np.zeros((1, 3, 3), np.float32), SEVERAL)
    assert captions(run, [0, 1], NAMES) == ["liver+bone", "no label"]
