"""The line that tells of jobs in the heading of every page, worked out by hand."""

from datetime import UTC, datetime

from coreset_engine.dashboard.shell import queue_line
from tests.dashboard.shell.test_queue_panel import job

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


def test_nothing_is_said_while_no_job_is_under_way():
    assert queue_line.in_words([], NOW, "UTC") == ""
    assert queue_line.in_words([job(1, "done"), job(2, "failed")], NOW, "UTC") == ""


def test_the_end_follows_from_progress_and_start_in_the_readers_time():
    # a quarter in 20 minutes: the other three take 60; Berlin is two hours ahead in May
    running = job(1, "running", started="2026-05-01T11:40:00+00:00", progress=0.25)
    assert queue_line.in_words([running], NOW, "UTC") == "1 running · done about 13:00"
    assert queue_line.in_words([running], NOW, "Europe/Berlin") == "1 running · done about 15:00"
    assert queue_line.in_words([running], NOW, "no/where") == "1 running · done about 13:00"
    waiting = [job(2, "waiting"), job(3, "waiting")]
    told = queue_line.in_words([running, *waiting], NOW, "UTC")
    assert told == "1 running · 2 waiting · the running one done about 13:00"


def test_a_paused_queue_is_told_while_a_job_waits():
    waiting = [job(2, "waiting"), job(3, "waiting")]
    assert queue_line.in_words(waiting, NOW, "UTC", paused=True) == "2 waiting · queue paused"
    assert queue_line.in_words([job(1, "running")], NOW, "UTC", paused=True) == "1 running"


def test_nothing_is_said_of_the_end_of_a_job_that_has_hardly_begun():
    running = job(1, "running", started="2026-05-01T11:59:00+00:00", progress=0.01)
    assert queue_line.in_words([running], NOW, "UTC") == "1 running"
