"""Disks that are too small for a piece of work, in every size: one sentence, no loss, and on it goes with more room."""

import pytest

from tests.hard import disks
from tests.hard.tally import Tally


@pytest.mark.parametrize("count", [1, pytest.param(disks.SIZES, marks=pytest.mark.hard)])
def test_a_full_disk_costs_nothing_that_was_there(phantom_file, cache, count):
    cache.mkdir()
    if not disks.may_mount(cache):
        pytest.skip("mounting needs rights")
    tally = Tally("disks", count, noted=count == disks.SIZES)
    disks.fill_disks(phantom_file, cache, tally)
    assert (tally.tries, tally.lost, tally.wrong) == (count, 0, 0), tally.sentences
