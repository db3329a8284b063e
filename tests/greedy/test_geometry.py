"""What k-center, contextual diversity and herding have in common."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coreset_engine import greedy, select
from coreset_engine.greedy import pick
from tests.snapshots import golden_snapshot, random_snapshot

NAMES = ["k-center", "contextual-diversity", "herding"]


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=25, deadline=None)
@given(samples=st.integers(1, 40), share=st.floats(0, 1), balanced=st.booleans(), multi_label=st.booleans())
def test_the_budget_is_met_and_classes_get_their_share(name, samples, share, balanced, multi_label):
    snapshot, rate = random_snapshot(samples, multi_label=multi_label), max(share, 1 / samples)
    rows = pick(snapshot, name, rate=rate, balanced=balanced, budget="exact").rows
    assert len(rows) == len(set(rows.tolist())) == np.ceil(round(rate * samples, 9))
    if balanced:
        labels = snapshot.strata_labels
        shares = rate * np.bincount(labels)
        assert (np.abs(np.bincount(labels[rows], minlength=len(shares)) - shares) < 1 + 1e-6).all()


@pytest.mark.parametrize("name", NAMES)
def test_all_samples_are_chosen_at_rate_1(name):
    np.testing.assert_array_equal(select(random_snapshot(17), method=name, rate=1.0), np.arange(17))


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_chooses_the_same(name):
    first, second = (pick(golden_snapshot(), name, rate=0.2).rows for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("name", ["k-center", "contextual-diversity"])
def test_another_seed_starts_elsewhere(name):
    assert "seed" in greedy.all_greedy()[name].options
    starts = {pick(golden_snapshot(), name, rate=0.01, balanced=False, seed=seed).rows[0] for seed in range(9)}
    assert len(starts) > 5


def test_herding_follows_the_samples_when_their_order_changes():
    snapshot, order = golden_snapshot(), np.random.default_rng(0).permutation(400)
    moved = pick(snapshot.take(order), "herding", rate=0.2).rows
    assert set(order[moved].tolist()) == set(pick(snapshot, "herding", rate=0.2).rows.tolist())


@pytest.mark.parametrize("name", NAMES)
def test_copies_of_one_sample_are_each_chosen_once(name):
    copies = random_snapshot().take(np.full(12, 3))
    assert len(set(pick(copies, name, rate=0.5).rows.tolist())) == 6


@pytest.mark.parametrize("name", NAMES)
def test_what_is_excluded_is_never_chosen(name):
    excluded = np.arange(0, 400, 3)
    rows = pick(golden_snapshot(), name, rate=0.3, exclude=excluded).rows
    assert not set(rows.tolist()) & set(excluded.tolist())


@pytest.mark.parametrize("name", NAMES)
def test_memory_does_not_grow_with_the_square_of_the_samples(name):
    code = """
import resource, sys, numpy as np
from coreset_engine import Snapshot, select
draws = np.random.default_rng(0)
arrays = {"features": draws.normal(size=(16000, 32)), "logits": draws.normal(size=(16000, 11))}
snapshot = Snapshot.from_arrays(**arrays, labels=np.arange(16000) % 11)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
select(snapshot, method=sys.argv[1], rate=0.005, balanced=False)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    ended = subprocess.run([sys.executable, "-c", code, name], capture_output=True, text=True, check=True)
    assert int(ended.stdout) < 100_000  # KiB; a float32 matrix of all distances has 1 GiB


@pytest.mark.parametrize("name", NAMES)
def test_the_entry_says_what_it_does_and_where_it_comes_from(name):
    entry = greedy.all_greedy()[name]
    for field in ("label", "formula", "source", "family", "cost", "measured", "differences", "checked"):
        assert getattr(entry, field), field
    assert "Source:" in entry.choose.__doc__
