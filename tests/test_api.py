"""The one call to a coreset: from dynamics, from several runs, from anybody's scores."""

import numpy as np
import pytest

from coreset_engine import Coreset, Dynamics, Snapshot, score, select
from coreset_engine.api import choose, training_weights
from coreset_engine.errors import ConfigError, SelectionError, UnknownNameError
from coreset_engine.methods import resolve, split_options
from coreset_engine.sources import Sources
from tests.gradients import golden as golden_picks
from tests.gradients import golden_weights
from tests.snapshots import golden_snapshot


def test_the_end_that_the_method_keeps_is_taken_by_default(tiny_run):
    aum = score(tiny_run, "aum")
    expected = np.sort(np.argsort(aum, kind="stable")[:2])
    np.testing.assert_array_equal(select(tiny_run, method="aum", rate=0.25), expected)


def test_the_other_end_can_be_asked_for(tiny_run):
    aum = score(tiny_run, "aum")
    expected = np.sort(np.argsort(-aum, kind="stable")[:2])
    np.testing.assert_array_equal(select(tiny_run, method="aum", rate=0.25, keep="highest"), expected)


def test_bare_scores_keep_the_highest_by_default():
    np.testing.assert_array_equal(select([0.1, 0.9, 0.5], [0, 1, 0], rate=0.3), [1])


def test_dynamics_and_their_scores_give_the_same_coreset(tiny_run):
    window = {"early": 1, "late": 7, "length": 3}
    from_scores = select(score(tiny_run, "eva", **window), tiny_run.labels, rate=0.5, rule="balanced")
    np.testing.assert_array_equal(select(tiny_run, method="eva", rate=0.5, rule="balanced", **window), from_scores)


def test_the_scores_of_several_runs_are_averaged_before_the_selection(tiny_run, tiny_logits, tiny_labels):
    other = Dynamics.from_logits(-tiny_logits, tiny_labels)
    mean = (score(tiny_run, "el2n") + score(other, "el2n")) / 2
    expected = select(mean, tiny_labels, rate=0.5)
    np.testing.assert_array_equal(select([tiny_run, other], method="el2n", rate=0.5), expected)


def test_options_go_to_the_method_and_to_the_rule():
    of_method, of_rule = split_options("eva", "ccs", {"early": 1, "late": 7, "cutoff": 0.1})
    assert (of_method, of_rule) == ({"early": 1, "late": 7}, {"cutoff": 0.1})


def test_an_option_that_both_have_goes_to_both():
    assert split_options("random", "ccs", {"seed": 3}) == ({"seed": 3}, {"seed": 3})


def test_an_option_of_neither_is_named_with_those_that_exist(tiny_run):
    with pytest.raises(
        ConfigError, match=r"Neither el2n nor rule ccs has an option 'beta'.*epochs, cutoff, strata, seed"
    ):
        select(tiny_run, method="el2n", rate=0.5, rule="ccs", beta=0.1)


def test_dynamics_need_a_method(tiny_run):
    with pytest.raises(ConfigError, match="With dynamics give a method"):
        select(tiny_run, rate=0.5)


@pytest.mark.parametrize("given", [{}, {"labels": [0, 1], "method": "eva"}])
def test_scores_need_labels_and_no_method(given):
    with pytest.raises(ConfigError, match="With scores give their labels and no method"):
        select([1.0, 2], rate=0.5, **given)


def test_an_unknown_method_or_rule_is_named(tiny_run):
    with pytest.raises(UnknownNameError, match="no method 'evva'"):
        select(tiny_run, method="evva", rate=0.5)
    with pytest.raises(UnknownNameError, match="no selection rule 'tops'"):
        select(tiny_run, method="el2n", rule="tops", rate=0.5)


def test_a_rate_given_in_percent_is_refused(tiny_run):
    with pytest.raises(SelectionError, match="rate is 10; give the kept share"):
        select(tiny_run, method="el2n", rate=10)


def test_multi_label_dynamics_can_be_balanced_over_their_label_sets():
    labels = np.repeat([[1, 1], [0, 1]], 4, axis=0)
    run = Dynamics.from_logits(np.random.default_rng(0).normal(size=(12, 8, 2)), labels)
    kept = select(run, method="el2n", rate=0.5, rule="balanced")
    np.testing.assert_array_equal(labels[kept].sum(axis=0), [2, 4])


def test_a_seed_that_is_given_goes_before_that_of_the_training():
    assert resolve("random", "sampled", 0.1, {}, seed=2) == ({"seed": 2}, {"temperature": 1.0, "seed": 2})
    assert resolve("random", "sampled", 0.1, {"seed": 5}, seed=2) == ({"seed": 5}, {"temperature": 1.0, "seed": 5})


@pytest.mark.parametrize(("keep", "weights"), [("highest", [0, 0.25, 1]), ("lowest", [1, 0.75, 0])])
def test_a_score_weighs_by_its_place_between_the_ends_and_the_kept_one_is_1(keep, weights):
    choice = Coreset(np.array([0, 1, 3]), np.array([2.0, 3, 4, 6]), keep)
    np.testing.assert_allclose(training_weights(choice, "el2n"), weights)


