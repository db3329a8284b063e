"""GraNd."""

import numpy as np
import pytest

from coreset_engine import Snapshot, score, select
from tests.gradients import golden, written_out
from tests.snapshots import CASES, golden_snapshot, random_snapshot


def test_a_worked_example():
    # p = (1/2, 1/2), label 0: e = (-1/2, 1/2), ||e||^2 = 1/2; ||[h, 1]||^2 = 3^2 + 4^2 + 1 = 26; ||e ⊗ [h, 1]||^2 = 13
    one = Snapshot.from_arrays(features=[[3, 4]], logits=[[7, 7]], labels=[0])
    assert score(one, "grand") == pytest.approx([13**0.5])


@pytest.mark.parametrize("multi_label", [False, True])
def test_it_is_the_length_of_the_gradient_written_out(multi_label):
    snapshot = random_snapshot(multi_label=multi_label)
    np.testing.assert_allclose(score(snapshot, "grand"), np.linalg.norm(written_out(snapshot), axis=1))


def test_it_is_the_score_of_one_whole_batch_in_deepcore_times_its_size():
    np.testing.assert_allclose(score(golden_snapshot(), "grand"), 400 * golden("grand_score_bN"), rtol=1e-4)


def test_a_short_last_batch_is_not_inflated_as_in_deepcore():
    ours, theirs = score(golden_snapshot(), "grand"), golden("grand_score_b128")
    np.testing.assert_allclose(theirs[:384], ours[:384] / 128, rtol=1e-4)
    np.testing.assert_allclose(theirs[384:], ours[384:] / 16, rtol=1e-4)


@pytest.mark.parametrize(("share", "balanced"), CASES)
def test_it_selects_as_deepcore(share, balanced):
    rows = select(
        golden_snapshot(),
        method="grand",
        rate=share / 100,
        **({"rule": "balanced", "budget": "round"} if balanced else {}),
    )
    assert set(rows.tolist()) == set(golden("grand", share, balanced).tolist())


def test_several_networks_give_the_mean():
    first, second = random_snapshot(), random_snapshot(seed=1)
    expected = (score(first, "grand") + score(second, "grand")) / 2
    np.testing.assert_allclose(score([first, second], "grand"), expected)


def test_features_of_any_size_have_a_finite_score():
    large = Snapshot.from_arrays(features=np.full((2, 3), 1e30), logits=np.zeros((2, 2)), labels=[0, 1])
    assert np.isfinite(score(large, "grand")).all()
