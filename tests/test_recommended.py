"""The recommended selection: what `auto` stands for in Python, on the command line, in retrainings and in sweeps."""

import numpy as np
import pytest

from coreset_engine import CoresetSpec, class_budgets, hard_cutoff, select
from coreset_engine.errors import ConfigError
from coreset_engine.pipeline.requests import RetrainingRequest, SweepRequest

WHOLE = CoresetSpec("demo", "random", rate=0.1, class_budget="tempered", hard_cutoff=0.3)


def test_auto_is_random_under_tempered_budgets_behind_the_cut_off():
    assert CoresetSpec("demo", "auto", rate=0.1) == WHOLE


def test_evidence_beside_auto_is_refused_as_all_that_auto_chooses_itself(golden_run):
    with pytest.raises(ConfigError, match="auto chooses rule, class budgets and cut-off itself"):
        select(golden_run, method="auto", rate=0.1, hard_cutoff_by="folds")
    with pytest.raises(ConfigError, match="knows no budgets by group"):
        CoresetSpec("demo", "auto", rate=0.1, group_budget="equal")
    with pytest.raises(ConfigError, match="auto chooses rule, class budgets and cut-off itself"):
        RetrainingRequest("demo", ("auto",), (0.1,), hard_cutoff_by="folds")


def test_the_goal_decides_budgets_and_cut_off(golden_run):
    for goal, kind in (("balanced-accuracy", "tempered"), ("accuracy", "proportional")):
        kept = select(golden_run, method="auto", rate=0.1, goal=goal)
        wanted = class_budgets(golden_run.labels, 60, kind=kind)
        np.testing.assert_array_equal(np.bincount(golden_run.labels[kept]), wanted)
        assert hard_cutoff(golden_run, 0.1)[kept].all() == (goal == "balanced-accuracy")


def test_the_seed_alone_decides_the_draw(golden_run):
    first, again, other = (select(golden_run, method="auto", rate=0.1, seed=seed).tolist() for seed in (1, 1, 2))
    assert first == again != other


def test_python_and_the_spec_keep_the_same(golden_run):
    spec = CoresetSpec("demo", "auto", {"seed": 3}, rate=0.1)
    parts = {"rule": spec.rule, "budget": spec.class_budget, "hard_cutoff": spec.hard_cutoff, **spec.all_options}
    by_parts = select(golden_run, method=spec.method, rate=0.1, **parts)
    np.testing.assert_array_equal(select(golden_run, method="auto", rate=0.1, seed=3), by_parts)


def test_the_command_line_reads_it():
    words = ["demo", "--method", "auto", "--rate", "0.1", "--option", "goal=accuracy", "--option", "seed=3"]
    assert CoresetSpec.from_argv(words) == CoresetSpec("demo", "auto", {"goal": "accuracy", "seed": 3}, rate=0.1)


@pytest.mark.parametrize(
    ("options", "said"),
    [({"goal": "fame"}, "goal='fame' is not possible"), ({"early": 1}, "has no option 'early'. It has: goal, seed"),
     ({"seed": "x"}, "seed='x' is not possible"), ({"seed": -1}, "seed=-1 is not possible")],
)  # fmt: skip
def test_options_that_it_does_not_have_are_refused(options, said):
    with pytest.raises(ConfigError, match=said):
        CoresetSpec("demo", "auto", options, rate=0.1)


@pytest.mark.parametrize("given", [{"rule": "ccs"}, {"class_budget": "equal"}, {"hard_cutoff": 0.1}])
def test_parts_that_it_chooses_itself_are_refused(given):
    with pytest.raises(ConfigError, match="auto chooses rule, class budgets and cut-off itself"):
        CoresetSpec("demo", "auto", rate=0.1, **given)


def test_retrainings_and_sweeps_take_it_beside_other_methods():
    options = {"early": 1, "late": 21, "length": 10}
    request = RetrainingRequest("demo", ("auto", "eva"), (0.1,), options=options, rule="balanced")
    assert request.coresets() == [WHOLE, CoresetSpec("demo", "eva", options, "balanced", rate=0.1)]
    assert RetrainingRequest.from_argv(request.to_argv()) == request
    sweep = SweepRequest("demo", ("auto:goal=accuracy", "el2n"), (0.1,), architectures=("lenet",))
    assert [cell.spec.class_budget for cell in sweep.cells(40)] == ["proportional", "none"]
    assert SweepRequest.from_argv(sweep.to_argv()) == sweep
