"""BWS: windows and accuracies of float64 loops, and a window that can be seen."""

from dataclasses import replace

import numpy as np
import pytest

from coreset_engine import Snapshot
from coreset_engine.budgets import Limits
from coreset_engine.errors import ConfigError, DynamicsError
from coreset_engine.greedy import bws as module
from coreset_engine.greedy import pick
from tests.snapshots import golden_arrays, golden_classes, golden_snapshot, picked_arrays, random_snapshot

GOLDEN = picked_arrays()
DIFFICULTY = GOLDEN["in_difficulty"].astype(float)
EASY_FIRST = np.argsort(DIFFICULTY, kind="stable")


def with_validation():
    """The golden snapshot with its val split."""
    arrays = golden_arrays()
    logits = GOLDEN["in_features_val"] @ arrays["W"].T + arrays["b"]
    val = Snapshot.from_arrays(
        features=GOLDEN["in_features_val"], logits=logits, labels=GOLDEN["in_targets_val"], head_weight=arrays["W"]
    )
    return replace(golden_snapshot(), validation=val)


def by_class(share):
    """The golden groups, the budgets of the class windows."""
    return list(zip(golden_classes(), GOLDEN[f"bwsc_budget_{share}"].tolist(), strict=True))


@pytest.mark.parametrize("share", [10, 30])
def test_the_published_window_is_chosen_on_the_training_set(share):
    rows = pick(golden_snapshot(), "bws", rate=share / 100, balanced=False, importance=DIFFICULTY).rows
    assert set(rows.tolist()) == set(GOLDEN[f"bws_sel64_{share}"].tolist())
    start = GOLDEN[f"bws_start_{share}"][GOLDEN[f"bws_best_{share}"]]
    np.testing.assert_array_equal(rows, EASY_FIRST[start : start + 4 * share])


@pytest.mark.parametrize("share", [10, 30])
@pytest.mark.parametrize(("by", "name", "samples"), [("train", "train_acc", 400), ("validation", "val_acc", 131)])
def test_accuracies_of_the_windows_are_those_of_the_definition(share, by, name, samples):
    sets = [EASY_FIRST[start : start + 4 * share] for start in GOLDEN[f"bws_start_{share}"].tolist()]
    found = module.figures(with_validation(), [(np.arange(400), 4 * share)], sets, False, 1.0, by)
    np.testing.assert_allclose(found, GOLDEN[f"bws_{name}64_{share}"], atol=1.01 / samples)


@pytest.mark.parametrize("share", [10, 30])
def test_windows_within_classes_are_chosen_by_balanced_accuracy_on_val(share):
    rows = module.bws(with_validation(), by_class(share), importance=DIFFICULTY, by="validation").rows
    assert set(rows.tolist()) == set(GOLDEN[f"bwsc_sel64_{share}"].tolist())


@pytest.mark.parametrize("share", [10, 30])
def test_balanced_accuracies_of_class_windows_are_those_of_the_definition(share):
    ordered = [(rows[np.argsort(DIFFICULTY[rows], kind="stable")], size) for rows, size in by_class(share)]
    sets = module.class_windows(ordered, 11)
    found = module.figures(with_validation(), by_class(share), sets, True, 1.0, "validation")
    least = np.bincount(GOLDEN["in_targets_val"]).min()
    np.testing.assert_allclose(found, GOLDEN[f"bwsc_val_ba64_{share}"], atol=1.01 / (11 * least))


def test_a_window_over_all_holds_samples_of_neighbouring_difficulty():
    snapshot, hard = random_snapshot(50), np.random.default_rng(1).permutation(50)
    places = hard[pick(snapshot, "bws", rate=0.2, balanced=False, importance=hard).rows]
    np.testing.assert_array_equal(places, np.arange(places[0], places[0] + 10))


