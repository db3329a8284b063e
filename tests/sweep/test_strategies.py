"""What a search asks for: fewer trainings than the grid, the same for the same evidence, and the better ones go on."""

import math

import numpy as np
import pytest

from coreset_engine.coreset import CoresetSpec
from coreset_engine.errors import ConfigError
from coreset_engine.pipeline.requests import window_words
from coreset_engine.sweep.candidates import Evidence, Trial, pooled
from coreset_engine.sweep.strategies import all_strategies, halving, racing

PAIRS = window_words.pairs(["grid"], 40, 10)
SPECS = [CoresetSpec("demo", "eva", {"early": early, "late": late}, rate=0.1) for early, late in PAIRS]
PEAK = PAIRS.index((5, 23))


def evidence(seeds=(0, 1), budget=None, specs=SPECS):
    return Evidence(specs, 40, seeds, budget or math.ceil(len(specs) * len(seeds) / 4))


def truth(pair):
    """A hill over the windows with its top at 5/23, 0.8 high."""
    return 0.8 - 0.01 * (abs(pair[0] - 5) + abs(pair[1] - 23)) / 2


def reached(trial, noise=0.0):
    """What a training reaches: the hill, less when it is short, and noise by its seed that all candidates share."""
    draws = np.random.default_rng([trial.candidate, trial.seed, trial.epochs])
    return truth(PAIRS[trial.candidate]) * (0.7 + 0.3 * trial.epochs / 40) + noise * draws.normal() + 0.02 * trial.seed


def carried_out(name, known, noise=0.0, slots=2):
    """Carry a search out; return its rounds."""
    rounds = []
    while asked := all_strategies()[name].next(known, slots):
        assert asked.trials
        assert not set(asked.trials) & set(known.values), "asked twice"
        known.values |= {trial: reached(trial, noise) for trial in asked.trials}
        rounds.append(asked)
        assert len(rounds) < 1000
    return rounds


@pytest.mark.parametrize("name", ["halving", "racing", "model"])
def test_the_top_of_a_smooth_hill_is_found_or_nearly(name):
    known = evidence(budget=10**6 if name == "racing" else None)
    carried_out(name, known)
    assert truth(PAIRS[known.best()]) == 0.8


@pytest.mark.parametrize("name", ["halving", "model"])
@pytest.mark.parametrize("budget", [8, 20, 33])
def test_a_search_keeps_to_its_budget(name, budget):
    known = evidence(budget=budget)
    carried_out(name, known, noise=0.01)
    assert known.spent <= budget
    assert known.best() is not None


def test_racing_stops_before_its_budget_is_overdrawn():
    known = evidence(budget=20)
    carried_out("racing", known)
    assert known.spent == 20


@pytest.mark.parametrize(("seeds", "budget"), [((0, 1, 2, 3, 4), 10), ((0, 1, 2), 6), ((0,), 4), ((0, 1), 15)])
def test_a_race_whose_budget_ends_within_a_seed_goes_on_with_the_best_and_looks_at_the_whole_list(seeds, budget):
    known = Evidence(SPECS[:8], 40, seeds, budget)
    while asked := racing.STRATEGY.next(known, 2):
        half = asked.trials[: math.ceil(len(asked.trials) / 2)]  # stopped within the round
        for trials in (half, [trial for trial in asked.trials if trial not in half]):
            again = racing.STRATEGY.next(known, 2)
            assert set(trials) <= set(again.trials)
            known.values |= {trial: 0.5 + 0.05 * (trial.candidate == 7) for trial in trials}
    assert known.spent == min(budget, known.grid)
    assert known.best() == 7


def test_a_training_that_failed_once_drops_its_candidate_out_of_a_race_and_widens_no_interval():
    known = Evidence(SPECS[:6], 40, (0, 1, 2, 3), 100)
    while asked := racing.STRATEGY.next(known, 2):
        known.values |= {
            one: math.nan if (one.candidate, one.seed) == (3, 1) else 0.8 - one.candidate / 10 for one in asked.trials
        }
    assert known.spent == 12
    assert known.best() == 0


@pytest.mark.parametrize("name", ["halving", "racing", "model"])
@pytest.mark.parametrize("alive", [None, 5, 11])
def test_a_search_ends_in_its_budget_where_nothing_or_but_one_can_be_trained(name, alive):
    known = Evidence(SPECS[:12], 40, (0, 1), 24)
    while asked := all_strategies()[name].next(known, 2):
        assert not set(asked.trials) & set(known.values)
        known.values |= {trial: 0.4 if trial.candidate == alive else math.nan for trial in asked.trials}
    assert known.spent <= 24
    assert known.best() == alive


@pytest.mark.parametrize("name", ["halving", "racing", "model"])
def test_a_search_that_was_stopped_asks_for_the_same_again(name):
    known = evidence(budget=100)
    for _ in range(2):
        asked = all_strategies()[name].next(known, 2)
        assert all_strategies()[name].next(known, 2) == asked
        known.values |= {trial: reached(trial) for trial in asked.trials}


def test_the_rungs_are_a_quarter_half_and_all_of_the_epochs():
    # 66 pairs: 66 at 10 epochs, 17 at 20, 5 at 40 with one seed, 3 with both
    assert halving.rungs(66, evidence(), 4) == [(10, 1, 17), (20, 1, 5), (40, 1, 3), (40, 2, 3)]
    assert halving.cost(66, evidence(), 4) == 66 / 4 + 17 / 2 + 5 + 3


