"""A coreset kept beside another one: what enters and what leaves."""

import numpy as np

from coreset_engine.dashboard.coresets import pinned


def test_entering_and_leaving_are_what_the_two_do_not_share():
    now, a = np.array([1, 1, 1, 0, 0], bool), np.array([0, 1, 1, 1, 0], bool)
    found = pinned.against(now, a)
    assert (found.entering.tolist(), found.leaving.tolist(), found.jaccard) == ([0], [3], 0.5)


def test_a_selection_against_itself_changes_nothing():
    same = np.array([1, 0, 1], bool)
    found = pinned.against(same, same)
    assert (len(found.entering), len(found.leaving), found.jaccard) == (0, 0, 1.0)
