"""The verdict on a method beside Random, worked by hand and by scipy.stats."""

import math

import numpy as np
import pytest
from scipy import stats

from coreset_engine import results
from coreset_engine.results.randoms import EQUAL, STRATIFIED, UNIFORM, kind_of, paired
from tests.compared import config, frame, metrics

FIGURE = "test_acc_best_val"


def seeds(method, values, first=0, found_by=None, **more):
    """One row a value, seeds counting from `first`."""
    noted = {} if found_by is None else {"found_by": found_by}
    return [(config(method, seed=first + seed, **more), metrics(value, **noted)) for seed, value in enumerate(values)]


def verdicts(*rows, figure=FIGURE):
    return results.verdicts(frame(*rows), figure).set_index("label")


def test_two_seeds_are_judged_by_the_spread_of_all_lines():
    found = verdicts(*seeds("random", [0.80, 0.80]), *seeds("aum", [0.20, 0.22]), *seeds("el2n", [0.79, 0.82]))
    # deviations: aum -1, +1 points; el2n -1.5, +1.5. Squares 2 + 4.5 over 1 + 1 degrees of freedom
    sd = math.sqrt((2 * 0.01**2 + 2 * 0.015**2) / 2)
    # both lines share both trainings of Random; their deviations go together: 0.0003 / sd² = 0.92
    correlation = 2 * 0.01 * 0.015 / sd**2
    freedom = 2**2 / (2 + 2 * correlation**2)
    np.testing.assert_allclose(found["sd"], sd)
    np.testing.assert_allclose(found["freedom"], freedom)
    np.testing.assert_allclose(found["difference"], [-0.59, 0.005])
    np.testing.assert_allclose(found["half"], stats.t.ppf(0.975, freedom) * sd / math.sqrt(2))
    p = 2 * stats.t.sf(np.array([0.59, 0.005]) / (sd / math.sqrt(2)), freedom)
    np.testing.assert_allclose(found["p"], p)
    np.testing.assert_allclose(found["p_holm"], [2 * p[0], p[1]])
    assert found["verdict"].tolist() == ["clearly worse", "no clear difference"]
    assert found["n"].tolist() == [2, 2]


def test_a_single_line_is_the_paired_t_test():
    one, other = [0.61, 0.66, 0.70], [0.60, 0.64, 0.69]
    (line,) = verdicts(*seeds("random", other), *seeds("aum", one)).to_dict("records")
    assert line["p"] == pytest.approx(stats.ttest_rel(one, other).pvalue)
    assert (line["spread"], line["freedom"]) == ("own seeds", 2)


def test_a_line_that_spreads_more_than_the_others_is_judged_by_its_own_seeds():
    calm = [seeds(name, [0.8 + 0.01 * number, 0.81, 0.8, 0.81 + 0.01 * number]) for number, name in enumerate(CALM)]
    found = verdicts(*seeds("random", [0.8] * 4), *[row for one in calm for row in one], *seeds("aum", [0.1, 0.9] * 2))
    assert found.loc["aum", "spread"] == "own seeds"
    assert found.loc["aum", "sd"] == pytest.approx(np.std([0.1, 0.9] * 2, ddof=1))
    assert set(found.loc[list(CALM), "spread"]) == {"this rate"}
    assert (found.loc[list(CALM), "sd"] < 0.02).all()


CALM = ("el2n", "grand", "entropy")


def test_random_under_budgets_does_not_stand_in_for_uniform_random():
    budgeted = {"class_budget": "tempered:tau=0.5", "hard_cutoff": 0.3}
    found = verdicts(
        *seeds("random", [0.80, 0.82]),
        *seeds("random", [0.84, 0.86], **budgeted),
        *seeds("aum", [0.81, 0.82]),
        *seeds("el2n", [0.83, 0.85], **budgeted),
    )
    assert found["difference"].round(4).tolist() == [0.005, -0.01, 0.04]  # 0.815 - 0.81, 0.84 - 0.85, 0.85 - 0.81
    assert found["against"].tolist() == [UNIFORM, "Random, tempered budgets τ=0.5, hard cut-off β=0.3", UNIFORM]
    assert [label.partition(",")[0] for label in found.index] == ["aum", "el2n", "random"]


def test_kinds_of_random_are_held_against_the_uniform_one_and_count_in_the_correction():
    rows = [*seeds("random", [0.80, 0.82, 0.81]), *seeds("aum", [0.70, 0.73, 0.72])]
    (alone,) = verdicts(*rows).to_dict("records")
    kinds = [*seeds("random", [0.8, 0.81, 0.84], hard_cutoff=0.3), *seeds("random", [0.9, 0.91, 0.93], rule="balanced")]
    found = verdicts(*rows, *kinds)
    assert found["against"].tolist() == [UNIFORM] * 3
    assert found["difference"].round(4).tolist() == [-0.0933, 0.1033, 0.0067]
    assert found["verdict"].tolist() == ["clearly worse", "clearly better", "no clear difference"]
    assert found["p_holm"].min() == pytest.approx(3 * found["p"].min())
    assert alone["p_holm"] == alone["p"]


def test_random_under_budgets_of_another_epoch_does_not_stand_in():
    late, early = ({"class_budget": "drop", **epoch} for epoch in ({}, {"snapshot": 3}))
    found = verdicts(
        *seeds("random", [0.80, 0.82], **late),
        *seeds("random", [0.84, 0.86], **early),
        *seeds("aum", [0.81, 0.82], **late),
        *seeds("el2n", [0.83, 0.85], **early),
    )
    own = found[found["n"] > 0]  # there is no uniform Random
    assert own["difference"].round(4).tolist() == [0.005, -0.01]
    assert own["against"].tolist() == ["Random, drop budgets", "Random, drop budgets, after epoch 3"]