def test_a_larger_budget_lets_more_candidates_go_on():
    # a quarter of 66 goes on for 33 trainings, a third for 66 / 4 + 22 / 2 + 8 + 3 = 38.5, half for 66 / 4 + 33 / 2 + 17 + 9
    known = [evidence(budget=budget, specs=(SPECS * 2)[:66]) for budget in (33, 38, 39, 58, 59)]
    assert [halving.rate_of(one) for one in known] == [4, 4, 3, 3, 2]
    assert halving.cost(66, known[0], 2) == 59


def test_what_a_halving_costs_is_what_it_spends():
    for count in (4, 7, 20, 66):
        known = Evidence((SPECS * 2)[:count], 40, (0, 1), 2 * count - 1)
        carried_out("halving", known)
        assert known.spent == pytest.approx(halving.cost(count, known, 2))


@pytest.mark.parametrize("name", ["halving", "racing", "model"])
@pytest.mark.parametrize(("count", "seeds"), [(2, (0,)), (2, (0, 1, 2)), (3, (0, 1)), (8, (0,)), (30, (0, 1))])
def test_with_a_budget_of_the_whole_grid_all_are_tried_to_the_end(name, count, seeds):
    known = Evidence(SPECS[:count], 40, seeds, count * len(seeds))
    carried_out(name, known)
    assert all(len(known.of(number)) >= 1 for number in range(count))
    if name == "halving":
        assert known.spent == known.grid == len(known.values)


@pytest.mark.parametrize("name", ["halving", "model"])
@pytest.mark.parametrize(("count", "seeds", "budget"), [(3, (0, 1), 5), (4, (0, 1, 2, 3, 4), 10), (8, (0, 1, 2), 6)])
def test_a_small_budget_is_spent_on_more_than_one(name, count, seeds, budget):
    known = Evidence(SPECS[:count], 40, seeds, budget)
    carried_out(name, known)
    assert len({trial.candidate for trial in known.values}) >= 2
    assert known.spent <= budget


def test_no_rung_is_trained_that_nobody_leaves():
    # of 4 three go on after the first rung; at half of the epochs all three would again
    assert halving.rungs(4, Evidence(SPECS[:4], 40, (0,), 3), 2) == [(10, 1, 3), (40, 1, 3)]


def test_a_halving_that_bears_no_two_is_refused_before_anything_is_trained():
    known = Evidence(SPECS, 40, (0, 1, 2), 5)
    with pytest.raises(ConfigError, match=r"of 5 trainings of full length bears no two candidates.*--budget 6 or more"):
        halving.STRATEGY.next(known, 1)


def test_a_race_drops_who_is_clearly_behind_and_keeps_who_may_be_best():
    known = Evidence(SPECS[:4], 40, (0, 1, 2), 100)
    means = {0: 0.80, 1: 0.79, 2: 0.60, 3: 0.55}
    wobble = [[0.00, 0.02], [0.02, 0.00], [0.01, 0.00], [0.00, 0.01]]
    known.values = {Trial(one, seed, 40): means[one] + wobble[one][seed] for one in means for seed in (0, 1)}
    assert racing.survivors(known, [0, 1, 2, 3], (0, 1)) == [0, 1]


def test_a_training_that_failed_wins_nothing():
    known = Evidence(SPECS[:5], 40, (0,), 100)
    while asked := halving.STRATEGY.next(known, 1):
        known.values |= {
            trial: math.nan if trial.candidate == 0 else 0.5 + trial.candidate / 10 for trial in asked.trials
        }
    assert known.best() == 4


def test_the_model_says_what_it_expects_of_the_pair_that_it_asks_for_and_knows_pairs_of_several_methods():
    specs = [*SPECS[:30], CoresetSpec("demo", "el2n", {"epochs": 5}, rate=0.1), CoresetSpec("demo", "aum", rate=0.1)]
    known = Evidence(specs, 40, (0,), 32)
    while asked := all_strategies()["model"].next(known, 3):
        told = asked.why
        known.values |= {trial: 0.5 + trial.candidate / 100 for trial in asked.trials}
    assert len(known.values) == 32
    assert "promises most" in told
    assert "expected on val" in told


def test_one_failed_everywhere_leaves_no_best():
    known = Evidence(SPECS[:2], 40, (0,), 100)
    known.values = {Trial(0, 0, 40): math.nan, Trial(1, 0, 40): math.nan}
    assert known.best() is None


def test_the_pooled_interval_is_the_one_worked_by_hand():
    # squares about the means: 2 · 0.01² and 2 · 0.03², two degrees of freedom: sd = sqrt(0.002 / 2); t(0.975, 2) = 4.30265
    found = pooled([[0.70, 0.72], [0.50, 0.56], [0.9]], 0)
    assert found.mean == pytest.approx(0.71)
    assert found.sd == pytest.approx(math.sqrt(0.001))
    assert found.half == pytest.approx(4.30265 * math.sqrt(0.001) / math.sqrt(2), rel=1e-5)
    assert pooled([[0.70, 0.72], [0.50, 0.56], [0.9]], 2).half == pytest.approx(4.30265 * math.sqrt(0.001), rel=1e-5)


def test_without_a_second_seed_there_is_no_interval():
    assert math.isnan(pooled([[0.7], [0.8]], 1).half)


def test_every_rung_of_a_halving_takes_the_next_seed_so_that_one_lucky_seed_does_not_decide():
    known = evidence(seeds=(7, 8, 9))
    rounds = carried_out("halving", known)
    seeds = [{(trial.epochs, trial.seed) for trial in asked.trials} for asked in rounds]
    assert seeds == [{(10, 7)}, {(20, 8)}, {(40, 9)}, {(40, 7), (40, 8)}]
