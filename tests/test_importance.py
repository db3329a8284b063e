"""The importance that some methods need beside features: a named score, or anybody's numbers."""

import numpy as np
import pytest

from coreset_engine import CoresetSpec, Dynamics, Snapshot, score, select
from coreset_engine.errors import ConfigError, EngineError
from coreset_engine.sources import Sources

NEEDING = ["d2", "bws", "mix"]


@pytest.fixture(scope="module")
def run():
    """The dynamics of 60 samples over 12 epochs."""
    draws = np.random.default_rng(0)
    return Dynamics.from_logits(2 * draws.normal(size=(12, 60, 3)), np.arange(60) % 3)


@pytest.fixture(scope="module")
def snapshot(run):
    """Features of the same samples."""
    draws = np.random.default_rng(1)
    return Snapshot.from_arrays(
        features=draws.normal(size=(60, 6)), logits=draws.normal(size=(60, 3)), labels=run.labels
    )


@pytest.mark.parametrize("method", NEEDING)
@pytest.mark.parametrize("name", ["forgetting", "aum", "el2n", "tdds"])
def test_a_named_score_is_turned_so_that_high_is_hard(run, snapshot, method, name):
    values = score(run, name)
    hard = values.max() - values if name == "aum" else values
    assert hard.min() >= 0
    named = select(run, method=method, rate=0.2, snapshot=snapshot, importance=name)
    np.testing.assert_array_equal(named, select(snapshot, method=method, rate=0.2, importance=hard))


def test_a_score_of_the_snapshot_needs_no_dynamics(snapshot):
    named = select(snapshot, method="d2", rate=0.2, importance="margin")
    hard = score(snapshot, "margin")
    np.testing.assert_array_equal(named, select(snapshot, method="d2", rate=0.2, importance=hard - min(0, hard.min())))


def test_without_a_name_it_is_forgetting(run, snapshot):
    named = select(run, method="d2", rate=0.2, snapshot=snapshot, importance="forgetting")
    np.testing.assert_array_equal(select(run, method="d2", rate=0.2, snapshot=snapshot), named)


def test_two_long_arrays_that_differ_in_one_number_are_told_apart():
    features = np.random.default_rng(2).normal(size=(3000, 3))
    many = Snapshot.from_arrays(features=features, logits=features, labels=np.zeros(3000, int))
    sources = Sources.of(many)
    for row in (1500, 1700):
        hard = np.zeros(3000)
        hard[row] = 9
        found = select(sources, method="d2", rate=1 / 3000, neighbours=1, scale="none", gamma=0.0, importance=hard)
        assert found.tolist() == [row]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("moderate", "keeps the middle of its scores, so they can't say how hard"),
        ("nothing", "no scoring method 'nothing'"),
        ("eva", "needs a value for early, late"),
    ],
)
def test_a_name_that_says_nothing_of_difficulty_is_refused(run, snapshot, name, words):
    with pytest.raises(EngineError, match=words):
        select(run, method="d2", rate=0.2, snapshot=snapshot, importance=name)


def test_a_score_of_dynamics_needs_them(snapshot):
    with pytest.raises(ConfigError, match="needs training dynamics"):
        select(snapshot, method="d2", rate=0.2)


def test_a_coreset_of_a_run_is_asked_for_by_names_only():
    assert CoresetSpec("tiny", "d2", {"importance": "aum"}, rate=0.1).options == {"importance": "aum"}
    assert CoresetSpec("tiny", "d2", {"importance": "eva:03/31"}, rate=0.1) == CoresetSpec(
        "tiny", "d2", {"importance": "eva:3/31"}, rate=0.1
    )
    for word in ("nope", "eva", "eva:\u0663/31"):
        with pytest.raises(EngineError):
            CoresetSpec("tiny", "d2", {"importance": word}, rate=0.1)
    with pytest.raises(ConfigError, match="importance takes one value here, not an array"):
        CoresetSpec("tiny", "d2", {"importance": np.ones(3)}, rate=0.1)


def test_a_coreset_by_name_survives_the_command_line_and_an_address():
    spec = CoresetSpec("tiny", "bws", {"importance": "el2n", "by": "validation"}, rate=0.1)
    assert CoresetSpec.from_argv(spec.to_argv()) == spec
    assert CoresetSpec.from_text(spec.to_text()) == spec
