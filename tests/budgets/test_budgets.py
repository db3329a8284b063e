"""Class budgets in words, and with every rule and greedy method."""

import numpy as np
import pytest

from coreset_engine import CoresetSpec, Snapshot, budgets, class_budgets, select
from coreset_engine.budgets.needs import class_difficulty
from coreset_engine.errors import ConfigError, SelectionError
from coreset_engine.pipeline.requests import RetrainingRequest, SweepRequest, from_yaml, to_yaml
from coreset_engine.selection import all_rules

KINDS = ("proportional", "tempered", "tempered:tau=0.2", "equal", "difficulty")


@pytest.mark.parametrize("text", ["none", "tempered", "tempered:tau=0.3", "equal"])
def test_a_word_is_read_as_it_is_written(text):
    assert str(budgets.parse(text)) == text


def test_the_usual_exponent_is_not_written():
    assert str(budgets.parse("tempered:tau=0.5")) == "tempered"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fair", "There are no class budgets 'fair'. Choose one of: none, proportional"),
        ("equal:tau=0.5", "only tempered has an option"),
        ("tempered:power=2", "only tempered has an option"),
        ("tempered:tau=2", "τ of tempered class budgets is 2; give a number from 0"),
        ("tempered:tau=x", "τ of tempered class budgets is x"),
        ("tempered:tau", "has no value"),
    ],
)
def test_words_that_mean_nothing_are_refused(text, said):
    with pytest.raises(ConfigError, match=said):
        budgets.parse(text)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rule", sorted(all_rules()))
def test_every_rule_fills_the_budgets_of_every_kind(golden_run, rule, kind):
    if all_rules()[rule].needs == "features":
        pytest.skip("tested with snapshots")
    if (rule, kind) == ("balanced", "equal"):
        pytest.skip("balanced has a budget of this name itself")
    word, _, tau = kind.partition(":tau=")
    kept = select(golden_run, method="aum", rate=0.1, rule=rule, budget=word, tau=float(tau or 0.5))
    need = class_difficulty(golden_run) if word == "difficulty" else None
    wanted = class_budgets(golden_run.labels, 60, kind=word, tau=float(tau or 0.5), need=need)
    np.testing.assert_array_equal(np.bincount(golden_run.labels[kept], minlength=11), wanted)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"tau": 0.3}, "tau=0.3 is of no effect on class budgets 'none'"),
        ({"method": "auto", "tau": 0.3}, "tau=0.3 is of no effect"),
        ({"budget": "tempered:tau=0.2", "tau": 0.3}, "tau=0.3 is of no effect on class budgets 'tempered:tau=0.2'"),
        ({"hard_cutoff_by": "folds"}, "cuts nothing without hard_cutoff"),
        ({"budget": "difficulty", "need": np.ones(11)}, "leave need= out"),
    ],
)
def test_what_would_change_nothing_is_refused(golden_run, given, said):
    with pytest.raises(ConfigError, match=said):
        select(golden_run, rate=0.1, **{"method": "aum"} | given)


def test_the_exponent_in_the_word_counts():
    scores, labels = np.arange(104.0), np.repeat([0, 1], [100, 4])
    kept = select(scores, labels, rate=0.1, budget="tempered:tau=0")
    np.testing.assert_array_equal(kept, select(scores, labels, rate=0.1, budget="equal"))


def test_within_a_class_the_rule_sees_only_that_class(golden_run):
    scores, labels = np.arange(12.0), np.repeat([0, 1, 2], [2, 4, 6])
    assert select(scores, labels, rate=0.5, budget="equal").tolist() == [0, 1, 4, 5, 10, 11]
    assert select(scores, labels, rate=0.5, budget="proportional").tolist() == [1, 4, 5, 9, 10, 11]


def test_excluded_samples_take_no_places_of_their_class():
    scores, labels = np.arange(8.0), np.repeat([0, 1], 4)
    assert select(scores, labels, rate=0.5, budget="equal", exclude=[1, 2, 3]).tolist() == [0, 5, 6, 7]


def test_greedy_methods_fill_them_too(golden_run):
    kept = select(golden_run, method="uniform", rate=0.1, budget="equal")
    np.testing.assert_array_equal(
        np.bincount(golden_run.labels[kept]), class_budgets(golden_run.labels, 60, kind="equal")
    )


def test_what_a_method_calls_budget_itself_goes_there(golden_run):
    exact = select(golden_run, method="uniform", rate=0.1, budget="exact")
    rounded = select(golden_run, method="uniform", rate=0.1, budget="round")
    assert (len(exact), len(rounded)) == (60, sum(round(0.1 * n) for n in np.bincount(golden_run.labels)))


def test_bare_scores_take_the_need_that_is_given():
    scores, labels = np.arange(20.0), np.repeat([0, 1], 10)
    kept = select(scores, labels, rate=0.5, budget="difficulty", need=[1.0, 4.0])
    assert np.bincount(labels[kept]).tolist() == [2, 8]


