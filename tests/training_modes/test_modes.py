"""Training modes: which samples an epoch takes and what they weigh, worked by hand."""

from itertools import pairwise

import numpy as np
import pytest

from coreset_engine import training_modes
from coreset_engine.errors import ConfigError, UnknownNameError
from coreset_engine.training_modes import Moment
from coreset_engine.training_modes.infobatch import infobatch
from coreset_engine.training_modes.rs2 import rs2

UNSEEN = np.full(10, np.nan)
LOSSES = np.array([0.1, 0.2, 0.9, 1.0, 0.3, 1.1])  # mean 0.6: samples 0, 1 and 4 lie below


def rows_of_rs2(epoch, seed=3, **options):
    return rs2(Moment(10, seed, epoch, 8, UNSEEN), **options).rows.tolist()


def skipping(epoch=2, seed=0, losses=LOSSES, epochs=8, **options):
    return infobatch(Moment(6, seed, epoch, epochs, losses), **options)


def test_rs2_cuts_a_permutation_into_runs_and_begins_another_when_it_is_used_up():
    # ceil(0.3 * 10) = 3 samples per epoch, ceil(10 / 3) = 4 epochs per permutation, the last run filled from its beginning
    first, second = (np.random.default_rng([3, number]).permutation(10).tolist() for number in (1, 2))
    assert [rows_of_rs2(epoch, rate=0.3) for epoch in (1, 2, 3)] == [first[:3], first[3:6], first[6:9]]
    assert rows_of_rs2(4, rate=0.3) == [first[9], *first[:2]]
    assert rows_of_rs2(5, rate=0.3) == second[:3]
    assert first == [4, 1, 2, 8, 5, 0, 7, 9, 6, 3]


def test_rs2_with_replacement_draws_from_all_samples_each_time_and_none_twice_in_an_epoch():
    drawn = [rows_of_rs2(epoch, rate=0.5, replacement=True) for epoch in range(1, 9)]
    assert {len(set(rows)) for rows in drawn} == {5}
    assert any(set(one) & set(other) for one, other in pairwise(drawn))
    counts = np.bincount(np.concatenate(drawn), minlength=10)
    assert counts.max() > 4  # without replacement every sample is in 4 of 8 epochs


def test_rs2_of_all_samples_takes_them_as_a_plain_training_does():
    for epoch in (1, 2):
        assert rows_of_rs2(epoch, rate=1.0) == np.random.default_rng([3, epoch]).permutation(10).tolist()


def test_infobatch_skips_only_samples_below_the_mean_and_doubles_those_of_them_it_keeps():
    plan = skipping()
    # order 5 2 0 1 4 3; drawn 0.52 0.83 0.84 0.14 0.24 0.98: of 0, 1 and 4 only 4 lies below 0.5
    assert plan.rows.tolist() == [5, 2, 0, 1, 3]
    assert plan.weights.tolist() == [2, 2, 1, 1, 2, 1]
    assert skipping(prune=0.75).weights.tolist() == [4, 4, 1, 1, 4, 1]


def test_the_expected_weight_of_every_sample_is_one():
    sums = np.zeros(6)
    for seed in range(2000):
        plan = skipping(seed=seed, prune=0.6)
        sums[plan.rows] += plan.weights[plan.rows]
    # one draw has variance r / (1 - r) = 1.5; 5 standard errors of 2,000 of them are 0.14
    np.testing.assert_allclose(sums / 2000, 1, atol=0.14)
    assert sums[[2, 3, 5]].tolist() == [2000, 2000, 2000]


def test_infobatch_takes_everything_before_it_knows_all_losses_and_in_the_last_epochs():
    unknown = LOSSES.copy()
    unknown[3] = np.nan
    plain = [skipping(losses=unknown), skipping(epoch=8), skipping(epoch=6, anneal=0.3)]  # 0.3 of 8 epochs: the last 3
    assert [len(plan.rows) for plan in plain] == [6, 6, 6]
    assert [plan.weights for plan in plain] == [None, None, None]
    assert skipping(epoch=5, anneal=0.3).weights is not None
    assert skipping(epoch=7).weights is not None  # 0.125 of 8 epochs: the last one
    assert skipping(epoch=8, anneal=0.0).weights is not None


@pytest.mark.parametrize("text", ["rs2:rate=0.1", "rs2:rate=0.1,replacement=true", "infobatch", "infobatch:prune=0.3"])
def test_a_mode_is_read_again_from_its_word(text):
    assert str(training_modes.parse(text)) == text


def test_what_is_no_mode_is_refused_with_what_there_is():
    with pytest.raises(UnknownNameError, match="infobatch, rs2"):
        training_modes.parse("other")
    with pytest.raises(ConfigError, match="rate"):
        training_modes.parse("rs2")
    with pytest.raises(ConfigError, match=r"no option 'rate'\. It has: prune, anneal"):
        training_modes.parse("infobatch:rate=0.1")
    with pytest.raises(ConfigError, match="from 0 to below 1"):
        training_modes.parse("infobatch:prune=1.0")
