import numpy as np
import pytest
from scipy.stats import spearmanr

from coreset_engine import score, select
from coreset_engine.dynamics import Dynamics
from coreset_engine.errors import DynamicsError, Interrupted, SelectionError
from coreset_engine.window_map import eva_coreset, window_map


@pytest.fixture
def inputs(golden_run):
    """What a map of the golden run with every measure takes; the other run's samples are the same ones, shuffled."""
    kept, scores = eva_coreset(golden_run, early=1, late=26, length=5, rate=0.1)
    draws = np.random.default_rng(0)
    others = [draws.permuted(golden_run.error_norms, axis=1)]
    suspects = draws.random(600) < 0.1
    return {
        "length": 5,
        "rate": 0.1,
        "step": 5,
        "current": kept,
        "scores": scores,
        "suspects": suspects,
        "others": others,
    }


def mapped(run, inputs, **changes):
    """The map of a run."""
    return window_map(run.error_norms, run.labels, **inputs | changes)


def expected(run, other, inputs, early, late):
    """Every measure of one pair, by sets of rows and the float64 scores."""
    options = {"method": "eva", "early": early, "late": late, "length": 5}
    own, second = (set(select(one, rate=0.1, **options).tolist()) for one in (run, other))
    current = set(np.flatnonzero(inputs["current"]).tolist())
    suspects = set(np.flatnonzero(inputs["suspects"]).tolist())
    total = np.bincount(run.labels)
    counts = np.bincount(run.labels[sorted(own)], minlength=len(total))
    values = score(run, "eva", early=early, late=late, length=5)
    return {
        "overlap": len(own & current) / len(own | current),
        "class_shift": sum(abs(counts / 60 - total / 600)) / 2,
        "rarest_class_rate": (counts / total)[total.argmin()],
        "lowest_class_rate": min(counts / total),
        "suspect_share": len(own & suspects) / 60,
        "suspects_kept": len(own & suspects) / len(suspects),
        "agreement": spearmanr(values, inputs["scores"]).statistic,
        "stability": len(own & second) / len(own | second),
    }


def test_every_measure_of_every_pair_is_that_of_the_selected_coreset(golden_run, inputs):
    made = mapped(golden_run, inputs)
    other = Dynamics(golden_run.labels, {"error_norm": inputs["others"][0]}, 11, 40)
    assert made.starts.tolist() == [1, 6, 11, 16, 21, 26, 31, 36]
    assert (made.pairs, made.size, made.runs, made.sampled) == (28, 60, 2, 600)
    for row, early in enumerate(made.starts.tolist()):
        for column, late in enumerate(made.starts.tolist()):
            found = {name: float(values[row, column]) for name, values in made.matrices.items()}
            if late < early + 5:
                assert np.isnan(list(found.values())).all()
            else:
                wanted = expected(golden_run, other, inputs, early, late)
                assert found == pytest.approx(wanted, abs=1e-6), (early, late)


def test_the_current_pair_overlaps_with_itself_wholly(golden_run, inputs):
    made = mapped(golden_run, inputs)
    at = made.starts.tolist().index
    assert made.matrices["overlap"][at(1), at(26)] == 1
    assert made.matrices["agreement"][at(1), at(26)] == pytest.approx(1)


def test_only_the_measures_asked_for_are_computed(golden_run, inputs):
    assert list(mapped(golden_run, inputs, measures=["suspects_kept"]).matrices) == ["suspects_kept"]


def test_progress_ends_at_the_number_of_pairs(golden_run, inputs):
    told = []
    made = mapped(golden_run, inputs, step=1, watch=lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert told[-1] == (made.pairs, made.pairs)


def test_a_map_that_is_told_to_stop_stops(golden_run, inputs):
    with pytest.raises(Interrupted):
        mapped(golden_run, inputs, should_stop=lambda: True)


def test_classes_of_other_numbers_than_0_to_c_are_counted_as_well(golden_run, inputs):
    made = mapped(golden_run, inputs)
    shifted = window_map(golden_run.error_norms, golden_run.labels * 7 - 3, **inputs)
    np.testing.assert_array_equal(made.matrices["class_shift"], shifted.matrices["class_shift"])


def test_another_number_of_samples_is_refused_by_name(golden_run, inputs):
    with pytest.raises(DynamicsError, match=r"suspects has shape \(599,\), but the run has 600 samples"):
        mapped(golden_run, inputs, suspects=inputs["suspects"][1:])


def test_a_run_of_another_length_is_refused(golden_run, inputs):
    with pytest.raises(DynamicsError, match=r"\(40, 600\), \(39, 600\)"):
        mapped(golden_run, inputs, others=[golden_run.error_norms[1:]])


def test_nan_among_the_current_scores_is_refused(golden_run, inputs):
    with pytest.raises(SelectionError, match="current scores are NaN"):
        mapped(golden_run, inputs, scores=np.full(600, np.nan))
