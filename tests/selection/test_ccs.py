"""CCS: the cut-off, the strata and how many samples each gives."""

import numpy as np
import pytest

from coreset_engine import score, select
from coreset_engine.budgets.places import evenly
from coreset_engine.errors import ConfigError, SelectionError, UnknownNameError
from coreset_engine.selection import Request, default_cutoff
from coreset_engine.selection.ccs import ccs, strata_edges, stratify

CASES = range(8)
COLUMNS = {
    "accumulated_margin": "ccs_aum_sum",
    "forgetting": "ccs_forgetting",
    "el2n": "ccs_el2n_sum10",
    "entropy": "ccs_entropy_last",
}


@pytest.fixture(scope="module")
def baselines(golden):
    return golden("baselines")


@pytest.fixture(params=CASES)
def case(request, baselines):
    """One golden case: its scores of all samples, cut-off, rate, and what the released code made of them."""
    number = request.param
    parts = ("kept_after_cutoff", "edges", "counts", "budgets", "selected_example")
    found = {part: baselines[f"strat{number}_{part}"] for part in parts}
    scores = baselines[COLUMNS[str(baselines["strat_key"][number])]].astype(np.float64)
    return found | {
        "scores": scores,
        "cutoff": baselines["strat_beta"][number],
        "rate": baselines["strat_rate"][number],
    }


@pytest.fixture(params=range(5))
def by_class(request, golden, golden_run):
    """One golden case of CCS inside each class: rows, cut-off and place of each class, and what the code made of it."""
    found, number = golden("ccs_classes"), request.param
    parts = {part: found[f"ccscp{number}_{part}"] for part in ("class_budget", "kept", "counts", "budgets", "edges64")}
    rows = [np.flatnonzero(golden_run.labels == c) for c in range(11)]
    return parts | {"rows": rows, "aum": found["cut_aum64"], "cutoff": found["ccscp_beta_alpha"][number][0]}


def test_inside_each_class_edges_counts_and_budgets_are_the_golden_ones(by_class):
    for c, rows in enumerate(by_class["rows"]):
        aum = by_class["aum"][rows]
        spared = np.sort(np.argsort(aum, kind="stable")[int(by_class["cutoff"] * len(rows)) :])
        np.testing.assert_array_equal(rows[spared], rows[by_class["kept"][rows]])
        np.testing.assert_allclose(strata_edges(aum[spared], 50), by_class["edges64"][c], rtol=1e-6)
        counts = np.bincount(stratify(aum[spared], 50), minlength=50)
        np.testing.assert_array_equal(counts, by_class["counts"][c])
        got, budgets = evenly(by_class["class_budget"][c], counts), by_class["budgets"][c]
        for count in np.unique(counts):
            np.testing.assert_array_equal(np.sort(got[counts == count]), np.sort(budgets[counts == count]))


def test_inside_each_class_the_draw_has_the_golden_numbers_of_the_strata(by_class):
    for c, rows in enumerate(by_class["rows"]):
        aum, size = by_class["aum"][rows], int(by_class["class_budget"][c])
        request = Request(aum, np.full(len(rows), c), size, "lowest", hardness=aum)
        drawn = rows[ccs(request, cutoff=float(by_class["cutoff"]))]
        assert by_class["kept"][drawn].all()
        stratum = stratify(by_class["aum"][rows[by_class["kept"][rows]]], 50)
        of_row = dict(zip(rows[by_class["kept"][rows]].tolist(), stratum.tolist(), strict=True))
        got = np.bincount([of_row[row] for row in drawn.tolist()], minlength=50)
        np.testing.assert_array_equal(np.sort(got), np.sort(by_class["budgets"][c]))


