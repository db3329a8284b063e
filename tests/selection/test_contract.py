"""What every selection rule of the registry keeps."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coreset_engine import selection
from coreset_engine.errors import ConfigError, SelectionError, UnknownNameError

NAMES = list(selection.all_rules())
ENDS = ("highest", "lowest", "middle")
DRAWING = [name for name in NAMES if "seed" in selection.get(name).options]


def choose(scores, labels, name, **options):
    """The coreset of a rule; one that reads features or probabilities is given some, the same for the same score."""
    if selection.get(name).needs == "features":
        finite = np.nan_to_num(np.asarray(scores, float), posinf=9, neginf=-9)
        options["features"] = np.stack([np.sin(finite * k + k) for k in range(1, 5)], axis=1)
    if selection.get(name).needs == "probability":
        options["probability"] = 0.5 + 0.4 * np.sin(np.nan_to_num(np.asarray(scores, float), posinf=9, neginf=-9))
    return selection.select_from_scores(scores, labels, rule=name, **options)


def no_cutoff(name):
    """Options under which a rule can keep every sample."""
    return {"cutoff": 0} if "cutoff" in selection.get(name).options else {}


@st.composite
def cases(draw):
    """Scores with many ties, labels of 1 to 4 classes, and a rate from 1/N to 1."""
    samples = draw(st.integers(1, 40))
    scores = draw(st.lists(st.integers(-3, 3), min_size=samples, max_size=samples))
    classes = draw(st.integers(1, 4))
    labels = draw(st.lists(st.integers(0, classes - 1), min_size=samples, max_size=samples))
    rate = draw(st.one_of(st.just(1.0), st.just(1 / samples), st.floats(1 / samples, 1)))
    return np.array(scores, float), np.array(labels), rate


def test_the_registry_has_the_rules_that_scripts_rely_on():
    assert {"top", "balanced", "ccs", "middle", "shifted", "sampled", "diverse", "beta"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
@given(case=cases(), keep=st.sampled_from(ENDS))
def test_exactly_the_rate_is_kept_as_ascending_rows(name, case, keep):
    scores, labels, rate = case
    kept = choose(scores, labels, name, rate=rate, keep=keep, **no_cutoff(name))
    exact = Fraction(rate) * len(scores)
    assert len(kept) in (math.ceil(exact), math.ceil(exact - Fraction(1, 10**9)))  # the second forgives float noise
    assert kept.dtype == np.int64
    assert (np.diff(kept) > 0).all()
    assert kept[0] >= 0
    assert kept[-1] < len(scores)


@pytest.mark.parametrize("name", NAMES)
@given(case=cases(), keep=st.sampled_from(ENDS), data=st.data())
def test_excluded_rows_are_never_kept_and_the_size_stays_that_of_all_samples(name, case, keep, data):
    scores, labels, rate = case
    size = selection.coreset_size(rate, len(scores))
    exclude = data.draw(st.lists(st.integers(0, len(scores) - 1), max_size=len(scores) - size))
    kept = choose(scores, labels, name, rate=rate, keep=keep, exclude=exclude, **no_cutoff(name))
    assert len(kept) == size
    assert not np.isin(kept, exclude).any()


@pytest.mark.parametrize("name", [name for name in NAMES if name not in DRAWING])
def test_what_is_excluded_does_not_matter_otherwise(name):
    draws = np.random.default_rng(4)
    scores, labels, exclude = draws.normal(size=50), draws.integers(0, 3, 50), draws.choice(50, 20, replace=False)
    changed = scores.copy()
    changed[exclude] = 99
    kept = choose(scores, labels, name, rate=0.3, exclude=exclude)
    np.testing.assert_array_equal(choose(changed, labels, name, rate=0.3, exclude=exclude), kept)


@pytest.mark.parametrize("name", NAMES)
def test_one_sample_can_be_kept(name):
    for keep in ENDS:
        np.testing.assert_array_equal(choose([7.0], [0], name, rate=1.0, keep=keep), [0], err_msg=keep)


@pytest.mark.parametrize("name", NAMES)
def test_all_samples_are_kept_at_rate_1(name):
    scores = np.random.default_rng(0).normal(size=60)
    np.testing.assert_array_equal(choose(scores, np.arange(60) % 3, name, rate=1), np.arange(60))


@pytest.mark.parametrize("name", NAMES)
def test_the_same_call_gives_the_same_coreset_twice(name):
    scores, labels = np.random.default_rng(1).normal(size=200), np.arange(200) % 4
    again = choose(scores.copy(), labels.copy(), name, rate=0.2)
    np.testing.assert_array_equal(choose(scores, labels, name, rate=0.2), again)


@pytest.mark.parametrize("name", DRAWING)
def test_another_seed_draws_another_coreset_of_the_same_size(name):
    scores, labels = np.random.default_rng(1).normal(size=200), np.arange(200) % 4
    first, second = (choose(scores, labels, name, rate=0.2, seed=seed) for seed in (1, 2))
    assert len(first) == len(second) == 40
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("name", DRAWING)
def test_a_negative_seed_is_refused_in_words(name):
    with pytest.raises(ConfigError, match=r"seed=-1 is not possible.*0 or more"):
        choose([1.0, 2], [0, 1], name, rate=0.5, seed=-1)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in DRAWING])
def test_the_coreset_follows_the_samples_when_their_order_changes(name):
    draws = np.random.default_rng(2)
    scores, labels, order = draws.normal(size=50), draws.integers(0, 3, 50), draws.permutation(50)
    kept, moved = choose(scores, labels, name, rate=0.3), choose(scores[order], labels[order], name, rate=0.3)
    np.testing.assert_array_equal(np.sort(order[moved]), kept)


@pytest.mark.parametrize("name", NAMES)
def test_a_nan_score_is_refused_with_its_sample(name):
    with pytest.raises(SelectionError, match=r"1 scores are NaN \(first: sample 2\)"):
        choose([1.0, 2, np.nan, 4], [0, 1, 0, 1], name, rate=0.5)


@pytest.mark.parametrize("name", NAMES)
def test_infinite_scores_are_ranked(name):
    for infinity in (np.inf, -np.inf):
        scores = np.array([0.5, infinity, 0.2, 0.9, infinity, 0.1])
        assert len(choose(scores, [0, 1, 0, 1, 0, 1], name, rate=0.5, **no_cutoff(name))) == 3


@pytest.mark.parametrize("rate", [0, -0.1, 1.01, np.nan, np.inf])
def test_a_rate_outside_0_to_1_is_refused_by_every_rule(rate):
    for name in NAMES:
        with pytest.raises(SelectionError, match="above 0 and up to 1"):
            choose([1.0, 2], [0, 1], name, rate=rate)


def test_an_unknown_option_is_named_with_those_that_exist():
    for name in NAMES:
        with pytest.raises(ConfigError, match=f"Rule {name} has no option 'beta'. It has: ") as caught:
            choose([1.0, 2], [0, 1], name, rate=0.5, beta=1)
        assert all(option in str(caught.value) for option in selection.get(name).options)


def test_every_entry_says_what_it_does_and_where_it_comes_from():
    for name, entry in selection.all_rules().items():
        assert entry.name == name
        said = (entry.label, entry.formula, entry.source, "Source:" in entry.choose.__doc__)
        assert all(said), f"{name}: label, formula, source, source in the docstring: {said}"


def test_an_unknown_rule_is_named_with_those_that_exist():
    with pytest.raises(UnknownNameError, match=r"no selection rule 'best'.*top, balanced"):
        choose([1.0], [0], "best", rate=1)
