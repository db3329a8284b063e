"""Margin between the first and the second choice."""

import numpy as np
import pytest

from coreset_engine import Snapshot, score, select
from tests.snapshots import CASES, golden_arrays, golden_set, golden_snapshot


def test_it_compares_the_two_most_probable_classes_whatever_the_label():
    p = [[0.7, 0.2, 0.1], [0.1, 0.45, 0.45]]
    snapshot = Snapshot.from_arrays(features=np.ones((2, 1)), logits=np.log(p), labels=[2, 0])
    np.testing.assert_allclose(score(snapshot, "margin"), [0.5, 1], rtol=1e-6)


def test_it_equals_the_scores_of_deepcore():
    expected = 1 - golden_arrays()["unc_Margin_score"]
    np.testing.assert_allclose(score(golden_snapshot(), "margin"), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize(("share", "balanced"), CASES)
def test_it_selects_as_deepcore_whose_unbalanced_selection_is_reversed(share, balanced):
    rule = {"rule": "balanced", "budget": "round", "keep": "highest"} if balanced else {"keep": "lowest"}
    rows = select(golden_snapshot(), method="margin", rate=share / 100, **rule)
    assert set(rows.tolist()) == golden_set("unc_Margin", share, balanced)


def test_multi_label_is_the_mean_over_the_labels():
    p = np.array([[0.9, 0.4]])
    snapshot = Snapshot.from_arrays(features=np.ones((1, 1)), logits=np.log(p / (1 - p)), labels=[[1, 1]])
    np.testing.assert_allclose(score(snapshot, "margin"), [(0.2 + 0.8) / 2], rtol=1e-6)
