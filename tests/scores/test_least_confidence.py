"""Least confidence."""

import numpy as np
import pytest

from coreset_engine import Snapshot, score, select
from tests.snapshots import CASES, golden_arrays, golden_set, golden_snapshot


def of_probabilities(*rows):
    return Snapshot.from_arrays(features=np.ones((len(rows), 1)), logits=np.log(rows), labels=[0] * len(rows))


def test_it_is_what_the_first_choice_leaves():
    values = score(of_probabilities([0.7, 0.2, 0.1], [0.3, 0.3, 0.4]), "least-confidence")
    np.testing.assert_allclose(values, [0.3, 0.6], rtol=1e-6)


def test_near_certainty_keeps_its_digits():
    snapshot = Snapshot.from_arrays(features=np.ones((1, 1)), logits=[[60.0, 0.0]], labels=[0])
    np.testing.assert_allclose(score(snapshot, "least-confidence"), np.exp(-60), rtol=1e-6)


def test_in_logit_space_it_is_the_score_of_deepcore_negated():
    reference = golden_arrays()["unc_LeastConfidence_score"]
    np.testing.assert_allclose(score(golden_snapshot(), "least-confidence", space="logit"), -reference, rtol=1e-7)


@pytest.mark.parametrize(("share", "balanced"), CASES)
def test_it_selects_as_deepcore_whose_unbalanced_selection_is_reversed(share, balanced):
    rule = {"rule": "balanced", "budget": "round", "keep": "highest"} if balanced else {"keep": "lowest"}
    rows = select(golden_snapshot(), method="least-confidence", rate=share / 100, space="logit", **rule)
    assert set(rows.tolist()) == golden_set("unc_LeastConfidence", share, balanced)


def test_multi_label_is_the_mean_over_the_labels():
    p = np.array([[0.9, 0.4]])
    snapshot = Snapshot.from_arrays(features=np.ones((1, 1)), logits=np.log(p / (1 - p)), labels=[[1, 1]])
    np.testing.assert_allclose(score(snapshot, "least-confidence"), [(0.1 + 0.4) / 2], rtol=1e-6)
    halves = np.log(p / (1 - p)) / 2  # yes and no as two classes of logits z/2 and -z/2
    expected = [-np.abs(halves).mean()]
    np.testing.assert_allclose(score(snapshot, "least-confidence", space="logit"), expected, rtol=1e-6)
