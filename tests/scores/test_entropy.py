"""Entropy of the last epoch."""

import numpy as np
import pytest

from coreset_engine import Dynamics, score, select
from tests.snapshots import CASES, golden_arrays, golden_set, golden_snapshot


def test_it_equals_the_golden_entropy(golden, golden_run):
    np.testing.assert_allclose(score(golden_run, "entropy"), golden("baselines")["entropy_last64"], rtol=0, atol=1e-6)


def test_it_equals_the_entropy_of_the_code_of_ccs(golden, golden_run):
    np.testing.assert_allclose(score(golden_run, "entropy"), golden("baselines")["ccs_entropy_last"], rtol=0, atol=1e-5)


def test_only_the_last_epoch_counts():
    logits = np.array([[[50.0, 0]], [[0, 0]]])
    got = score(Dynamics.from_logits(logits, [0]), "entropy")
    np.testing.assert_allclose(got, [np.log(2)], rtol=1e-6)


def test_a_snapshot_gives_the_entropy_of_its_outputs_as_deepcore_does():
    expected = -golden_arrays()["unc_Entropy_score"]
    np.testing.assert_allclose(score(golden_snapshot(), "entropy"), expected, rtol=0, atol=2e-5)  # its ln(p + 1e-6)


@pytest.mark.parametrize(("share", "balanced"), CASES)
def test_it_selects_as_deepcore_whose_unbalanced_selection_is_reversed(share, balanced):
    rule = {"rule": "balanced", "budget": "round", "keep": "highest"} if balanced else {"keep": "lowest"}
    rows = select(golden_snapshot(), method="entropy", rate=share / 100, **rule)
    assert set(rows.tolist()) == golden_set("unc_Entropy", share, balanced)
