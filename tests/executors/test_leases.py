"""Executors elsewhere: whether their jobs live is told by their beats, as a second executor shows."""

from datetime import UTC, datetime, timedelta

import pytest

from coreset_engine.errors import Interrupted, JobError, UnknownNameError
from coreset_engine.executors import queue, table
from coreset_engine.executors.base import ENVIRONMENT, Executor
from coreset_engine.executors.worker import Worker


class Elsewhere:
    """An executor whose workers are told by hand when to beat; it can lose them."""

    name = "elsewhere"

    def __init__(self):
        self.cancelled = []

    def submit(self, arguments, title, *, continues=None, waits_for=()):
        with table.entering(self.name, arguments, title, continues, waits_for) as number:
            pass
        return number

    def cancel(self, job, grace):
        self.cancelled.append((job.id, grace))
        table.write(job.id, state="cancelled")

    def alive(self, job):
        return job.answers

    def log(self, job, size):
        return f"output of job {job.id}"[-size:]


@pytest.fixture
def elsewhere(cache, monkeypatch):
    """The second executor, registered."""
    found = Elsewhere()
    known = queue.all_executors() | {found.name: found}
    monkeypatch.setattr(queue, "all_executors", lambda: known)
    return found


def beat(number, seconds_ago=0.0, **columns):
    """Let a worker give a sign of life at a time in the past."""
    time = (datetime.now(UTC) - timedelta(seconds=seconds_ago)).isoformat(timespec="seconds")
    table.write(number, state="running", beat=time, **columns)


def test_both_executors_are_what_the_seam_asks_for(elsewhere):
    assert {"local", "elsewhere"} <= set(queue.all_executors())
    assert all(isinstance(one, Executor) for one in queue.all_executors().values())
    with pytest.raises(UnknownNameError, match=r"'no such place'.*local, .*elsewhere"):
        queue.start(["methods"], "a list", on="no such place")


def test_a_job_whose_worker_beats_lives_until_the_lease_ends(elsewhere):
    number = queue.start(["methods"], "a list", on="elsewhere")
    assert (queue.job(number).executor, queue.job(number).state) == ("elsewhere", "waiting")
    beat(number, 50)
    assert queue.job(number).state == "running"
    beat(number, 70, message="epoch 3")
    lost = queue.job(number)
    assert (lost.state, lost.active, lost.resumable) == ("interrupted", False, True)
    assert "no sign of life for 7" in lost.message
    assert "epoch 3" in lost.message


def test_a_lost_job_is_requeued_once_and_its_worker_stops_when_it_comes_back(elsewhere, monkeypatch):
    first = queue.start(["methods"], "a list", on="elsewhere")
    monkeypatch.setenv(ENVIRONMENT, str(first))
    worker = Worker()
    worker.wait_for_turn(lambda: False)
    beat(first, 70)
    second = queue.resume(first)
    assert (queue.job(second).executor, queue.job(second).state) == ("elsewhere", "waiting")
    with pytest.raises(JobError, match=f"was resumed already, as job {second}"):
        queue.resume(first)
    with pytest.raises(Interrupted):
        worker.tell(0.5, "back again")
    worker.end("done", "")
    assert queue.job(first).state == "interrupted"


def test_a_job_is_requeued_by_one_of_two_who_saw_it_lost(elsewhere):
    number = queue.start(["methods"], "a list", on="elsewhere")
    beat(number, 70)
    lost = queue.job(number)
    elsewhere.submit(lost.arguments, lost.title, continues=lost)
    with pytest.raises(JobError, match="was resumed already"):
        elsewhere.submit(lost.arguments, lost.title, continues=lost)
    assert len(queue.all_jobs()) == 2


def test_cancel_and_log_are_asked_of_the_executor_of_the_job(elsewhere):
    number = queue.start(["methods"], "a list", on="elsewhere")
    beat(number)
    assert queue.log_tail(number, 5) == f"job {number}"
    assert queue.cancel(number, grace=3).state == "cancelled"
    assert elsewhere.cancelled == [(number, 3)]


def test_a_job_waits_for_those_of_its_own_executor_only(elsewhere, monkeypatch):
    beat(queue.start(["methods"], "there", on="elsewhere"))
    with table.entering("local", ["methods"], "here") as number:
        pass
    monkeypatch.setenv(ENVIRONMENT, str(number))
    worker = Worker()
    worker.wait_for_turn(lambda: False)
    assert table.row(number).state == "running"
    worker.end("done", "")


def test_a_job_that_is_to_stop_never_begins(elsewhere, monkeypatch):
    number = queue.start(["methods"], "a list", on="elsewhere")
    table.write(number, cancelling=1)
    monkeypatch.setenv(ENVIRONMENT, str(number))
    worker = Worker()
    with pytest.raises(Interrupted, match="before it began"):
        worker.wait_for_turn(lambda: False)
    worker.end("interrupted", "")
    assert queue.job(number).state == "cancelled"


def test_a_job_of_an_executor_that_is_not_here_is_judged_by_its_lease(cache):
    with table.entering("gone", ["methods"], "a list") as number:
        pass
    beat(number)
    assert queue.job(number).state == "running"
    beat(number, 70)
    assert queue.job(number).state == "interrupted"
