"""Two real servers and a worker on one cache: of their jobs none is lost, none runs twice, and none ends badly."""

import pytest

from tests.hard.shared_cache import start_jobs
from tests.hard.tally import Tally

LONG = 200


@pytest.mark.parametrize("count", [6, pytest.param(LONG, marks=pytest.mark.hard)])
def test_two_servers_and_a_worker_lose_no_job(cache, count):
    cache.mkdir()
    tally = Tally("shared_cache", count, noted=count == LONG)
    start_jobs(cache, tally)
    assert (tally.tries, tally.lost, tally.wrong) == (count, 0, 0), tally.sentences
