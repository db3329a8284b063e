"""The list of jobs, with jobs that really ran."""

import time

from coreset_engine.executors import queue
from tests.test_pages import opened


def ended(number):
    """Wait until a job has ended and return it."""
    deadline = time.monotonic() + 60
    while queue.job(number).active and time.monotonic() < deadline:
        time.sleep(0.1)
    return queue.job(number)


def test_a_failed_job_shows_why_and_what_it_printed_until_another_goes_on_with_it():
    first = queue.start(["verify", "nothing"], "Check a run that is not there")
    assert ended(first).state == "failed"
    page = opened("app.py")
    assert [button.key for button in page.button if button.label == "Resume"] == [f"overview_resume_{first}"]
    assert any("There is no run" in log.value for log in page.code)
    second = queue.resume(first)
    ended(second)
    page = opened("app.py")
    assert not page.exception
    assert [button.key for button in page.button if button.label == "Resume"] == [f"overview_resume_{second}"]
    assert any(f"Job {second} goes on with it." in caption.value for caption in page.caption)
