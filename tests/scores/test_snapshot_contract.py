"""What every scoring method that reads a snapshot keeps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coreset_engine import Dynamics, Snapshot, compute, score, scores, select
from coreset_engine.errors import ConfigError, DynamicsError
from tests.devices import TENSORS
from tests.snapshots import golden_snapshot, random_snapshot

NAMES = [name for name, entry in scores.all_scores().items() if entry.reads == "snapshot"]
READING = [*NAMES, "entropy"]  # which reads either
DRAWING = [name for name in READING if "seed" in scores.get(name).options]


def test_the_registry_has_the_methods_that_scripts_rely_on():
    assert {"moderate", "least-confidence", "margin", "cal", "deepfool", "prototypes", "zcore"} <= set(NAMES)


@pytest.mark.parametrize("name", READING)
def test_there_is_one_finite_float64_a_sample_and_samples_are_told_apart(name):
    for multi_label in (False, True):
        values = score(random_snapshot(multi_label=multi_label), name)
        assert (values.shape, values.dtype) == ((40,), np.float64)
        assert np.isfinite(values).all()
        assert len(np.unique(values)) > 5


@pytest.mark.parametrize("name", [name for name in READING if name not in DRAWING])
@given(seed=st.integers(0, 1000), samples=st.integers(1, 40), multi_label=st.booleans())
def test_scores_follow_the_samples_when_their_order_changes(name, seed, samples, multi_label):
    snapshot = random_snapshot(samples, seed=seed, multi_label=multi_label)
    order = np.random.default_rng(seed).permutation(samples)
    moved = score(snapshot.take(order), name)
    np.testing.assert_allclose(moved, score(snapshot, name)[order], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", READING)
def test_scores_do_not_depend_on_how_the_classes_are_numbered(name):
    snapshot, order = random_snapshot(), np.array([2, 0, 1])
    renumbered = Snapshot.from_arrays(
        features=snapshot.features,
        logits=snapshot.logits[:, order],
        labels=np.argsort(order)[snapshot.labels],
        head_weight=snapshot.head_weight[order],
    )
    np.testing.assert_allclose(score(renumbered, name), score(snapshot, name), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", READING)
def test_the_same_snapshot_gives_the_same_bytes_twice_and_is_left_as_it_was(name):
    snapshot = golden_snapshot()
    first = score(snapshot, name)
    assert score(golden_snapshot(), name).tobytes() == first.tobytes()
    for part in ("features", "logits", "labels"):
        np.testing.assert_array_equal(getattr(snapshot, part), getattr(golden_snapshot(), part))


@pytest.mark.parametrize("device", TENSORS)
@pytest.mark.parametrize("name", READING)
def test_torch_tensors_give_the_same_scores_as_arrays(name, device):
    expected = score(golden_snapshot(), name)
    with compute.on(device):
        np.testing.assert_allclose(score(golden_snapshot(), name), expected, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("part", ["features", "logits"])
def test_a_nan_never_gets_as_far_as_a_score(part):
    arrays = {"features": np.ones((4, 2)), "logits": np.ones((4, 3))}
    arrays[part][2, 1] = np.nan
    with pytest.raises(DynamicsError, match=f"{part} of snapshot are NaN .* sample 2"):
        Snapshot.from_arrays(**arrays, labels=[0, 1, 2, 0])


@pytest.mark.parametrize("name", READING)
def test_one_sample_of_one_class_has_a_score_and_is_kept(name):
    one = random_snapshot(samples=1, classes=1)
    values = score(one, name)
    assert values.shape == (1,)
    assert not np.isnan(values).any()
    np.testing.assert_array_equal(select(one, method=name, rate=1.0), [0])


# of copies ZCore keeps one, and the others stand behind it
@pytest.mark.parametrize("name", [name for name in READING if name != "zcore"])
def test_copies_of_a_sample_have_equal_scores(name):
    copies = random_snapshot().take(np.array([3] * 30 + [7, 8, 9]))
    np.testing.assert_allclose(score(copies, name)[:30], score(copies, name)[0], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", READING)
@given(samples=st.integers(1, 30), share=st.floats(0, 1), balanced=st.booleans())
def test_the_rate_is_met_and_classes_get_their_share(name, samples, share, balanced):
    snapshot = random_snapshot(samples)
    rate = max(share, 1 / samples)
    rows = select(snapshot, method=name, rate=rate, balanced=balanced)
    assert len(rows) == np.ceil(round(rate * samples, 9))
    if balanced:
        shares = rate * np.bincount(snapshot.labels)
        assert (np.abs(np.bincount(snapshot.labels[rows], minlength=len(shares)) - shares) < 1 + 1e-6).all()


def test_dynamics_are_refused_with_what_to_give_instead():
    run = Dynamics.from_logits(np.zeros((2, 3, 2)), [0, 1, 0])
    for name in NAMES:
        with pytest.raises(ConfigError, match=f"{name} reads a snapshot.*Snapshot.from_arrays"):
            score(run, name)


def test_an_unknown_option_is_named_with_those_that_exist():
    for name in NAMES:
        with pytest.raises(ConfigError, match=f"Method {name} has no option 'windows'. It has: "):
            score(random_snapshot(), name, windows=3)


def test_every_entry_says_what_it_computes_and_where_it_comes_from():
    for name in NAMES:
        entry = scores.get(name)
        for field in ("label", "formula", "source", "family", "cost", "measured", "differences", "checked"):
            assert getattr(entry, field), (name, field)
        assert entry.keep in ("highest", "lowest", "middle"), name
        assert "Source:" in entry.compute.__doc__, name
