import numpy as np
import pytest

from coreset_engine import window_map
from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import DynamicsError, EngineError


@pytest.fixture
def settings(golden_run):
    """What a map of the golden run takes."""
    kept, scores = window_map.eva_coreset(golden_run, early=1, late=31, length=10, rate=0.1)
    return {"length": 10, "rate": 0.1, "step": 10, "current": kept, "scores": scores}


@pytest.fixture
def made(golden_run, settings):
    """A map in the cache."""
    return window_map.make(golden_run, **settings)


def stored(cache):
    """The files of all maps."""
    return sorted((cache / "maps").iterdir())


def assert_equal(one, other):
    """Compare two maps to the last bit."""
    assert {**vars(one), "starts": 0, "matrices": 0} == {**vars(other), "starts": 0, "matrices": 0}
    np.testing.assert_array_equal(one.starts, other.starts)
    assert list(one.matrices) == list(other.matrices)
    for name in one.matrices:
        np.testing.assert_array_equal(one.matrices[name], other.matrices[name])


def test_a_map_comes_back_from_the_cache_as_it_was_made(golden_run, settings, made, cache):
    told = []
    again = window_map.make(golden_run, **settings, watch=lambda *numbers: told.append(numbers))
    assert_equal(again, made)
    assert told == []
    assert len(stored(cache)) == 1


@pytest.mark.parametrize("change", [{"length": 9}, {"rate": 0.2}, {"step": 5}, {"scores": None}, {"current": "all"}])
def test_other_settings_make_another_map(golden_run, settings, made, cache, change):
    if "current" in change:
        change = {"current": np.ones(600, bool)}
    window_map.make(golden_run, **settings | change)
    assert len(stored(cache)) == 2


def test_a_run_with_other_norms_gets_a_map_of_its_own(golden_run, settings, made, cache):
    other = Dynamics(golden_run.labels, {"error_norm": golden_run.error_norms[:, ::-1]}, 11, 40)
    window_map.make(other, **settings)
    assert len(stored(cache)) == 2


def test_a_damaged_map_is_refused_by_load_and_made_again_by_make(golden_run, settings, made, cache):
    file = stored(cache)[0]
    file.write_bytes(file.read_bytes()[:-200])
    with pytest.raises(EngineError, match=r"no readable \.npz"):
        window_map.load(file.stem)
    assert_equal(window_map.make(golden_run, **settings), made)
    assert_equal(window_map.load(file.stem), made)


@pytest.mark.parametrize(
    "change",
    [{"starts": np.array([1, 21, 11, 31])}, {"overlap": np.zeros((3, 3), np.float32)}, {"jaccard": np.zeros(1)}],
)
def test_a_map_whose_parts_do_not_fit_is_refused(made, cache, change):
    file = stored(cache)[0]
    with np.load(file) as members:
        parts = dict(members)
    np.savez(file, **parts | change)
    with pytest.raises(EngineError, match="parts do not fit together"):
        window_map.load(file.stem)


def test_a_map_made_elsewhere_is_found_by_its_inputs(golden_run, settings, made):
    name = window_map.key(golden_run, **settings, suspects=None)
    assert_equal(window_map.load(name), made)


def test_a_map_that_was_never_made_is_none(made):
    assert window_map.load("0" * 32) is None


def test_a_cache_that_cannot_be_written_to_is_told(made, cache):
    for file in stored(cache):
        file.unlink()
    (cache / "maps").rmdir()
    (cache / "maps").write_text("a file where the folder should be")
    with pytest.raises(EngineError, match="can't be written"):
        window_map.save("0" * 32, made)


def test_several_runs_of_one_recipe_tell_their_stability(golden_run, settings):
    made = window_map.make(golden_run, **settings, others=[golden_run, golden_run])
    assert made.runs == 3
    assert np.nanmin(made.matrices["stability"]) == 1


def test_a_run_of_other_labels_is_refused(golden_run, settings):
    other = Dynamics((golden_run.labels + 1) % 11, {"error_norm": golden_run.error_norms}, 11, 40, "changed")
    with pytest.raises(DynamicsError, match=r"changed can't be averaged with .*: \d+ samples have other labels"):
        window_map.make(golden_run, **settings, others=[other])


def test_the_coreset_of_a_pair_comes_with_its_scores(golden_run):
    kept, scores = window_map.eva_coreset(golden_run, early=1, late=31, length=10, rate=0.1)
    assert kept.sum() == 60
    assert scores[kept].min() >= scores[~kept].max()
