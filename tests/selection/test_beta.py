"""Beta: the released code's weights, how often its draws take a sample, and weights worked by hand."""

import itertools

import numpy as np
import pytest

from coreset_engine import Snapshot, api, score, select
from coreset_engine.errors import ConfigError, SelectionError
from coreset_engine.selection import Request, select_from_scores
from coreset_engine.selection.beta import beta, importance, log_density
from coreset_engine.sources import Sources

LABELS = np.zeros(4, int)


@pytest.fixture(scope="module")
def golden_beta(golden):
    return golden("beta")


@pytest.fixture(scope="module")
def dual(golden):
    return golden("dual")["dual64_0"]


def weights(request, **options):
    """The normalised weights of a request."""
    logs = log_density(request, **{"c_d": 4.0, "concentration": 15.0, **options})
    values = np.exp(logs - logs.max()) * importance(request)
    return values / values.sum()


def golden_request(case, golden_beta, dual, size=None):
    """The request of a golden case, and its c_D."""
    alpha, c_d, drawn = golden_beta["beta_cases"][case][[0, 1, 4]]
    given = {"rate": alpha, "probability": golden_beta["beta_mu"]}
    return Request(dual, np.zeros(600, int), size or int(drawn), "highest", **given), c_d


@pytest.mark.parametrize("case", range(8))
def test_the_weights_are_those_of_float64_loops(case, golden_beta, dual):
    request, c_d = golden_request(case, golden_beta, dual)
    expected = golden_beta[f"beta_w_b1_64_{case}"]
    np.testing.assert_allclose(weights(request, c_d=c_d), expected / expected.sum(), rtol=1e-8, atol=1e-15)


