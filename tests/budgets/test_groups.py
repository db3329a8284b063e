"""Groups of samples in a selection, as patients: budgets by group, and groups kept or left out whole; worked by hand."""

import numpy as np
import pytest

from coreset_engine import CoresetSpec, Dynamics, names, select
from coreset_engine.budgets.groups import numbered, whole
from coreset_engine.errors import ConfigError, SelectionError
from coreset_engine.pipeline.requests import RetrainingRequest, SweepRequest
from coreset_engine.results import randoms
from tests.compared import config

# p_y of twelve samples in one epoch, two classes in turn; `confidence` keeps the lowest
OWN = np.array([0.10, 0.92, 0.30, 0.94, 0.50, 0.60, 0.20, 0.96, 0.90, 0.70, 0.80, 0.98])
PATIENTS = np.array(["P2", "P2", "P2", "P2", "P1", "P1", "P1", "P3", "P3", "", "", "P4"])
LABELS = np.arange(12) % 2


@pytest.fixture
def run():
    first = np.where(LABELS == 0, OWN, 1 - OWN)
    return Dynamics.from_probabilities(np.stack([first, 1 - first], axis=1)[None], LABELS, "hand")


def kept(run, rate, budget, **more):
    asked = {"method": "confidence", "groups": PATIENTS, "group_budget": budget} | more
    return select(run, rate=rate, **asked).tolist()


def test_whole_groups_go_down_the_ranking_and_pass_over_what_no_longer_fits(run):
    # ranking 0 6 2 4 5 9 10 8 1 3 7 11; M = 6: P2 with 0 (4 samples), P1 has 3 > 2 left, 9 and 10 of none stand alone
    assert kept(run, 0.5, "whole") == [0, 1, 2, 3, 9, 10]
    # M = 3: P2 has 4, so P1 with 6 comes first
    assert kept(run, 0.25, "whole") == [4, 5, 6]
    assert kept(run, 0.25, "whole", exclude=[5]) == [4, 6, 9]
    with pytest.raises(SelectionError, match="No group fits into 1 places: the smallest has 2 samples"):
        whole(np.arange(4), np.array([0, 0, 1, 1]), 1)


def test_no_group_is_ever_split_or_the_size_exceeded(run):
    for seed in range(20):
        rows = kept(run, 0.4, "whole", method=("random", "uniform")[seed % 2], seed=seed)
        assert len(rows) <= 5
        for name in ("P1", "P2", "P3", "P4"):
            inside = np.isin(np.flatnonzero(name == PATIENTS), rows)
            assert inside.all() or not inside.any()


def test_budgets_by_group_give_each_its_places(run):
    # none 2, P1 3, P2 4, P3 2, P4 1 samples; M = 6. Equal: 1.25 each but P4's one, the sixth to the first, which is none
    assert kept(run, 0.5, "equal") == [0, 6, 8, 9, 10, 11]
    # in proportion, at least one each: three groups have their one, 3 places over 3 + 4 samples are 1.29 and 1.71
    assert kept(run, 0.5, "proportional") == [0, 2, 6, 8, 9, 11]
    drawn = kept(run, 0.5, "proportional", method="uniform")
    assert np.bincount(numbered(PATIENTS)[drawn]).tolist() == [1, 1, 2, 1, 1]
    with pytest.raises(SelectionError, match="3 places can't be shared by 5 groups"):
        kept(run, 0.25, "equal")


def test_groups_are_numbered_by_name_and_those_of_none_together_or_alone():
    assert numbered(PATIENTS).tolist() == [2, 2, 2, 2, 1, 1, 1, 3, 3, 0, 0, 4]
    assert numbered(PATIENTS, alone=True).tolist() == [2, 2, 2, 2, 1, 1, 1, 3, 3, 5, 6, 4]


def test_what_contradicts_groups_is_refused(run):
    for given, words in (
        ({"group_budget": "half"}, "Choose one of: none, proportional, equal, whole"),
        ({"group_budget": "equal", "class_budget": "equal"}, "by class \\(equal\\) or by group \\(equal\\)"),
        ({"group_budget": "whole", "hard_cutoff": 0.3}, "would not stay whole"),
    ):
        with pytest.raises(ConfigError, match=words):
            CoresetSpec("demo", "aum", rate=0.1, **given)
    with pytest.raises(ConfigError, match=r"groups has shape \(2,\) for 12 samples"):
        kept(run, 0.5, "equal", groups=["P1", "P2"])
    with pytest.raises(ConfigError, match="groups change nothing without group_budget"):
        kept(run, 0.5, "none")
    with pytest.raises(ConfigError, match="need the group of every sample"):
        select(run, method="confidence", rate=0.5, group_budget="equal")


def test_group_budgets_stand_in_every_form_of_a_request():
    spec = CoresetSpec("demo", "el2n", rate=0.1, group_budget="whole")
    assert (spec.label, spec.file_stem) == ("el2n, α = 10 %, whole groups", "demo-el2n-alpha-0.1-whole-groups")
    assert CoresetSpec.from_argv(spec.to_argv()) == spec
    assert CoresetSpec.from_text(spec.to_text()) == spec
    assert spec.query_params()["group_budget"] == "whole"
    request = RetrainingRequest("demo", ("el2n",), (0.1,), references=("random",), group_budget="equal")
    assert {one.group_budget for one in request.coresets()} == {"equal"}
    assert RetrainingRequest.from_argv(request.to_argv()) == request
    sweep = SweepRequest("demo", ("el2n",), (0.1,), architectures=("lenet",), group_budgets=("none", "whole"))
    assert [cell.spec.group_budget for cell in sweep.cells(epochs=40)] == ["none", "whole"]
    assert SweepRequest.from_argv(sweep.to_argv()) == sweep
    assert randoms.fitting_kind(config("el2n", group_budget="equal")) == "Random, equal budgets by group"


@pytest.mark.parametrize("missing", [None, float("nan"), np.datetime64("NaT")])
def test_missing_groups_are_no_group_and_no_patient_of_that_name(run, missing):
    given = [name or missing for name in PATIENTS.tolist()]
    assert kept(run, 0.5, "whole", groups=given) == kept(run, 0.5, "whole")
    assert kept(run, 0.5, "equal", groups=np.array(given, object)) == kept(run, 0.5, "equal")
    assert kept(run, 0.5, "whole", groups=PATIENTS[:, None]) == kept(run, 0.5, "whole")


def test_numbers_with_missing_ones_among_them_are_groups_as_in_a_table():
    pandas = pytest.importorskip("pandas")
    assert names.of_groups(pandas.Series([3, None, 12])).tolist() == ["3", "", "12"]
    assert names.of_groups(pandas.array([3, None, 12], "Int64")).tolist() == ["3", "", "12"]
    assert names.of_groups(np.array([b"P1", b""])).tolist() == ["P1", ""]
