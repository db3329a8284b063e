"""The sets of a map against `select`, which sorts the float64 scores."""

import numpy as np
import pytest

from coreset_engine import select
from coreset_engine.dynamics import Dynamics
from coreset_engine.window_map import bitsets, windows
from coreset_engine.window_map.sets import Sets
from tests.mapped import unpacked


def assert_selects(run, length, size, step=1, pairs=None):
    """Compare the sets of every pair, or of `pairs` random ones, with those that `select` makes."""
    starts = windows.starts(run.epochs, length, step)
    layout = bitsets.layout(run.labels)
    sets = Sets(run.error_norms, starts, length, size, layout)
    legal = [
        (e, late) for e, first in enumerate(windows.first_late(starts, length)) for late in range(first, len(starts))
    ]
    if pairs:
        legal = np.random.default_rng(4).permutation(legal)[:pairs].tolist()
    for early, late in legal:
        words = sets.kept(early, slice(late, late + 1))
        rows = select(
            run,
            method="eva",
            rate=size / run.n_samples,
            early=int(starts[early]),
            late=int(starts[late]),
            length=length,
        )
        assert np.flatnonzero(unpacked(layout, words[0])).tolist() == rows.tolist(), (starts[early], starts[late])
    return sets


def run_of(norms, labels=None):
    """The dynamics of error norms (T, N)."""
    norms = np.ascontiguousarray(norms, np.float32)
    labels = np.arange(norms.shape[1]) % 3 if labels is None else labels
    return Dynamics(labels, {"error_norm": norms}, 3, len(norms))


@pytest.mark.parametrize("size", [1, 60, 419, 600])
def test_every_pair_of_a_recorded_run_keeps_what_select_keeps(golden_run, size):
    assert_selects(golden_run, 10, size, pairs=40)


def test_equal_scores_keep_the_lower_rows():
    norms = np.random.default_rng(0).uniform(0, 1.4, (12, 40))
    assert_selects(run_of(np.tile(norms, (1, 5))), 4, 97)


def test_a_run_in_which_most_samples_never_move_keeps_the_lower_rows_of_those():
    norms = np.full((12, 200), 0.25)
    norms[:, ::9] = np.random.default_rng(0).uniform(0, 1.4, (12, 23))
    assert_selects(run_of(norms), 4, 120)


def test_scores_that_float32_cannot_tell_apart_are_ranked_in_float64():
    # early variances of 0.0625 for all, late ones of (k 2^-20)^2, at most 9e-9; float32 sums of both have steps of 7e-9
    order = np.random.default_rng(0).permutation(100)
    norms = np.zeros((4, 100))
    norms[0] = 0.5
    norms[3] = order * 2.0**-18 / 2
    run = run_of(norms)
    layout = bitsets.layout(run.labels)
    table = windows.variances(run.error_norms, np.array([1, 3]), 2, dtype=np.float32)
    assert len(np.unique(table.sum(axis=0))) < 10
    words = Sets(run.error_norms, np.array([1, 3]), 2, 30, layout).kept(0, slice(1, 2))
    assert np.flatnonzero(unpacked(layout, words[0])).tolist() == np.flatnonzero(order >= 70).tolist()


def test_variances_below_the_range_of_float32_are_ranked_too():
    norms = np.random.default_rng(0).uniform(0, 1e-24, (12, 150))
    norms[:, :20] *= 1e24
    assert_selects(run_of(norms), 4, 60)


def test_several_late_windows_at_once_give_the_sets_of_each(golden_run):
    starts = windows.starts(40, 10, 1)
    sets = Sets(golden_run.error_norms, starts, 10, 60, bitsets.layout(golden_run.labels))
    together = sets.kept(2, slice(15, 22))
    alone = [sets.kept(2, slice(late, late + 1))[0] for late in range(15, 22)]
    np.testing.assert_array_equal(together, alone)