def test_under_budgets_by_group_every_group_gives_a_window():
    snapshot, hard, patient = random_snapshot(60), np.random.default_rng(1).permutation(60), np.arange(60) % 2
    limits = Limits(group_budget="equal", belongs=patient)
    rows = pick(snapshot, "bws", rate=0.2, importance=hard, limits=limits).rows
    for number in (0, 1):
        order = np.flatnonzero(patient == number)[np.argsort(hard[patient == number])]
        places = np.flatnonzero(np.isin(order, rows))
        np.testing.assert_array_equal(places, places[0] + np.arange(6))


def test_a_window_within_classes_ends_at_the_same_share_of_each():
    snapshot, hard = random_snapshot(60), np.random.default_rng(1).permutation(60)
    rows = pick(snapshot, "bws", rate=0.2, importance=hard, windows=6).rows
    ends = set()
    for label in range(3):
        own = np.sort(hard[snapshot.labels == label])
        places = np.searchsorted(own, hard[rows[snapshot.labels[rows] == label]])
        np.testing.assert_array_equal(places, np.arange(places[0], places[0] + 4))
        ends.add(int(places[-1]) + 1)
    assert len(ends) == 1
    assert ends < {4, 8, 12, 16, 20}


def separable(half_is_wrong):
    """Two clusters of one class each, and the labels of samples 20 to 39 swapped where that is asked for."""
    features = np.tile([[-1.0], [1.0]], (20, 1))
    labels = np.tile([0, 1], 20)
    if half_is_wrong:
        labels[20:] = 1 - labels[20:]
    val = Snapshot.from_arrays(features=features, logits=features * [[-1.0, 1]], labels=np.tile([0, 1], 20))
    return Snapshot.from_arrays(features=features, logits=features * [[-1.0, 1]], labels=labels, validation=val)


@pytest.mark.parametrize("balanced", [True, False])
@pytest.mark.parametrize("wrong_ones", ["hard", "easy"])
def test_windows_of_wrong_labels_lose_on_val(balanced, wrong_ones):
    hard = np.arange(40) if wrong_ones == "hard" else -np.arange(40)
    rows = pick(separable(True), "bws", rate=0.2, balanced=balanced, importance=hard, by="validation").rows
    assert (rows < 20).mean() > 0.5  # a window may hold some of them, as long as the head is right


def test_among_equals_the_easiest_window_is_taken():
    assert set(pick(separable(False), "bws", rate=0.2, balanced=False, importance=np.arange(40)).rows) == set(range(8))


def test_several_labels_are_judged_one_by_one():
    snapshot = random_snapshot(60, multi_label=True)
    assert len(pick(snapshot, "bws", rate=0.2, balanced=False, importance=np.arange(60)).rows) == 12


@pytest.mark.parametrize("balanced", [True, False])
def test_without_features_of_val_it_says_how_to_get_them(balanced):
    with pytest.raises(ConfigError, match=r"no features of the val split.*Record it again.*validation=.*by=train"):
        pick(golden_snapshot(), "bws", rate=0.1, balanced=balanced, importance=DIFFICULTY, by="validation")


def test_features_that_drown_the_penalty_are_told():
    features = np.full((8, 2), 1e20)
    snapshot = Snapshot.from_arrays(features=features, logits=np.zeros((8, 2)), labels=[0, 1] * 4)
    with pytest.raises(DynamicsError, match="too large for a ridge head"):
        pick(snapshot, "bws", rate=0.5, balanced=False, importance=np.arange(8))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"windows": 1}, "windows=1 is not possible: give a whole number of 2 or more"),
        ({"lam": 0.0}, "lam=0.0 is not possible: give a number above 0"),
        ({"lam": np.inf}, "lam=inf is not possible"),
        ({"by": "test"}, "give one of train, validation"),
    ],
)
def test_impossible_options_are_sentences(given, words):
    with pytest.raises(ConfigError, match=words):
        pick(golden_snapshot(), "bws", rate=0.1, importance=DIFFICULTY, **given)
