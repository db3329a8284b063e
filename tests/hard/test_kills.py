"""kill -9 of every piece of work at random moments: nothing committed is lost, nothing half-made has a name.

`pytest -m hard tests/hard` runs the long form and writes a file per fault to `$CORESET_FIGURES`, else tests/hard/figures/.
"""

import pytest

from tests.hard import kills
from tests.hard.tally import Tally

LONG = 100


@pytest.fixture
def tally(request):
    """What a loop counts, which must end with nothing lost and nothing wrong; the long form is written down."""
    name, count = request.param
    found = Tally(name, count, noted=count == LONG)
    yield found
    assert (found.tries, found.lost, found.wrong) == (count, 0, 0), found.sentences


def counted(name, few):
    """Run a loop in its short form, and where it is asked for in its long one."""
    long = pytest.param((name, LONG), marks=pytest.mark.hard)
    return pytest.mark.parametrize("tally", [(name, few), long], indirect=True, ids=[f"{few}", f"{LONG}"])


@counted("kills_record", 1)
def test_killed_recordings_end_as_undisturbed_ones(phantom_file, cache, tally):
    kills.kill_recordings(phantom_file, tally)


@counted("kills_retrain", 1)
def test_killed_retrainings_give_every_row_once(recorded, tally):
    kills.kill_retrainings(tally)


@counted("kills_import", 1)
def test_killed_imports_leave_the_whole_run_or_none(tmp_path, cache, tally):
    kills.kill_imports(tmp_path, tally)


@counted("kills_worker", 1)
def test_killed_workers_are_interrupted_and_go_on(phantom_file, cache, tally):
    kills.kill_workers(phantom_file, tally)


@counted("kills_server", 1)
def test_a_killed_app_takes_no_job_with_it(phantom_file, cache, tally):
    cache.mkdir()
    kills.kill_servers(phantom_file, cache, tally)