@pytest.mark.parametrize("scores", [[np.inf, np.inf, np.inf], [2.0, 2.0, np.inf]])
def test_scores_that_differ_by_nothing_finite_weigh_1(scores):
    assert training_weights(Coreset(np.array([0, 2]), np.array(scores), "highest"), "el2n").tolist() == [1, 1]


def test_the_options_of_ccs_resolve_to_the_cutoff_of_the_rate():
    of_rule = {"cutoff": 0.3, "strata": 50, "seed": 4, "cutoff_by": "aum"}
    assert resolve("el2n", "ccs", 0.1, {}, seed=4) == ({"epochs": 10}, of_rule)
    assert resolve("el2n", "ccs", 0.5, {"cutoff": "0.2"})[1]["cutoff"] == 0.2


def test_an_option_that_came_later_is_said_only_where_it_is_not_the_default():
    of_rule = {"cutoff": 0.3, "strata": 50, "seed": 4, "cutoff_by": "aum"}  # as rows of before say it
    assert resolve("el2n", "ccs", 0.1, {"capped": "false"}, seed=4)[1] == of_rule
    assert resolve("el2n", "ccs", 0.1, {"capped": "true"}, seed=4)[1] == of_rule | {"capped": True}


def weighed(source, method, **asked):
    """The rows of a coreset and the weights of its samples in training."""
    choice = choose(Sources.of(source), method, **asked)
    return choice.rows.tolist(), training_weights(choice, method)


def scored(values):
    """A run of one epoch whose EL2N scores, with epochs=1, are `values`."""
    return Dynamics(np.zeros(len(values), int), {"error_norm": np.array([values], np.float32)}, 2, 1)


@pytest.mark.parametrize("rate", [0.3, 1.0])
def test_a_score_weighs_as_the_released_code_of_tdds(rate, golden, golden_run):
    tdds = golden("tdds")
    epochs, window, decay = tdds["config_range_window_decay"][1]
    options = {"epochs": int(epochs), "window": int(window), "decay": decay}
    rows, weights = weighed(golden_run, "tdds", rate=rate, **options)
    np.testing.assert_allclose(weights, tdds["weight_cfg1"][rows], rtol=1e-5, atol=1e-7)
    assert weights.max() == 1


def test_where_the_lowest_are_kept_the_lowest_score_weighs_1():
    rows, weights = weighed(scored([1, 3, 2, 5]), "el2n", epochs=1, rate=0.75, keep="lowest")
    assert rows == [0, 1, 2]
    np.testing.assert_array_equal(weights, [1, 0.5, 0.75])


def test_equal_scores_weigh_1():
    np.testing.assert_array_equal(weighed(scored([0.5, 0.5, 0.5, 0.5]), "el2n", epochs=1, rate=0.5)[1], [1, 1])


def test_an_infinite_score_weighs_as_the_highest_finite_one():
    # right or wrong in three epochs: forgotten once, never, once; the last sample is never learned
    right = np.array([[1, 1, 1, 0], [0, 1, 0, 0], [1, 1, 0, 0]])
    run = Dynamics(np.zeros(4, int), {"prediction": (1 - right).astype(np.uint8)}, 2, 3)
    np.testing.assert_array_equal(weighed(run, "forgetting", never_learned="inf", rate=1.0)[1], [1, 0, 1, 1])


def test_an_excluded_sample_has_no_weight_but_counts_among_all_scores():
    rows, weights = weighed(scored([1, 4, 2, 5]), "el2n", epochs=1, rate=0.5, exclude=[3])
    assert rows == [1, 2]
    np.testing.assert_array_equal(weights, [0.75, 0.25])


def test_the_weights_of_craig_stand_in_the_order_of_the_rows():
    # two tight clusters: the median of all, row 3, is picked first, then the median of the others; each for its cluster
    features = np.array([[9.2], [9.1], [9.0], [0.3], [0.2], [0.1], [0.0]])
    snapshot = Snapshot.from_arrays(features=features, logits=np.zeros((7, 2)), labels=np.zeros(7, int))
    rows, weights = weighed(snapshot, "craig", rate=2 / 7)
    assert (rows, weights.tolist()) == ([1, 3], [3, 4])


def test_the_weights_of_gradmatch_stand_in_the_order_of_the_rows():
    rows, weights = weighed(golden_snapshot(), "gradmatch", rate=0.1, balanced=True, grad_scale="1/n")
    picked, expected = golden_picks("gradmatch", 10, True), golden_weights("gradmatch", 10, True)
    order = np.argsort(picked)
    assert rows == picked[order].tolist()
    np.testing.assert_allclose(weights, expected[order], rtol=1e-3)


def test_without_an_end_of_the_scores_there_are_no_weights():
    with pytest.raises(ConfigError, match="el2n gives no training weights"):
        weighed(scored([1, 2, 3, 4]), "el2n", epochs=1, rate=0.5, keep="middle")


def test_a_method_that_picks_without_weights_gives_none():
    with pytest.raises(ConfigError, match="k-center gives no training weights"):
        weighed(golden_snapshot(), "k-center", rate=0.1)
