"""The hard cut-off: the golden cuts, its limits, and what it leaves to methods, rules and Random."""

from dataclasses import replace

import numpy as np
import pytest

from coreset_engine import CoresetSpec, Dynamics, budgets, coreset_of, hard_cutoff, select
from coreset_engine.budgets import ClassBudget, Limits
from coreset_engine.budgets.hard_cutoff import evidence, shares
from coreset_engine.errors import ConfigError, DynamicsError
from coreset_engine.sources import Sources


@pytest.fixture(scope="module")
def reference(golden):
    """What reference loops gave."""
    return golden("budgets")


def test_evidence_and_shares_equal_the_golden_ones(golden_run, reference):
    aum, never = evidence([golden_run])
    np.testing.assert_allclose(aum, reference["cut_aum64"], atol=1e-7)
    np.testing.assert_array_equal(never, reference["cut_never"])
    for rate, beta in zip(reference["cut_alpha"], reference["cut_beta64"], strict=True):
        np.testing.assert_allclose(shares(aum, never, golden_run.labels, rate), beta, atol=1e-9)


def test_what_is_left_equals_the_golden_masks(golden_run, reference):
    for rate, kept in zip(reference["cut_alpha"], reference["cut_keep"], strict=True):
        np.testing.assert_array_equal(hard_cutoff(golden_run, float(rate)), kept)


def test_the_share_that_was_never_learned_is_cut_even_where_much_is_kept():
    # one class of 10 at α = 1: 0.3 √(0.1) = 0.095 would cut none, but three were never learned
    p = np.where(np.arange(10) < 3, 0.1, 0.9)[None].repeat(4, axis=0)
    run = Dynamics.from_probabilities(np.stack([p, 1 - p], axis=2), np.zeros(10, int))
    assert np.flatnonzero(~hard_cutoff(run, 1.0)).tolist() == [0, 1, 2]


def test_at_most_half_of_a_class_is_cut():
    p = np.linspace(0.1, 0.4, 10)[None]  # nothing is ever right
    run = Dynamics.from_probabilities(np.stack([p, 1 - p], axis=2), np.zeros(10, int))
    assert np.flatnonzero(~hard_cutoff(run, 0.1)).tolist() == [0, 1, 2, 3, 4]


def test_a_base_of_zero_cuts_nothing(golden_run):
    assert hard_cutoff(golden_run, 0.02, base=0.0).all()


def test_of_several_runs_the_mean_counts():
    first, second = np.array([[0.9, 0.2, 0.6, 0.7]]), np.array([[0.1, 0.8, 0.6, 0.7]])  # means 0.5, 0.5, 0.6, 0.7
    runs = [Dynamics.from_probabilities(np.stack([p, 1 - p], axis=2), np.zeros(4, int)) for p in (first, second)]
    assert np.flatnonzero(~hard_cutoff(runs, 0.1)).tolist() == [0]  # int(0.3 · 4) = 1, ties to the lower row


@pytest.mark.parametrize("labels", [[0, 0, 1], [0, 1, 1, 0]])
def test_runs_on_other_samples_have_no_mean(labels):
    one, other = (
        Dynamics.from_probabilities(np.full((1, len(y), 2), 0.5), np.array(y)) for y in ([0, 0, 1, 1], labels)
    )
    with pytest.raises(DynamicsError, match="can't be averaged"):
        hard_cutoff([one, other], 0.1)
    with pytest.raises(DynamicsError, match="can't be averaged"):
        select([one, other], method="aum", rate=0.5, hard_cutoff=0.3)


@pytest.mark.parametrize("base", [-0.1, 0.6])
def test_a_base_out_of_range_is_refused(golden_run, base):
    with pytest.raises(ConfigError, match=f"The hard cut-off is {base}; give β at α = 10 % from 0"):
        hard_cutoff(golden_run, 0.1, base=base)


def test_multi_label_runs_are_refused():
    run = Dynamics.from_logits(np.zeros((2, 3, 2), np.float32), np.array([[1, 1], [0, 1], [1, 0]], np.uint8))
    with pytest.raises(ConfigError, match="needs one label per sample; dynamics is multi-label"):
        hard_cutoff(run, 0.1)
    with pytest.raises(ConfigError, match="of auto take goal=accuracy"):
        select(run, method="auto", rate=0.7)
    assert len(select(run, method="auto", rate=0.7, goal="accuracy")) == 3


@pytest.mark.parametrize("method", ["random", "aum", "el2n", "uniform"])
def test_no_method_keeps_what_is_cut(golden_run, method):
    kept = select(golden_run, method=method, rate=0.1, hard_cutoff=0.3)
    assert hard_cutoff(golden_run, 0.1)[kept].all()
    assert not hard_cutoff(golden_run, 0.1)[select(golden_run, method="aum", rate=0.1)].all()


def test_a_group_with_too_few_samples_left_takes_all_and_says_so():
    # α = 0.8 of 5: 4 places, but base 0.5 cuts int(0.177 · 5) = 0 and never learned 2 of 5
    p = np.array([[0.1, 0.2, 0.7, 0.8, 0.9]])
    run = Dynamics.from_probabilities(np.stack([p, 1 - p], axis=2), np.zeros(5, int))
    spec = CoresetSpec("mine", "aum", rate=0.8, hard_cutoff=0.5, class_budget="equal")
    found = coreset_of(spec, Sources.of(run))
    assert found.rows.tolist() == [0, 1, 2, 3]
    assert not found.cut.any()
    assert not coreset_of(replace(spec, method="uniform"), Sources.of(run)).cut.any()
    assert found.notes == (
        "The hard cut-off leaves 3 of the 5 samples of class 0, fewer than the 4 to keep: nothing is cut there.",
    )
    of_group = replace(spec, class_budget="none", group_budget="equal")
    for group, told in (("P01", "group P01"), ("", "no group")):
        sources = Sources.of(run, groups=np.array([group] * 5))
        assert f"3 of the 5 samples of {told}, fewer" in coreset_of(of_group, sources).notes[0]


@pytest.mark.parametrize(("named", "told"), [("nodule", "class nodule"), ("class 7", "class 7")])
def test_a_single_sample_is_no_samples_and_a_class_is_called_class_once(named, told):
    limits = Limits(ClassBudget("equal"), pool=np.zeros(1, bool), names=(named,))
    (note,) = budgets.group(np.zeros(1, int), np.zeros(1, int), 1, limits).notes
    assert (
        note == f"The hard cut-off leaves 0 of the 1 sample of {told}, fewer than the 1 to keep: nothing is cut there."
    )


def test_of_many_groups_whose_cut_is_given_up_the_first_are_told_and_the_rest_counted():
    p = np.full((1, 40), 0.1)
    run = Dynamics.from_probabilities(np.stack([p, 1 - p], axis=2), np.zeros(40, int))
    sources = Sources.of(run, groups=np.array([f"P{row:02d}" for row in range(40)]))
    notes = coreset_of(CoresetSpec("mine", "aum", rate=1.0, hard_cutoff=0.5, group_budget="equal"), sources).notes
    told = [note.split("group ")[1][:3] for note in notes[:-1]]  # half of the class is cut, the first rows
    assert (told, notes[-1]) == (
        [f"P{row:02d}" for row in range(10)],
        "The same is so of 10 more: nothing is cut there.",
    )


def test_bare_scores_know_no_training():
    with pytest.raises(ConfigError, match="Bare scores say nothing of a training"):
        select([1.0, 2.0], [0, 1], rate=0.5, hard_cutoff=0.3)
