"""The one call to a coreset: from dynamics, from several runs, from anybody's scores."""

import numpy as np
import pytest

from coreset_engine import Dynamics, score, select
from coreset_engine.api import resolve, split_options
from coreset_engine.errors import ConfigError, SelectionError, UnknownNameError


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
    labels = np.repeat([[1, 0], [0, 1]], 4, axis=0)
    run = Dynamics.from_logits(np.random.default_rng(0).normal(size=(12, 8, 2)), labels)
    kept = select(run, method="el2n", rate=0.5, rule="balanced")
    np.testing.assert_array_equal(labels[kept].sum(axis=0), [2, 2])


def test_the_options_of_ccs_resolve_to_the_cutoff_of_the_rate():
    of_rule = {"cutoff": 0.3, "strata": 50, "seed": 4, "cutoff_by": "aum"}
    assert resolve("el2n", "ccs", 0.1, {}, seed=4) == ({"epochs": 10}, of_rule)
    assert resolve("el2n", "ccs", 0.5, {"cutoff": "0.2"})[1]["cutoff"] == 0.2