def test_few_places_go_to_the_fullest_strata_unless_they_are_capped():
    # widths of 1: strata of 1, 2, 3 and 4 samples; 2 places of 4 strata go to the two fullest
    scores = np.array([0.0, 1.2, 1.3, 2.2, 2.3, 2.4, 3.2, 3.3, 3.4, 4])
    for seed in range(20):
        given = {"rate": 0.2, "rule": "ccs", "cutoff": 0, "strata": 4, "seed": seed}
        plain = select(scores, np.zeros(10, int), **given)
        assert np.isin(plain, [3, 4, 5]).sum() == np.isin(plain, [6, 7, 8, 9]).sum() == 1
        # two strata of width 2, [0, 2) with three samples and [2, 4] with seven: one of each
        capped = select(scores, np.zeros(10, int), capped=True, **given)
        assert (capped < 3).sum() == (capped >= 3).sum() == 1


def test_strata_that_are_fewer_than_the_places_are_not_changed_by_the_cap():
    scores = np.random.default_rng(0).normal(size=300)
    plain, capped = (select(scores, np.zeros(300, int), rate=0.5, rule="ccs", capped=cap) for cap in (False, True))
    np.testing.assert_array_equal(plain, capped)


def test_only_samples_that_the_golden_cutoff_spares_are_drawn(case, baselines, golden_run):
    aum = baselines["ccs_aum_sum"]
    kept = select(case["scores"], golden_run.labels, rate=case["rate"], rule="ccs", cutoff=case["cutoff"], hardness=aum)
    spared = aum[case["kept_after_cutoff"]]
    assert aum[kept].min() >= spared.min()
    assert len(kept) == len(case["selected_example"])


def test_the_edges_are_the_golden_ones(case):
    got = strata_edges(case["scores"][case["kept_after_cutoff"]], 50)
    np.testing.assert_allclose(got, case["edges"], rtol=1e-5)


def test_the_counts_are_the_golden_ones(case):
    strata = stratify(case["scores"][case["kept_after_cutoff"]], 50)
    np.testing.assert_array_equal(np.bincount(strata, minlength=50), case["counts"])


def test_the_budgets_are_the_golden_ones_up_to_strata_of_equal_size(case):
    got = evenly(round(case["rate"] * 600), case["counts"].astype(np.int64))
    assert got.sum() == case["budgets"].sum()
    for count in np.unique(case["counts"]):
        same = case["counts"] == count
        np.testing.assert_array_equal(np.sort(got[same]), np.sort(case["budgets"][same]))


def test_the_golden_draw_has_the_counts_of_a_stratum_that_the_budgets_say(case):
    kept, counts = case["kept_after_cutoff"], case["counts"]
    stratum = dict(zip(kept.tolist(), stratify(case["scores"][kept], 50).tolist(), strict=True))
    drawn = np.bincount([stratum[row] for row in case["selected_example"].tolist()], minlength=50)
    budgets = evenly(round(case["rate"] * 600), counts.astype(np.int64))
    for count in np.unique(counts):
        np.testing.assert_array_equal(np.sort(drawn[counts == count]), np.sort(budgets[counts == count]))


def test_the_draw_meets_every_budget(case, baselines, golden_run):
    rows = select(
        case["scores"],
        golden_run.labels,
        rate=case["rate"],
        rule="ccs",
        cutoff=case["cutoff"],
        hardness=baselines["ccs_aum_sum"],
    )
    spared = np.sort(np.argsort(baselines["ccs_aum_sum"], kind="stable")[int(case["cutoff"] * 600) :])
    strata = stratify(case["scores"][spared], 50)
    budgets = evenly(len(rows), np.bincount(strata, minlength=50))
    np.testing.assert_array_equal(np.bincount(strata[np.isin(spared, rows)], minlength=50), budgets)


def test_the_hardest_by_aum_are_never_kept_whatever_is_scored(golden_run):
    hardest = np.argsort(score(golden_run, "aum"), kind="stable")[:180]
    kept = select(golden_run, method="el2n", rate=0.5, rule="ccs", cutoff=0.3)
    assert not np.isin(hardest, kept).any()


@pytest.mark.parametrize(("name", "sign"), [("el2n", -1), ("correctness", 1)])
def test_another_score_can_say_what_is_hard(name, sign, golden_run):
    hardest = np.argsort(sign * score(golden_run, name), kind="stable")[:180]
    kept = select(golden_run, method="dyn-unc", rate=0.5, rule="ccs", cutoff=0.3, cutoff_by=name)
    assert not np.isin(hardest, kept).any()


