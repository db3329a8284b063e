"""Places per class: the golden budgets, and what holds for any sizes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coreset_engine import class_budgets
from coreset_engine.budgets.places import exact_shares, shared_out, weights_of
from coreset_engine.errors import ConfigError, SelectionError


@pytest.fixture(scope="module")
def reference(golden):
    """What reference loops gave."""
    return golden("budgets")


def test_powers_of_the_class_size_equal_the_golden_ones(reference):
    counts = reference["quota_counts"].astype(int)
    for a, size in enumerate(reference["quota_M"].astype(int)):
        for t, tau in enumerate(reference["quota_tau"]):
            exact = exact_shares(counts, size, weights_of(counts, "tempered", tau, None))
            np.testing.assert_allclose(exact, reference["quota_real64"][a, t], atol=1e-6)
            np.testing.assert_array_equal(
                shared_out(counts, size, "tempered", tau), reference["quota_int64"][a, t].astype(int)
            )


@pytest.mark.parametrize(("kind", "tau"), [("equal", 0.0), ("proportional", 1.0)])
def test_equal_and_proportional_are_the_ends_of_tempered(reference, kind, tau):
    counts = reference["quota_counts"].astype(int)
    np.testing.assert_array_equal(shared_out(counts, 60, kind), shared_out(counts, 60, "tempered", tau))


def test_drop_without_a_floor_equals_the_printed_algorithm(reference):
    counts, need = reference["quota_counts"].astype(int), 1 - reference["in_recall_val"]
    for a, size in enumerate(reference["quota_M"].astype(int)):
        exact = exact_shares(counts, size, weights_of(counts, "drop", 1, need), floor=0)
        np.testing.assert_allclose(exact, reference["drop_real64"][a], atol=1e-6)
        np.testing.assert_array_equal(
            shared_out(counts, size, "drop", need=need, floor=0), reference["drop_int64"][a].astype(int)
        )


def test_difficulty_equals_the_golden_density_form(reference):
    counts, need = reference["quota_counts"].astype(int), reference["nucs_S_wins64"]
    for a, size in enumerate(reference["quota_M"].astype(int)):
        exact = exact_shares(counts, size, weights_of(counts, "difficulty", 1, need))
        np.testing.assert_allclose(exact, reference["nucs_real_density64"][a], atol=1e-6)


def test_a_class_that_drop_gives_nothing_keeps_one_sample_by_default():
    labels = np.repeat([0, 1], [50, 50])
    assert class_budgets(labels, 10, kind="drop", need=[0.5, 0.0]).tolist() == [9, 1]
    assert class_budgets(labels, 10, kind="drop", need=[0.5, 0.0], floor=0).tolist() == [10, 0]


def test_what_the_needy_classes_cannot_take_goes_to_the_others_by_their_sizes():
    labels = np.repeat([0, 1, 2], [4, 60, 30])
    assert class_budgets(labels, 34, kind="drop", need=[1.0, 0.0, 0.0], floor=0).tolist() == [4, 20, 10]


@given(
    st.lists(st.integers(0, 60), min_size=1, max_size=12).filter(any),
    st.floats(0.01, 1),
    st.floats(0, 1),
    st.sampled_from(["proportional", "tempered", "equal", "drop", "difficulty"]),
    st.randoms(),
)
def test_any_budgets_add_up_and_stay_within_the_classes(counts, rate, tau, kind, draw):
    counts = np.array(counts)
    size = max(1, int(rate * counts.sum()))
    need = [draw.choice([0.0, draw.random()]) for _ in counts]
    places = shared_out(counts, size, kind, tau, need)
    exact = exact_shares(counts, size, weights_of(counts, kind, tau, need))
    assert places.sum() == size
    assert (places <= counts).all()
    assert (np.abs(places - exact) < 1).all()
    if size >= (counts > 0).sum():
        assert (places[counts > 0] >= 1).all()


@pytest.mark.parametrize("size", [0, 6])
def test_a_size_beyond_the_samples_is_refused(size):
    with pytest.raises(SelectionError, match=f"{size} samples can't be shared out over classes of 5 samples"):
        class_budgets([0, 0, 1, 1, 1], size)


@pytest.mark.parametrize("need", [[1.0], [1.0, np.nan], [1.0, -1.0]])
def test_a_need_that_is_not_one_number_per_class_is_refused(need):
    with pytest.raises(SelectionError, match="for 2 classes, or holds what is no finite number"):
        class_budgets([0, 1], 1, kind="drop", need=need)


def test_budgets_that_ask_for_a_need_say_so():
    with pytest.raises(ConfigError, match="need to know how much each class needs: give need="):
        class_budgets([0, 1], 1, kind="difficulty")


@pytest.mark.parametrize("kind", ["none", "fair"])
def test_kinds_that_share_nothing_out_are_refused(kind):
    with pytest.raises(ConfigError, match=f"Class budgets '{kind}' share nothing out. Choose one of: proportional"):
        class_budgets([0, 1], 1, kind=kind)


@pytest.mark.parametrize("labels", [["a", "b"], [-1, 1], [0.5, 1], [[0, 1], [1, 0]]])
def test_labels_that_are_no_classes_from_0_are_told(labels):
    with pytest.raises(SelectionError, match=r"whole numbers from 0, \(N,\)"):
        class_budgets(labels, 1)