def test_class_difficulty_is_the_winsorised_golden_mean(golden, golden_run):
    np.testing.assert_allclose(class_difficulty(golden_run), golden("budgets")["nucs_S_wins64"], rtol=1e-5)


def test_recall_budgets_without_outputs_on_val_say_what_to_do(golden_run):
    with pytest.raises(ConfigError, match="needs a snapshot"):
        select(golden_run, method="aum", rate=0.1, budget="drop")


def test_pools_of_another_length_are_refused():
    from coreset_engine.selection import select_from_scores

    with pytest.raises(SelectionError, match=r"pool has shape \(2,\) for 3 scores"):
        select_from_scores([1.0, 2, 3], [0, 0, 1], rate=0.5, pool=np.array([True, False]))


SPEC = CoresetSpec("demo", "el2n", {"epochs": 5}, rate=0.1, class_budget="tempered:tau=.3", hard_cutoff=0.3)


def test_a_coreset_says_them_in_every_form():
    assert SPEC.label == "el2n epochs=5, α = 10 %, tempered budgets τ=0.3, hard cut-off β=0.3"
    assert SPEC.file_stem == "demo-el2n-epochs-5-alpha-0.1-tempered-budgets-tau-0.3-hard-cut-off-beta-0.3"
    assert CoresetSpec.from_argv(SPEC.to_argv()) == SPEC
    assert CoresetSpec.from_text(SPEC.to_text()) == SPEC
    assert eval(SPEC.to_python(), {"CoresetSpec": CoresetSpec}) == SPEC
    assert SPEC.query_params() | {"class_budget": "tempered", "tau": 0.3, "hard_cutoff": 0.3} == SPEC.query_params()


def test_texts_of_coresets_without_them_are_as_they_were():
    plain = CoresetSpec("demo", "el2n", rate=0.1)
    assert "budget" not in plain.to_text()
    assert "cutoff" not in plain.to_text()
    assert not {"--class-budget", "--hard-cutoff"} & set(plain.to_argv())


@pytest.mark.parametrize("given", [{"class_budget": "equal"}, {"hard_cutoff": 0.3}])
def test_the_full_data_has_none(given):
    with pytest.raises(ConfigError, match="it has no options, rule, budgets or cut-off"):
        CoresetSpec("demo", "full", rate=1.0, **given)


def test_retrainings_hold_random_to_the_same():
    request = RetrainingRequest(
        "demo", ("el2n",), (0.1,), references=("full", "random"), class_budget="equal", hard_cutoff=0.3
    )
    found = {spec.method: (spec.class_budget, spec.hard_cutoff) for spec in request.coresets()}
    assert found == {"full": ("none", 0.0), "random": ("equal", 0.3), "el2n": ("equal", 0.3)}
    assert RetrainingRequest.from_argv(request.to_argv()) == request


def test_sweeps_cross_budgets_with_cut_offs(tmp_path):
    request = SweepRequest(
        "demo", ("el2n",), (0.1,), architectures=("lenet",), references=("random",),
        class_budgets=("none", "tempered:tau=0.3"), hard_cutoffs=(0.0, 0.3),
    )  # fmt: skip
    found = {(cell.spec.method, cell.spec.class_budget, cell.spec.hard_cutoff) for cell in request.cells(epochs=40)}
    words = [("none", 0.0), ("none", 0.3), ("tempered:tau=0.3", 0.0), ("tempered:tau=0.3", 0.3)]
    assert found == {(name, *pair) for name in ("el2n", "random") for pair in words}
    assert SweepRequest.from_argv(request.to_argv()) == request
    file = tmp_path / "sweep.yaml"
    file.write_text(to_yaml(request))
    assert from_yaml(file) == request


def with_val():
    """A snapshot of two classes of 10 samples, whose val split has a recall of 1/2 in class 0 and 1 in class 1."""
    logits = np.array([[1.0, 0], [0, 1], [0, 1], [0, 1]])
    val = Snapshot.from_arrays(features=np.zeros((4, 1)), logits=logits, labels=np.array([0, 0, 1, 1]))
    labels = np.repeat([0, 1], 10)
    spread = np.arange(20.0)[:, None]
    return Snapshot.from_arrays(features=spread, logits=np.eye(2)[labels], labels=labels, validation=val)


def test_drop_gives_more_to_the_class_with_the_lower_recall_on_val():
    kept = select(with_val(), method="moderate", rate=0.3, budget="drop")
    assert np.bincount(np.repeat([0, 1], 10)[kept]).tolist() == [5, 1]  # need 1/2 and 0; at least one each


def test_recall_of_a_snapshot_without_val_is_a_sentence():
    from dataclasses import replace

    with pytest.raises(ConfigError, match="need the outputs on val of a task with classes"):
        select(replace(with_val(), validation=None), method="moderate", rate=0.3, budget="drop")
