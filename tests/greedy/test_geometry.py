"""What k-center, contextual diversity and herding have in common, beside what test_contract.py asks of every method."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coreset_engine.greedy import pick
from tests.snapshots import golden_snapshot, random_snapshot

NAMES = ["k-center", "contextual-diversity", "herding"]


@pytest.mark.parametrize("name", NAMES)
@given(samples=st.integers(1, 40), share=st.floats(0, 1), balanced=st.booleans(), multi_label=st.booleans())
def test_the_budget_is_met_and_classes_get_their_share(name, samples, share, balanced, multi_label):
    snapshot, rate = random_snapshot(samples, multi_label=multi_label), max(share, 1 / samples)
    rows = pick(snapshot, name, rate=rate, balanced=balanced, budget="exact").rows
    assert len(rows) == len(set(rows.tolist())) == np.ceil(round(rate * samples, 9))
    if balanced:
        labels = snapshot.strata_labels
        shares = rate * np.bincount(labels)
        assert (np.abs(np.bincount(labels[rows], minlength=len(shares)) - shares) < 1 + 1e-6).all()


@pytest.mark.parametrize("name", ["k-center", "contextual-diversity"])
def test_another_seed_starts_elsewhere(name):
    starts = {pick(golden_snapshot(), name, rate=0.01, balanced=False, seed=seed).rows[0] for seed in range(9)}
    assert len(starts) > 5