def test_random_behind_the_cut_off_of_another_recording_does_not_stand_in():
    here, there = ({"hard_cutoff": 0.3, "run": name, "dynamics": [name]} for name in ("here", "there"))
    rows = [
        *seeds("random", [0.80, 0.82], **here),
        *seeds("random", [0.84, 0.86], **there),
        *seeds("aum", [0.81, 0.82], **here),
        *seeds("el2n", [0.83, 0.85], **there),
    ]
    of_both, of_one = (verdicts(*chosen)["difference"].dropna() for chosen in (rows, [*rows[:2], *rows[4:]]))
    assert of_both.round(4).tolist() == [0.005, -0.01]
    assert of_one.round(4).tolist() == [0.005, 0.03]  # where there is no other
    own, other = (pairs.partners for pairs in paired(frame(*rows[:2], *rows[4:]), FIGURE) if pairs.partners)
    assert own == other  # they share Random's trainings


def test_rates_that_spread_differently_are_pooled_one_by_one():
    rows = []
    for rate, scale in ((0.02, 10), (0.3, 1)):
        rows += seeds("random", [0.5, 0.5, 0.5, 0.5], rate=rate)
        for name, sign in zip(CALM, (1, -1, 1), strict=True):
            rows += seeds(name, [0.5 + sign * scale * x for x in (0.01, -0.012, 0.008, -0.009)], rate=rate)
    found = results.verdicts(frame(*rows), FIGURE)
    assert set(found["spread"]) == {"this rate"}
    sds = found.groupby("rate")["sd"].first()
    assert sds[0.02] == pytest.approx(10 * sds[0.3])


def test_one_pair_is_no_test():
    found = verdicts(*seeds("random", [0.8, 0.8]), *seeds("aum", [0.7]), *seeds("el2n", [0.7, 0.72]))
    assert found.loc["aum", "verdict"] == "no test: too few pairs"
    assert np.isnan(found.loc["aum", ["half", "p", "p_holm"]].astype(float)).all()
    assert found.loc["aum", "difference"] == pytest.approx(-0.1)


def test_differences_without_a_spread_are_no_test():
    assert verdicts(*seeds("random", [0.8, 0.9]), *seeds("aum", [0.7, 0.8]))["verdict"].tolist() == [
        "no test: no spread"
    ]


def test_the_three_kinds_of_random():
    assert kind_of(config("random")) == UNIFORM
    assert kind_of(config("random", rule="balanced")) == STRATIFIED
    assert kind_of(config("random", rule="balanced", options={"budget": "equal"})) == EQUAL
    assert kind_of(config("random", class_budget="equal")) == EQUAL
    assert kind_of(config("random", class_budget="proportional")) == STRATIFIED
    tempered = "Random, tempered budgets τ=0.3, hard cut-off β=0.3"
    assert kind_of(config("random", class_budget="tempered:tau=0.3", hard_cutoff=0.3)) == tempered
    assert kind_of(config("random", hard_cutoff=0.3)) == f"{UNIFORM}, hard cut-off β=0.3"
    assert kind_of(config("random", class_budget=float("nan"), hard_cutoff=float("nan"))) == UNIFORM  # older rows
    assert kind_of(config("random", rule="ccs")) == ""
    assert kind_of(config("aum")) == ""


@pytest.mark.parametrize(("options", "kind", "difference"), [({}, STRATIFIED, -0.1), ({"budget": "equal"}, EQUAL, 0.1)])
def test_a_method_that_picks_within_classes_is_held_against_random_that_does(options, kind, difference):
    randoms = [*seeds("random", [0.9, 0.9]), *seeds("random", [0.7, 0.7], rule="balanced")]
    randoms += seeds("random", [0.5, 0.5], rule="balanced", options={"budget": "equal"})
    line = verdicts(*randoms, *seeds("aum", [0.6, 0.6], rule="balanced", options=options)).iloc[0]
    assert (line["against"], line["fitting"]) == (kind, kind)
    assert line["difference"] == pytest.approx(difference)


def test_a_greedy_method_that_picks_within_classes_is_held_against_stratified_random():
    randoms = [*seeds("random", [0.9, 0.9]), *seeds("random", [0.7, 0.7], rule="balanced")]
    within = seeds("herding", [0.6, 0.6], options={"balanced": True})
    line = verdicts(*randoms, *within).iloc[0]
    assert (line["against"], line["difference"]) == (STRATIFIED, pytest.approx(-0.1))


def test_rows_that_a_search_chose_do_not_count_where_there_are_others():
    chosen, confirmed = seeds("aum", [0.99, 0.98], found_by="racing"), seeds("aum", [0.7, 0.71], 2, "confirmation")
    randoms = seeds("random", [0.8, 0.81, 0.8, 0.8])
    (line,) = verdicts(*randoms, *chosen, *confirmed).to_dict("records")
    assert (line["n"], line["value"], line["found_by"]) == (2, pytest.approx(0.705), "confirmation")


def test_what_only_a_search_trained_does_not_make_the_others_less_sure():
    planned = [*seeds("random", [0.8, 0.81, 0.8]), *seeds("aum", [0.7, 0.73, 0.71]), *seeds("el2n", [0.8, 0.83, 0.79])]
    alone, beside = verdicts(*planned), verdicts(*planned, *seeds("grand", [0.9, 0.7, 0.9], found_by="model"))
    assert beside.loc["grand", "verdict"] == "found by searching: not tested"
    assert np.isnan(beside.loc["grand", "p_holm"])
    assert beside.loc[["aum", "el2n"], "p_holm"].tolist() == alone["p_holm"].tolist()
