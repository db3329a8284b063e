"""The hard cut-off by other evidence than AUM class by class, worked by hand, and in every form it is asked for in."""

from dataclasses import replace

import numpy as np
import pytest

from coreset_engine import CoresetSpec, Dynamics, hard_cutoff, select
from coreset_engine.errors import ConfigError
from coreset_engine.pipeline.requests import RetrainingRequest, SweepRequest
from coreset_engine.results import randoms
from tests.compared import config

# p_y of ten samples over eight epochs, two classes of five; p_other = 1 - p_y, so that the margin is 2 p_y - 1.
# The last max(1, 8 // 4) = 2 epochs decide what was never learned, and what `folds` orders by.
EARLY = [0.9, 0.8, 0.7, 0.1, 0.2, 0.9, 0.6, 0.7, 0.8, 0.9]
LATE = [0.9, 0.8, 0.4, 0.6, 0.3, 0.9, 0.6, 0.7, 0.8, 0.2]
LABELS = np.repeat([0, 1], 5)


@pytest.fixture
def run():
    own = np.array([EARLY] * 6 + [LATE] * 2)
    other = 1 - own
    first = np.where(LABELS == 0, own, other)
    return Dynamics.from_probabilities(np.stack([first, 1 - first], axis=2), LABELS, "hand")


def cut(run, by, base=0.5):
    """The samples that are cut at α = 10 %, where β is the base: int(0.5 * 5) = 2 per class, 5 of all ten."""
    return np.flatnonzero(~hard_cutoff(run, 0.1, base=base, by=by)).tolist()


def test_each_evidence_cuts_what_it_finds(run):
    # mean p_y over eight epochs, hardest first: 3 (.225), 4 (.225) | 2 (.625) ... and 6 (.6), 7 (.7) of class 1
    assert cut(run, "aum") == [3, 4, 6, 7]
    assert cut(run, "aum:global") == [2, 3, 4, 6, 7]  # the five lowest of all: .225, .225, .6, .625, .7
    # correct in under half of the last two epochs: 2, 4 and 9; of class 0 the two of lowest AUM, of class 1 the only one
    assert cut(run, "never-learned") == [2, 4, 9]
    assert cut(run, "never-learned", base=0.2) == [4, 9]  # int(0.2 * 5) = 1 per class
    assert cut(run, "never-learned:global", base=0.2) == [2, 4]  # two of all


def test_folds_order_by_the_late_margin_of_networks_that_never_saw_the_sample(run):
    with pytest.raises(ConfigError, match=r"hand was recorded without folds.*record with --folds 5"):
        cut(run, "folds")
    folded = replace(run, folds=5)
    assert cut(folded, "folds") == [2, 4, 6, 9]  # the lowest p_y of the last two epochs: .4, .3 and .6, .2
    # 2, 4 and 9 of ten were never learned and have a margin below 0 there: q = 0.3 stands above the base
    assert cut(folded, "folds:global", base=0.2) == [2, 4, 9]


def test_what_is_no_evidence_is_refused_with_what_there_is(run):
    with pytest.raises(ConfigError, match="Choose one of: aum, never-learned, folds, aum:global"):
        cut(run, "luck")


def test_selections_keep_clear_of_what_the_evidence_cuts(run):
    for method in ("random", "confidence"):
        kept = select(run, method=method, rate=0.4, hard_cutoff=0.5, hard_cutoff_by="never-learned")
        mask = hard_cutoff(run, 0.4, base=0.5, by="never-learned")
        assert mask[kept].all()
        assert not mask.all()


SPEC = CoresetSpec("demo", "el2n", rate=0.1, hard_cutoff=0.3, hard_cutoff_by="never-learned:global")


def test_a_coreset_says_its_evidence_in_every_form():
    assert SPEC.label == "el2n, α = 10 %, hard cut-off β=0.3 by never-learned, global"
    assert SPEC.file_stem == "demo-el2n-alpha-0.1-hard-cut-off-beta-0.3-by-never-learned-global"
    assert CoresetSpec.from_argv(SPEC.to_argv()) == SPEC
    assert CoresetSpec.from_text(SPEC.to_text()) == SPEC
    assert eval(SPEC.to_python(), {"CoresetSpec": CoresetSpec}) == SPEC
    assert SPEC.query_params()["hard_cutoff_by"] == "never-learned:global"


def test_evidence_without_a_cut_off_and_the_usual_one_leave_no_trace():
    plain = CoresetSpec("demo", "el2n", rate=0.1, hard_cutoff_by="folds")
    assert plain == CoresetSpec("demo", "el2n", rate=0.1)
    assert "cutoff_by" not in CoresetSpec("demo", "el2n", rate=0.1, hard_cutoff=0.3).to_text()


def test_requests_hold_random_to_the_same_evidence():
    request = RetrainingRequest(
        "demo", ("el2n",), (0.1,), references=("random",), hard_cutoff=0.3, hard_cutoff_by="aum:global"
    )
    assert {spec.hard_cutoff_by for spec in request.coresets()} == {"aum:global"}
    assert RetrainingRequest.from_argv(request.to_argv()) == request
    axis = {"hard_cutoffs": (0.0, 0.3), "hard_cutoffs_by": ("aum", "folds")}
    sweep = SweepRequest("demo", ("el2n",), (0.1,), architectures=("lenet",), **axis)
    found = [(cell.spec.hard_cutoff, cell.spec.hard_cutoff_by) for cell in sweep.cells(epochs=40)]
    assert found == [(0.0, "aum"), (0.3, "aum"), (0.3, "folds")]  # without a cut there is no evidence to tell apart
    assert SweepRequest.from_argv(sweep.to_argv()) == sweep
    row = config("el2n", hard_cutoff=0.3, hard_cutoff_by="folds")
    assert randoms.fitting_kind(row) == "Random, uniform, hard cut-off β=0.3 by folds"
