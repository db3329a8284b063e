"""A coreset kept beside another one: what enters and what leaves."""

import numpy as np

from coreset_engine.dashboard.coresets import pinned


def test_samples_added_and_removed_are_what_the_two_do_not_share():
    now, a = np.array([1, 1, 1, 0, 0], bool), np.array([0, 1, 1, 1, 0], bool)
    assert pinned.changes(now, a) == (1, 1, 0.5)
    assert pinned.changes(np.array([1, 1, 1, 1, 0], bool), a) == (1, 0, 0.75)


def test_a_selection_against_itself_changes_nothing():
    same = np.array([1, 0, 1], bool)
    assert pinned.changes(same, same) == (0, 0, 1.0)
