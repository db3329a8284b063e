"""kill -9 of every piece of work at random moments: nothing committed is lost, nothing half-made has a name.

`pytest -m hard tests/hard` runs the long form and writes a line per fault to `$CORESET_FIGURES`, else tests/hard/figures/.
"""

import os
from pathlib import Path

import pytest

from tests.hard import kills

LONG = int(os.environ.get("CORESET_KILLS", "100"))
FIGURES = Path(os.environ.get("CORESET_FIGURES", Path(__file__).with_name("figures")))
COUNTS = [3, pytest.param(LONG, marks=pytest.mark.hard)]
FEW = [1, pytest.param(LONG, marks=pytest.mark.hard)]


def clean(tally, count):
    """Check what a loop found; the long form is written down."""
    if count == LONG:
        tally.note(FIGURES)
    assert (tally.tries, tally.lost, tally.wrong) == (count, 0, 0)


@pytest.mark.parametrize("count", COUNTS)
def test_killed_recordings_end_as_undisturbed_ones(phantom_file, cache, count):
    clean(kills.kill_recordings(phantom_file, count), count)


@pytest.mark.parametrize("count", COUNTS)
def test_killed_imports_leave_the_whole_run_or_none(tmp_path, cache, count):
    clean(kills.kill_imports(count, tmp_path), count)


@pytest.mark.parametrize("count", COUNTS)
def test_killed_retrainings_give_every_row_once(recorded, count):
    clean(kills.kill_retrainings(count), count)


@pytest.mark.parametrize("count", FEW)
def test_killed_workers_are_interrupted_and_go_on(phantom_file, cache, count):
    clean(kills.kill_workers(phantom_file, count), count)


@pytest.mark.parametrize("count", FEW)
def test_a_killed_app_takes_no_job_with_it(phantom_file, cache, count):
    cache.mkdir()
    clean(kills.kill_servers(phantom_file, cache, count), count)
