"""Diverse: who is a candidate, and which candidates lie apart."""

import numpy as np
import pytest

from coreset_engine import Snapshot, compute, select
from coreset_engine.errors import ConfigError, SelectionError
from tests.devices import TENSORS
from tests.snapshots import golden_snapshot

SCORES, LABELS = np.array([6.0, 5, 4, 3, 2, 1]), np.zeros(6, int)
PLACES = [0.0, 1, 2, 10, 11, 50]  # on a line


def snapshot(places=PLACES):
    features = np.array(places)[:, None]
    return Snapshot.from_arrays(features=features, logits=np.zeros((6, 1)), labels=LABELS)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"gamma": 2}, [0, 3]),  # candidates 0 1 2 3, from the best at 0: the farthest is at 10
        ({"gamma": 1}, [0, 1]),  # no choice: the top
        ({"gamma": 3}, [0, 5]),  # all are candidates
        ({"gamma": 99}, [0, 5]),
        ({"gamma": 1e308}, [0, 5]),
        ({"gamma": 2, "first": 4}, [0, 3]),  # from the fourth, at 10, the farthest candidate is at 0
        ({"gamma": 2.5, "first": 2}, [1, 4]),  # 5 candidates, from the second, at 1: 11 is farther than 0
    ],
)
def test_the_candidates_farthest_apart_are_kept(options, expected):
    kept = select(SCORES, LABELS, rate=1 / 3, rule="diverse", snapshot=snapshot(), **options)
    np.testing.assert_array_equal(kept, expected)


def test_excluded_samples_are_no_candidates():
    kept = select(SCORES, LABELS, rate=1 / 3, rule="diverse", snapshot=snapshot(), gamma=2, exclude=[3])
    np.testing.assert_array_equal(kept, [0, 4])


@pytest.mark.parametrize("device", TENSORS)
def test_tensors_give_the_same_coreset(golden_run, device):
    golden = golden_snapshot()
    scores = np.random.default_rng(0).normal(size=golden.n_samples)
    kept = select(scores, golden.labels, rate=0.1, rule="diverse", snapshot=golden)
    with compute.on(device):
        again = select(scores, golden.labels, rate=0.1, rule="diverse", snapshot=golden)
    np.testing.assert_array_equal(again, kept)


def test_a_run_with_a_snapshot_gives_its_features(tiny_run, tiny_labels):
    features = np.arange(8.0)[:, None]
    beside = Snapshot.from_arrays(features=features, logits=np.zeros((8, 3)), labels=tiny_labels)
    kept = select(tiny_run, method="el2n", rate=0.25, rule="diverse", gamma=4, snapshot=beside)
    assert len(kept) == 2
    assert 7 in kept or 0 in kept  # the farthest of all eight places from any is an end of the line


def test_scores_without_features_say_how_to_give_them():
    with pytest.raises(SelectionError, match=r"needs features.*snapshot="):
        select(SCORES, LABELS, rate=0.5, rule="diverse")


def test_dynamics_without_a_snapshot_say_how_to_give_one(tiny_run):
    with pytest.raises(ConfigError, match=r"needs a snapshot .* Give snapshot="):
        select(tiny_run, method="el2n", rate=0.5, rule="diverse")


def test_features_of_other_samples_are_refused():
    with pytest.raises(SelectionError, match="features has 6 rows for 5 scores"):
        select(SCORES[:5], LABELS[:5], rate=0.5, rule="diverse", snapshot=snapshot())


@pytest.mark.parametrize(
    ("wrong", "said"), [({"gamma": 0.5}, "1 or more"), ({"first": 0}, "1 or more"), ({"first": 7}, "6 candidates")]
)
def test_options_that_leave_no_candidate_are_refused(wrong, said):
    with pytest.raises((ConfigError, SelectionError), match=said):
        select(SCORES, LABELS, rate=0.5, rule="diverse", snapshot=snapshot(), **wrong)
