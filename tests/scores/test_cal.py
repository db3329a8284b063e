"""CAL: divergence of a sample's output from its neighbours'."""

import numpy as np
import pytest

from coreset_engine import Snapshot, score, select
from coreset_engine.errors import ConfigError
from tests.snapshots import CASES, golden_arrays, golden_set, golden_snapshot

LN3 = np.log(3)


def four_on_a_line():
    """Two pairs of neighbours; the first pair agrees, the second is [3/4, 1/4] against [1/4, 3/4]."""
    p = [[0.5, 0.5], [0.5, 0.5], [0.75, 0.25], [0.25, 0.75]]
    features = np.array([[0.0], [1], [10], [11]])
    return Snapshot.from_arrays(features=features, logits=np.log(p), labels=[0, 1, 0, 1])


def test_it_is_the_symmetric_divergence_from_the_neighbour():
    # ½ [(3/4 - 1/4) ln 3 + (1/4 - 3/4) ln(1/3)] = ½ ln 3
    np.testing.assert_allclose(score(four_on_a_line(), "cal", neighbours=1), [0, 0, LN3 / 2, LN3 / 2], atol=1e-7)


def test_within_a_class_only_its_samples_are_neighbours():
    values = score(four_on_a_line(), "cal", neighbours=1, within="class")
    apart = 0.5 * 0.25 * LN3  # of [1/2, 1/2] and [3/4, 1/4]: ½ · ¼ (ln 3/2 + ln 2)
    np.testing.assert_allclose(values, [apart] * 4, rtol=1e-6)


def test_more_neighbours_than_samples_are_all_samples():
    np.testing.assert_allclose(
        score(four_on_a_line(), "cal", neighbours=99), score(four_on_a_line(), "cal", neighbours=3), rtol=1e-12
    )


def test_an_impossible_output_counts_as_a_millionth_of_a_millionth():
    snapshot = Snapshot.from_arrays(features=np.eye(2), logits=[[900.0, 0], [0, 900]], labels=[0, 1])
    np.testing.assert_allclose(score(snapshot, "cal"), -np.log(1e-12), rtol=1e-6)


def test_no_neighbour_at_all_is_refused():
    with pytest.raises(ConfigError, match="neighbours=0"):
        score(four_on_a_line(), "cal", neighbours=0)


@pytest.mark.parametrize(("within", "name"), [("all", "unbal"), ("class", "bal")])
def test_it_equals_the_scores_of_deepcore(within, name):
    expected = golden_arrays()[f"cal_score_{name}"]
    np.testing.assert_allclose(score(golden_snapshot(), "cal", within=within), expected, rtol=1e-5)


@pytest.mark.parametrize(("share", "balanced"), CASES)
def test_keeping_the_lowest_selects_as_deepcore(share, balanced):
    rule = {"rule": "balanced", "budget": "round", "within": "class"} if balanced else {}
    rows = select(golden_snapshot(), method="cal", rate=share / 100, keep="lowest", **rule)
    assert set(rows.tolist()) == golden_set("cal", share, balanced)


def test_multi_label_adds_up_the_divergences_of_the_labels():
    p = np.array([[0.75, 0.75], [0.25, 0.25]])
    snapshot = Snapshot.from_arrays(features=np.eye(2), logits=np.log(p / (1 - p)), labels=[[1, 1], [0, 0]])
    np.testing.assert_allclose(score(snapshot, "cal"), [LN3, LN3], rtol=1e-6)