@pytest.mark.parametrize("case", range(1, 8))  # in case 0 the code's b is below 1
def test_the_weights_are_those_of_the_released_code(case, golden_beta, dual):
    request, c_d = golden_request(case, golden_beta, dual)
    np.testing.assert_allclose(weights(request, c_d=c_d), golden_beta[f"beta_w_{case}"], rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("case", [2, 3])
def test_each_sample_is_drawn_as_often_as_by_the_released_code(case, golden_beta, dual):
    request, c_d = golden_request(case, golden_beta, dual)
    counts, times = np.zeros(600), 1500
    for seed in range(times):
        counts[beta(request, c_d=c_d, seed=seed)] += 1
    expected = golden_beta[f"beta_incl_{case}"].astype(float)
    spread = np.sqrt(np.maximum(expected * (1 - expected), 1e-3) * (1 / 4000 + 1 / times))
    assert (np.abs(counts / times - expected) < 4.5 * spread).all()


def test_two_draws_follow_one_another_with_the_weights_of_what_is_left():
    # μ = ½ for all but the hardest, so that the density is the same, and the weights are the scores 1, 2, 3
    request = Request(np.array([1.0, 2, 3]), LABELS[:3], 2, "highest", 0.5, probability=np.full(3, 0.5))
    p, expected = np.array([1, 2, 3]) / 6, np.zeros(3)
    for one, two in itertools.permutations(range(3), 2):
        expected[[one, two]] += p[one] * p[two] / (1 - p[one])
    counts, times = np.zeros(3), 6000
    for seed in range(times):
        counts[beta(request, seed=seed)] += 1
    assert (np.abs(counts / times - expected) < 4.5 * np.sqrt(expected * (1 - expected) / times)).all()


def test_mu_of_the_request_is_that_of_its_ten_hardest():
    # 12 samples: the ten highest scores have μ = 0.2, so b = 15 · 0.8 · (1 - 0.5^2) = 9 and a = 7
    scores, mu = np.arange(12.0), np.array([0.9, 0.9, *[0.2] * 10])
    request = Request(scores, np.zeros(12, int), 6, "highest", 0.5, probability=mu)
    expected = 6 * np.log(mu) + 8 * np.log(1 - mu)
    np.testing.assert_allclose(log_density(request, 2.0, 15.0), expected, rtol=1e-12)


def test_b_never_falls_below_1_and_mu_is_kept_off_its_ends():
    # μ_D = 1, so b would be 0: b = 1 and a = 15, and ln density = 14 ln μ
    request = Request(np.ones(2), LABELS[:2], 1, "highest", 0.5, probability=np.ones(2))
    np.testing.assert_allclose(log_density(request, 4.0, 15.0), 14 * np.log([1 - 1e-4] * 2), rtol=1e-9)


@pytest.mark.parametrize(
    ("scores", "keep", "expected"),
    [
        ([1, 2, 5], "highest", [1, 2, 5]),
        ([-1, 2, 5], "highest", [0, 3, 6]),
        ([1, 2, 5], "lowest", [4, 3, 0]),
        ([1, 2, 5], "middle", [2, 3, 0]),
        ([1, 2, np.inf], "highest", [1, 2, 3]),
        ([-np.inf, 2, 3], "lowest", [2, 1, 0]),
    ],
)
def test_importance_is_not_negative_and_high_at_the_kept_end(scores, keep, expected):
    request = Request(np.array(scores, float), LABELS[:3], 1, keep)
    np.testing.assert_array_equal(importance(request), expected)


def test_samples_of_importance_0_are_drawn_when_no_others_are_left():
    scores, mu = np.array([0.0, 0, 3, 1]), np.array([0.9, 0.1, 0.4, 0.4])
    for seed in range(20):
        kept = select(scores, LABELS, rate=0.75, rule="beta", probability=mu, seed=seed)
        assert {2, 3} < set(kept.tolist())


def test_few_are_easy_and_many_are_hard(golden_run):
    mu = golden_run.target_probability[:30].mean(axis=0)
    few, many = (select(golden_run, method="dual", rule="beta", epochs=30, rate=rate) for rate in (0.02, 0.3))
    assert mu[few].mean() > 0.75 > 0.6 > mu[many].mean()


def test_mu_is_the_mean_over_the_epochs_that_the_score_reads(golden_run, golden_beta, dual):
    got = select(golden_run, method="dual", rule="beta", epochs=30, window=10, rate=0.1, seed=5)
    mu = golden_run.target_probability[:30].mean(axis=0, dtype=np.float64)
    np.testing.assert_allclose(mu, golden_beta["beta_mu"], rtol=1e-6)
    scores = score(golden_run, "dual", epochs=30, window=10)
    by_hand = select_from_scores(scores, golden_run.labels, rate=0.1, rule="beta", probability=mu, seed=5)
    np.testing.assert_array_equal(got, by_hand)


@pytest.mark.parametrize(
    ("method", "options", "first"), [("el2n", {}, 10), ("el2n", {"epochs": 4}, 4), ("aum", {}, 11)]
)
def test_any_score_has_its_own_first_epochs_or_15_percent_of_the_run(method, options, first, golden_run):
    got = select(golden_run, method=method, rule="beta", rate=0.1, seed=1, **options)
    mu = golden_run.target_probability[:first].mean(axis=0, dtype=np.float64)
    scores, keep = score(golden_run, method, **options), "lowest" if method == "aum" else "highest"
    by_hand = select_from_scores(scores, golden_run.labels, rate=0.1, rule="beta", probability=mu, seed=1, keep=keep)
    np.testing.assert_array_equal(got, by_hand)


def test_several_runs_are_averaged(tiny_run, tiny_logits, tiny_labels):
    from coreset_engine import Dynamics

    other = Dynamics.from_logits(tiny_logits[::-1], tiny_labels)
    mu = (tiny_run.target_probability[:10].mean(axis=0) + other.target_probability[:10].mean(axis=0)) / 2
    found = api.choose(Sources.of([tiny_run, other]), "el2n", rate=0.5, rule="beta", epochs=10)
    by_hand = select_from_scores(found.scores, tiny_labels, rate=0.5, rule="beta", probability=mu)
    np.testing.assert_array_equal(found.rows, by_hand)


def test_bare_scores_need_probabilities_in_words():
    with pytest.raises(SelectionError, match=r"mean probability of its label.*give probability="):
        select(np.arange(4.0), LABELS, rate=0.5, rule="beta")


def test_a_snapshot_alone_has_no_epochs():
    snapshot = Snapshot.from_arrays(features=np.ones((4, 2)), logits=np.zeros((4, 2)), labels=LABELS)
    with pytest.raises(ConfigError, match="needs training dynamics"):
        select(snapshot, method="margin", rate=0.5, rule="beta")


@pytest.mark.parametrize("wrong", [{"c_d": 0}, {"c_d": np.inf}, {"concentration": -1}, {"concentration": "nan"}])
def test_options_that_are_not_positive_are_refused(wrong):
    with pytest.raises(ConfigError, match="is not possible: give a number above 0"):
        select(np.arange(4.0), LABELS, rate=0.5, rule="beta", probability=np.full(4, 0.5), **wrong)
