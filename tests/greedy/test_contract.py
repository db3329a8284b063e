"""What every greedy method of the registry keeps."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coreset_engine import Snapshot, compute, greedy, select, selection
from coreset_engine.errors import ConfigError, SelectionError, UnknownNameError
from tests.devices import TENSORS
from tests.gradients import cosine_similarities, distances
from tests.snapshots import golden_snapshot, hardness_of, random_snapshot

NAMES = list(greedy.all_greedy())
NEEDING = [name for name in NAMES if greedy.all_greedy()[name].needs]
READING = [name for name in NAMES if greedy.all_greedy()[name].reads == "snapshot"]
EXACT = [name for name in NAMES if greedy.all_greedy()[name].exact_size]
DRAWING = ["uniform", "k-center", "contextual-diversity"]  # whose default options draw
SYMMETRIC = ["craig", "facility-location"]  # of two samples nearest to each other either can be as good


@st.composite
def cases(draw):
    """A snapshot of 1 to 40 samples with copies among them, and a rate from 1/N to 1."""
    samples, multi_label = draw(st.integers(1, 40)), draw(st.booleans())
    classes = draw(st.integers(2 if multi_label else 1, 4))  # labels of one column are classes
    snapshot = random_snapshot(samples, classes=classes, seed=draw(st.integers(0, 99)), multi_label=multi_label)
    if draw(st.booleans()):
        copied = draw(st.lists(st.integers(0, samples - 1), min_size=samples, max_size=samples))
        snapshot = snapshot.take(np.array(copied))
    return snapshot, draw(st.one_of(st.just(1.0), st.just(1 / samples), st.floats(1 / samples, 1)))


def as_set(rows):
    return set(rows.tolist())


def pick(snapshot, name, **options):
    """What a method picks, with an importance that follows the samples where it needs one."""
    needed = {"importance": hardness_of(snapshot)} if name in NEEDING else {}
    return greedy.pick(snapshot, name, **needed | options)


def selected(snapshot, name, rate):
    """The coreset of a method, with the same importance."""
    needed = {"importance": hardness_of(snapshot)} if name in NEEDING else {}
    return select(snapshot, method=name, rate=rate, **needed)


def test_the_registry_has_the_methods_that_scripts_rely_on():
    promised = {"k-center", "herding", "contextual-diversity", "craig", "gradmatch", "glister"}
    assert promised | {"facility-location", "graph-cut", "uniform", "d2", "graph-cover", "bws", "mix"} <= set(NAMES)
    assert {"d2", "bws", "mix"} == set(NEEDING)


@pytest.mark.parametrize("name", NAMES)
@given(case=cases(), balanced=st.booleans())
def test_no_sample_is_chosen_twice_and_the_budget_is_never_passed(name, case, balanced):
    snapshot, rate = case
    rows = pick(snapshot, name, rate=rate, balanced=balanced, budget="exact").rows
    size = selection.coreset_size(rate, snapshot.n_samples)
    assert rows.dtype == np.int64
    assert len(rows) == len(as_set(rows)) <= size
    assert len(rows) == size or name not in EXACT
    assert len(rows) >= 1
    assert 0 <= rows.min() <= rows.max() < snapshot.n_samples


@pytest.mark.parametrize("name", EXACT)
@given(case=cases())
def test_each_class_gives_the_rounded_share_as_in_deepcore(name, case):
    snapshot, rate = case
    labels = snapshot.strata_labels
    shares = [round(rate * int(count)) for count in np.bincount(labels)]
    rows = pick(snapshot, name, rate=rate).rows
    if any(shares):
        assert np.bincount(labels[rows], minlength=len(shares)).tolist() == shares
    else:
        assert len(rows) == 1


@pytest.mark.parametrize("name", EXACT)
def test_without_classes_the_rounded_share_of_all_is_chosen(name):
    assert len(pick(random_snapshot(41), name, rate=0.3, balanced=False).rows) == 12


@pytest.mark.parametrize("name", EXACT)
def test_all_are_chosen_at_rate_1(name):
    np.testing.assert_array_equal(selected(random_snapshot(17), name, rate=1.0), np.arange(17))


@pytest.mark.parametrize("name", NAMES)
def test_a_single_sample_is_chosen(name):
    np.testing.assert_array_equal(selected(random_snapshot(1), name, rate=1.0), [0])


@pytest.mark.parametrize("name", NAMES)
def test_the_same_call_gives_the_same_rows_and_weights_and_leaves_the_snapshot_as_it_was(name):
    snapshot = golden_snapshot()
    first, second = (pick(given, name, rate=0.2) for given in (snapshot, golden_snapshot()))
    np.testing.assert_array_equal(first.rows, second.rows)
    np.testing.assert_array_equal(first.weights, second.weights)
    for part in ("features", "logits", "labels"):
        np.testing.assert_array_equal(getattr(snapshot, part), getattr(golden_snapshot(), part))


@pytest.mark.parametrize("name", [name for name in NAMES if name not in (*DRAWING, *SYMMETRIC)])
@given(seed=st.integers(0, 99), balanced=st.booleans())
def test_choices_follow_the_samples_when_their_order_changes(name, seed, balanced):
    snapshot, order = random_snapshot(40, width=7, seed=seed), np.random.default_rng(seed).permutation(40)
    moved = pick(snapshot.take(order), name, rate=0.3, balanced=balanced).rows
    assert as_set(order[moved]) == as_set(pick(snapshot, name, rate=0.3, balanced=balanced).rows)


@pytest.mark.parametrize(
    ("name", "similarities"), [("craig", lambda s: -distances(s)), ("facility-location", cosine_similarities)]
)
@given(seed=st.integers(0, 99))
def test_what_is_covered_does_not_depend_on_the_order_of_the_samples(name, similarities, seed):
    snapshot = random_snapshot(120, width=7, seed=seed)
    snapshot = snapshot.take(np.flatnonzero(snapshot.labels == 0))
    order = np.random.default_rng(seed).permutation(40)
    moved, chosen = order[pick(snapshot.take(order), name, rate=0.3).rows], pick(snapshot, name, rate=0.3).rows
    covered = similarities(snapshot)
    assert covered[moved].max(axis=0).sum() == pytest.approx(covered[chosen].max(axis=0).sum(), rel=1e-3)


@pytest.mark.parametrize("name", READING)
@pytest.mark.parametrize("device", TENSORS)
def test_torch_tensors_choose_as_arrays_do(device, name):
    expected = pick(golden_snapshot(), name, rate=0.2)
    with compute.on(device):
        found = pick(golden_snapshot(), name, rate=0.2)
    same = as_set(found.rows) & as_set(expected.rows)
    assert len(same) >= len(expected.rows) * (0.95 if name in SYMMETRIC else 1)
    assert (found.weights is None) == (expected.weights is None)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_excluded_is_never_chosen(name):
    excluded = np.arange(0, 400, 3)
    for balanced in (True, False):
        rows = pick(golden_snapshot(), name, rate=0.3, balanced=balanced, exclude=excluded).rows
        assert not as_set(rows) & as_set(excluded)


@pytest.mark.parametrize("name", NAMES)
def test_weights_stand_beside_the_rows_they_belong_to(name):
    picks = pick(golden_snapshot(), name, rate=0.2)
    if picks.weights is not None:
        assert picks.weights.shape == picks.rows.shape
        assert picks.weights.dtype == np.float64
        assert (picks.weights > 0).all()
    assert (picks.weights is not None) == (name in ("craig", "gradmatch"))


@pytest.mark.parametrize("name", NAMES)
def test_copies_of_one_sample_are_each_chosen_at_most_once(name):
    rows = pick(random_snapshot().take(np.full(12, 3)), name, rate=0.5).rows
    assert len(as_set(rows)) == len(rows)
    assert len(rows) == 6 or name not in EXACT


@pytest.mark.parametrize("name", READING)
def test_samples_already_learned_to_the_last_digit_can_be_chosen_from(name):
    features = np.random.default_rng(0).normal(size=(12, 3))
    labels = np.arange(12) % 2
    sure = Snapshot.from_arrays(features=features, logits=np.eye(2)[labels] * 1000, labels=labels)
    assert len(pick(sure, name, rate=0.5).rows) == 6 or name not in EXACT


def test_dynamics_are_refused_with_what_to_give(tiny_run):
    for name in READING:
        with pytest.raises(ConfigError, match=f"Method {name} reads a snapshot .* not dynamics"):
            greedy.pick(tiny_run, name, rate=0.5)


@pytest.mark.parametrize("name", NAMES)
def test_impossible_rates_and_options_are_sentences(name):
    with pytest.raises(SelectionError, match="selection rate is 0"):
        pick(random_snapshot(), name, rate=0)
    with pytest.raises(ConfigError, match=f"Method {name} has no option 'colour'. It has: balanced, budget"):
        pick(random_snapshot(), name, rate=0.5, colour=1)
    with pytest.raises(SelectionError, match="left after exclusion"):
        pick(random_snapshot(12), name, rate=1.0, exclude=[0])


@pytest.mark.parametrize("name", READING)
def test_features_that_are_all_alike_can_be_chosen_from(name):
    alike = Snapshot.from_arrays(features=np.ones((24, 3)), logits=np.ones((24, 2)), labels=np.arange(24) % 2)
    for balanced in (True, False):
        rows = pick(alike, name, rate=0.25, balanced=balanced).rows
        assert len(as_set(rows)) == len(rows)
        assert len(rows) == 6 or name not in EXACT


@pytest.mark.parametrize("name", READING)
def test_features_of_zero_can_be_chosen_from(name):
    nothing = Snapshot.from_arrays(features=np.zeros((10, 3)), logits=np.zeros((10, 2)), labels=np.arange(10) % 2)
    assert len(as_set(pick(nothing, name, rate=0.6).rows)) == 6 or name not in EXACT


@pytest.mark.parametrize("name", READING)
def test_every_class_may_have_a_single_sample(name):
    assert len(as_set(pick(random_snapshot(5, classes=5), name, rate=1.0).rows)) == 5 or name not in EXACT


@pytest.mark.parametrize("name", [name for name in NAMES if "seed" in greedy.all_greedy()[name].options])
@pytest.mark.parametrize("seed", [-1, 2**32, 10**30, 1.5])
def test_a_seed_that_the_generator_does_not_take_is_refused_in_words(name, seed):
    with pytest.raises(ConfigError, match=r"Option seed=.* is not possible: give a whole number from 0 to 4294967295"):
        pick(random_snapshot(12), name, rate=0.5, seed=seed)
    assert len(pick(random_snapshot(12), name, rate=0.5, seed=2**32 - 1).rows) == 6


@pytest.mark.parametrize("name", NEEDING)
def test_an_importance_that_is_no_number_for_each_sample_is_a_sentence(name):
    snapshot = random_snapshot(12)
    for importance, words in [
        (np.ones(11), r"has shape \(11,\) .* each of the 12 samples"),
        (np.array(["a"] * 12), "give one number for each"),
        (np.full(12, np.nan), r"NaN or infinite for 12 samples \(first: sample 0\)"),
        ("forgetting", "needs the importance 'forgetting' of every sample. Give a run"),
        (None, "needs the importance of every sample"),
    ]:
        with pytest.raises(ConfigError, match=words):
            greedy.pick(snapshot, name, rate=0.5, importance=importance)


@pytest.mark.parametrize("name", NEEDING)
def test_the_importance_of_excluded_samples_is_of_no_account(name):
    snapshot, excluded = golden_snapshot(), np.arange(0, 400, 4)
    first, second = hardness_of(snapshot), hardness_of(snapshot)
    second[excluded] = 99
    for balanced in (True, False):
        rows = [
            pick(snapshot, name, rate=0.2, balanced=balanced, exclude=excluded, importance=importance).rows
            for importance in (first, second)
        ]
        np.testing.assert_array_equal(*rows)


def test_an_unknown_method_is_named_with_those_that_exist():
    with pytest.raises(UnknownNameError, match=r"no greedy method 'k-centre'.*craig"):
        pick(random_snapshot(), "k-centre", rate=0.5)


# A fork for each method: it imports nothing anew, and the peak of its memory is its own.
_PEAKS = """
import os, resource, sys, numpy as np
from coreset_engine import Snapshot, greedy, select
from coreset_engine.kernels import similarity
similarity.LIMIT = 2**23
draws = np.random.default_rng(0)
arrays = {"features": draws.normal(size=(8000, 16)), "logits": draws.normal(size=(8000, 3))}
snapshot = Snapshot.from_arrays(**arrays, labels=np.arange(8000) % 3)
greedy.all_greedy()
for name in sys.argv[1:]:
    if child := os.fork():
        assert os.waitpid(child, 0)[1] == 0, name
        continue
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    needed = {"importance": np.arange(8000)} if greedy.all_greedy()[name].needs else {}
    select(snapshot, method=name, rate=0.001, balanced=False, **needed)
    print(name, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, flush=True)
    os._exit(0)
"""


def test_memory_does_not_grow_with_the_square_of_the_samples():
    ended = subprocess.run([sys.executable, "-c", _PEAKS, *NAMES], capture_output=True, text=True, check=True)
    grown = {name: int(size) for name, size in (line.split() for line in ended.stdout.splitlines())}
    assert set(grown) == set(NAMES)
    limit = 120_000  # KiB; a float32 matrix of all similarities has 250,000
    assert {name: size for name, size in grown.items() if size >= limit} == {}


def test_every_entry_says_what_it_does_and_where_it_comes_from():
    for name, entry in greedy.all_greedy().items():
        for field in ("label", "formula", "source", "family", "cost", "measured", "differences", "checked"):
            free = (name, field) in {("uniform", "measured"), ("uniform", "differences")}
            assert getattr(entry, field) or free, (name, field)
        assert "Source:" in entry.choose.__doc__, name
