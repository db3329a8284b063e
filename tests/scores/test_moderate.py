"""Moderate: distances to the class's median, and the middle of them."""

import numpy as np
import pytest

from coreset_engine import Snapshot, score, select
from tests.snapshots import golden_arrays, golden_snapshot


def on_a_line(*places, labels):
    features = np.array(places, float)[:, None]
    return Snapshot.from_arrays(features=features, logits=np.zeros((len(places), max(labels) + 1)), labels=labels)


def test_it_equals_the_distances_of_the_released_code():
    np.testing.assert_allclose(score(golden_snapshot(), "moderate"), golden_arrays()["moderate_distance"], rtol=1e-5)


@pytest.mark.parametrize("rule", ["middle", "top"])
@pytest.mark.parametrize("share", [10, 30, 50, 70])
def test_the_middle_of_the_ranking_is_what_the_released_code_keeps(share, rule):
    rows = select(golden_snapshot(), method="moderate", rate=share / 100, rule=rule)
    assert set(rows.tolist()) == set(golden_arrays()[f"moderate_keep_rate{share}"].tolist())


def test_the_centre_is_the_median_and_not_the_mean():
    values = score(on_a_line(0, 1, 2, 3, 100, labels=[0] * 5), "moderate")  # median 2, mean 21.2
    np.testing.assert_array_equal(values, [2, 1, 0, 1, 98])


def test_every_class_has_its_own_centre_and_a_missing_class_is_no_trouble():
    values = score(on_a_line(0, 10, 4, 20, labels=[0, 2, 0, 2]), "moderate")  # medians 2 and 15; class 1 is empty
    np.testing.assert_array_equal(values, [2, 5, 2, 5])


def test_balanced_keeps_the_middle_of_every_class():
    snapshot = on_a_line(0, 1, 5, 0, 2, 9, labels=[0, 0, 0, 1, 1, 1])  # distances 1 0 4 and 2 0 7: middle 1 and 2
    np.testing.assert_array_equal(select(snapshot, method="moderate", rate=1 / 3, balanced=True), [0, 3])