def test_the_scores_themselves_can_say_what_is_hard(golden_run):
    scores = score(golden_run, "dyn-unc")
    kept = select(golden_run, method="dyn-unc", rate=0.5, rule="ccs", cutoff=0.3, cutoff_by="score")
    assert not np.isin(np.argsort(-scores, kind="stable")[:180], kept).any()
    bare = select(scores, golden_run.labels, rate=0.5, rule="ccs", cutoff=0.3)
    np.testing.assert_array_equal(kept, bare)


def test_bare_scores_know_no_other_score():
    with pytest.raises(SelectionError, match=r"cut off by el2n where a run's dynamics are known.*cutoff_by=score"):
        select(np.arange(10.0), np.zeros(10, int), rate=0.5, rule="ccs", cutoff_by="el2n")


def test_a_cutoff_by_a_score_that_keeps_the_middle_is_refused(tiny_run):
    with pytest.raises(ConfigError, match="ccs can't cut off by moderate"):
        select(tiny_run, method="el2n", rate=0.5, rule="ccs", cutoff_by="moderate")


def test_a_cutoff_by_an_unknown_score_names_those_there_are(tiny_run):
    with pytest.raises(UnknownNameError, match=r"no scoring method 'aun'.*aum"):
        select(tiny_run, method="el2n", rate=0.5, rule="ccs", cutoff_by="aun")


@pytest.mark.parametrize(("keep", "cut"), [("highest", [8, 9]), ("lowest", [0, 1])])
def test_bare_scores_cut_off_the_kept_end(keep, cut):
    kept = select(np.arange(10.0), np.zeros(10, int), rate=0.8, rule="ccs", cutoff=0.2, keep=keep)
    np.testing.assert_array_equal(kept, np.setdiff1d(np.arange(10), cut))


def test_the_smallest_strata_are_served_first_and_the_rest_share_what_is_left():
    # 12 places over sizes 1, 2, 10, 10: min(1, 12//4) = 1, min(2, 11//3) = 2, min(10, 9//2) = 4, min(10, 5) = 5
    np.testing.assert_array_equal(evenly(12, np.array([10, 1, 10, 2])), [4, 1, 5, 2])


@pytest.mark.parametrize("high", [-1.0, 0.0, 5.0])
def test_the_highest_score_belongs_to_the_last_stratum(high):
    scores = np.linspace(high - 3, high, 4)
    np.testing.assert_array_equal(stratify(scores, 4), [0, 1, 2, 3])


def test_equal_scores_share_one_stratum():
    assert len(np.unique(stratify(np.full(5, 0.3), 50))) == 1


@pytest.mark.parametrize(("infinity", "stratum"), [(np.inf, 3), (-np.inf, 0)])
def test_an_infinite_score_lies_in_the_outermost_stratum_and_leaves_the_others_apart(infinity, stratum):
    strata = stratify(np.array([0.0, 1, 2, infinity]), 4)
    assert strata[3] == stratum
    assert len(np.unique(strata[:3])) == 3


@pytest.mark.parametrize(("rate", "cutoff"), [(0.02, 0.3), (0.1, 0.3), (0.11, 0.1), (0.3, 0.1), (0.31, 0.0)])
def test_the_default_cutoff_goes_by_the_rate_asked_for(rate, cutoff):
    assert default_cutoff(rate) == cutoff


def test_too_few_samples_after_the_cutoff_are_an_error():
    with pytest.raises(SelectionError, match=r"After cutting off 50% .* 5 are left, fewer than the 6 to keep"):
        select(np.arange(10.0), np.zeros(10, int), rate=0.6, rule="ccs", cutoff=0.5)


@pytest.mark.parametrize("wrong", [{"cutoff": 1.0}, {"cutoff": -0.1}, {"strata": 0}])
def test_an_impossible_cutoff_or_no_stratum_is_refused(wrong):
    with pytest.raises(ConfigError, match=r"give a (share from 0 to below 1|whole number of 1 or more)"):
        select(np.arange(10.0), np.zeros(10, int), rate=0.1, rule="ccs", **wrong)
