"""When a job begins: by priority and age, after what it waits for, and not while it or the queue is paused."""

import fcntl
import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from coreset_engine import access
from coreset_engine.errors import JobError, ViewerError
from coreset_engine.executors import queue, table, turns
from coreset_engine.executors.base import ENVIRONMENT
from coreset_engine.executors.local import LocalExecutor
from coreset_engine.executors.worker import Worker
from coreset_engine.paths import jobs_folder
from tests.browser import ROOT
from tests.executors.test_leases import beat, elsewhere

__all__ = ["elsewhere"]


def job(number, state="waiting", **more):
    """A job as it is now; it has just been entered."""
    facts = {
        "title": f"job {number}",
        "arguments": ("methods",),
        "created": table.utc_now(),
        "started": "",
        "ended": "",
    }
    facts |= {"pid": 0, "progress": 0.0, "message": "", "cancelling": False}
    return table.Job(id=number, state=state, **facts | more)


def first(*jobs, paused=False):
    """The numbers of the jobs that may begin now."""
    return [one.id for one in jobs if one.state == "waiting" and not turns.hindrance(one, jobs, paused=paused)]


def test_the_oldest_of_the_highest_priority_begins_and_only_when_none_runs():
    waiting = [job(1), job(2), job(3, priority=1), job(4, priority=1)]
    assert first(*waiting) == [3]
    assert first(job(9, "running"), *waiting) == []
    assert turns.hindrance(waiting[0], [*waiting, job(9, "running")], paused=False) == "waits for job 9"
    assert turns.hindrance(waiting[1], waiting, paused=False) == "waits for job 3"


def test_a_job_of_another_executor_holds_up_nobody():
    assert first(job(1, "running", executor="elsewhere"), job(2, executor="elsewhere"), job(3)) == [3]


def test_a_paused_job_and_one_that_waits_for_another_let_others_pass():
    assert first(job(1, paused=True), job(2)) == [2]
    assert first(job(1, executor="elsewhere"), job(2, waits_for=(1,), priority=5), job(3)) == [1, 3]
    assert first(job(1, "done"), job(2, waits_for=(1,)), job(3)) == [2]


def test_nothing_begins_while_the_queue_is_paused():
    assert first(job(1), job(2, executor="elsewhere"), paused=True) == []
    assert turns.hindrance(job(1), [job(1)], paused=True) == "waits, since the queue is paused"


@pytest.mark.parametrize(
    ("state", "said"), [("failed", "failed"), ("cancelled", "was cancelled"), ("interrupted", "was interrupted")]
)
def test_a_job_ends_with_one_sentence_when_what_it_waits_for_did_not_get_done(state, said):
    jobs = [job(1, state), job(2, waits_for=(1,)), job(3)]
    with pytest.raises(JobError, match=rf"^Job 1, which this one waits for, {said}: resume that one first"):
        turns.hindrance(jobs[1], jobs, paused=False)
    assert turns.hindrance(jobs[2], jobs, paused=False) == ""


def test_a_job_waits_for_the_one_that_went_on_with_what_it_waits_for():
    jobs = [job(1, "interrupted", resumed_by=4), job(2, waits_for=(1,)), job(4, "interrupted", resumed_by=5), job(5)]
    assert turns.hindrance(jobs[1], jobs, paused=False) == "waits for job 5: job 5"
    with pytest.raises(JobError, match="Job 1, which this one waits for, is not in the table"):
        turns.hindrance(jobs[1], jobs[1:], paused=False)


def test_the_runs_that_commands_record_and_read_are_known():
    assert turns.run_recorded(("record", "--dataset", "demo", "--run", "mine", "--device", "cpu")) == "mine"
    assert turns.run_recorded(("demo",)) == "demo"
    assert turns.run_recorded(("record", "--run")) == turns.run_recorded(("retrain", "mine")) == ""
    words = ("retrain", "mine", "--method", "eva", "--average", "second", "third", "--rate", "0.1")
    assert turns.runs_read(words) == {"mine", "second", "third"}
    assert turns.run_recorded(("record", "--run=mine", "--dataset=demo")) == "mine"
    assert turns.runs_read(("sweep", "mine", "--average=second", "third")) == {"mine", "second", "third"}
    for command in ("map", "select", "explore"):
        assert turns.runs_read((command, "mine", "--out", "other")) == {"mine"}
    assert turns.runs_read(("record", "mine")) == turns.runs_read(()) == set()


def test_what_selects_from_a_run_waits_for_the_job_that_records_it(elsewhere):
    recording = queue.start(["record", "--dataset", "demo", "--run", "eva"], "Record eva", on="elsewhere")
    sweep = queue.start(["sweep", "eva", "--rate", "0.1"], "Sweep", on="elsewhere")
    other = queue.start(["retrain", "other", "--method", "eva", "--rate", "0.1"], "Other", on="elsewhere")
    assert queue.recorder_of("eva").id == recording
    assert [queue.job(number).waits_for for number in (recording, sweep, other)] == [(), (recording,), ()]
    beat(recording)
    table.write(recording, state="done")
    assert queue.recorder_of("eva") is None
    later = queue.start(["retrain", "eva", "--method", "aum", "--rate", "0.1"], "Later", on="elsewhere")
    assert queue.job(later).waits_for == ()


def test_a_number_to_wait_for_must_exist(elsewhere):
    with pytest.raises(JobError, match="There is no job 7"):
        queue.start(["methods"], "a list", on="elsewhere", after=[7])
    assert queue.all_jobs() == []


def test_the_first_to_go_is_the_one_moved_last_with_what_it_waits_for_before_it(elsewhere):
    one, two, three = (queue.start(["methods"], name, on="elsewhere") for name in "abc")
    four = queue.start(["methods"], "d", on="elsewhere", after=[three])
    queue.move_first(two)
    queue.move_first(four)
    jobs = queue.all_jobs()
    assert [found.id for found in sorted(jobs, key=turns.place)] == [three, four, two, one]
    assert first(*jobs) == [three]


def test_only_a_job_that_waits_is_moved_or_paused(elsewhere):
    number = queue.start(["methods"], "a list", on="elsewhere")
    queue.pause(number)
    assert queue.job(number).paused
    queue.pause(number, paused=False)
    assert not queue.job(number).paused
    beat(number)
    for change in (queue.move_first, queue.pause):
        with pytest.raises(JobError, match=f"Job {number} is running; only a waiting job can be"):
            change(number)
    table.write(number, state="waiting", cancelling=1)
    with pytest.raises(JobError, match="is asked to stop"):
        queue.pause(number)


def test_the_pause_of_the_queue_is_kept_and_a_damaged_flag_counts_as_none(cache):
    assert not turns.is_paused()
    turns.pause_all(True)
    assert turns.is_paused()
    turns.pause_all(False)
    assert not turns.is_paused()
    turns.pause_all(True)
    with closing(sqlite3.connect(table.table_path())) as database, database:
        database.execute("UPDATE flags SET value = 2")
    assert not turns.is_paused()


def test_a_viewer_changes_no_turn(elsewhere, monkeypatch):
    number = queue.start(["methods"], "a list", on="elsewhere")
    monkeypatch.setenv(access.ENVIRONMENT, "1")
    for change in (queue.move_first, queue.pause, lambda number: turns.pause_all(True)):
        with pytest.raises(ViewerError, match="only shows"):
            change(number)
    assert not turns.is_paused()


def worker_of(number, monkeypatch):
    """The worker of a job, in this process."""
    monkeypatch.setenv(ENVIRONMENT, str(number))
    return Worker()


def test_a_worker_begins_once_its_job_and_the_queue_are_let_go_on(elsewhere, monkeypatch):
    number = queue.start(["methods"], "a list", on="elsewhere")
    queue.pause(number)
    turns.pause_all(True)
    told, worker = [], worker_of(number, monkeypatch)

    def let_go_on(seconds):
        told.append(queue.job(number).message)
        queue.pause(number, paused=False) if len(told) > 1 else turns.pause_all(False)
        worker._told = 0.0  # a message is written at most twice a second

    monkeypatch.setattr("coreset_engine.executors.worker.time.sleep", let_go_on)
    worker.wait_for_turn(lambda: False)
    worker.end("done", "")
    assert told == ["waits, since the queue is paused", "is paused"]
    assert queue.job(number).state == "done"


def test_a_worker_whose_job_waits_for_a_failed_one_ends_and_waits_again_when_resumed(elsewhere, monkeypatch):
    recording = queue.start(["record", "--run", "mine"], "Record mine", on="elsewhere")
    number = queue.start(["sweep", "mine"], "Sweep", on="elsewhere")
    beat(recording)
    table.write(recording, state="failed", message="no room")
    worker = worker_of(number, monkeypatch)
    with pytest.raises(JobError, match=f"Job {recording}, which this one waits for, failed"):
        worker.wait_for_turn(lambda: False)
    worker.end("failed", "")
    again = queue.resume(recording)
    resumed = queue.job(queue.resume(number))
    assert turns.awaited(resumed, queue.all_jobs())[0].id == again


_CONTENDER = """
import sys, time
from coreset_engine.executors import table
from coreset_engine.executors.worker import Worker
worker = Worker()
worker.wait_for_turn(lambda: False)
with open(sys.argv[1], "a", buffering=1) as log:
    log.write(f"begin {worker.number}" + chr(10))
    time.sleep(0.3)
    log.write(f"end {worker.number}" + chr(10))
worker.end("done", "")
"""


def test_jobs_that_are_moved_while_they_wait_still_run_one_at_a_time(cache, tmp_path, monkeypatch):
    log, numbers, started = tmp_path / "log", [], []
    for name in "abcd":
        with table.entering("shared", ["methods"], name) as number:
            numbers.append(number)
    for number in numbers:
        environment = {"CORESET_CACHE": str(cache), ENVIRONMENT: str(number)}
        command = [sys.executable, "-c", _CONTENDER, str(log)]
        started.append(subprocess.Popen(command, cwd=ROOT, env=os.environ | environment))
    while any(process.poll() is None for process in started):
        for number in reversed(numbers):
            try:
                queue.move_first(number)
            except JobError:
                continue
    assert [process.wait() for process in started] == [0] * 4
    lines = log.read_text().split("\n")[:-1]
    assert len(lines) == 8
    for begin, end in zip(lines[::2], lines[1::2], strict=True):
        assert (begin.split()[0], end) == ("begin", begin.replace("begin", "end"))


def test_a_table_from_before_there_were_turns_is_read_and_its_jobs_moved(cache):
    before = table.MIGRATIONS[:4]
    jobs_folder().mkdir(parents=True)
    with closing(sqlite3.connect(table.table_path())) as database, database:
        database.row_factory = sqlite3.Row
        for migration in before:
            database.execute(migration) if isinstance(migration, str) else migration(database)
        database.execute(f"PRAGMA user_version = {len(before)}")
        columns = "(title, arguments, state, created, executor)"
        values = ("a list", '["methods"]', "waiting", table.utc_now(), "gone")
        database.execute(f"INSERT INTO jobs {columns} VALUES (?, ?, ?, ?, ?)", values)
    (old,) = queue.all_jobs()
    assert (old.priority, old.paused, old.waits_for, turns.is_paused()) == (0, False, (), False)
    queue.move_first(old.id)
    assert queue.job(old.id).priority == 1


def test_the_local_executor_hands_on_what_a_job_waits_for(cache, monkeypatch):
    monkeypatch.setattr("coreset_engine.executors.local._start", lambda *given, **more: 1)
    monkeypatch.setattr(LocalExecutor, "alive", lambda self, job: True)
    one = queue.start(["methods"], "first")
    two = queue.start(["methods"], "second", after=[one])
    assert queue.job(two).waits_for == (one,)


def test_the_demo_is_made_by_one_job_however_often_it_is_asked_for(cache, monkeypatch):
    started = []
    monkeypatch.setattr(queue, "start", lambda arguments, title: started.append(arguments) or 1)
    with table.entering(table.LOCAL, ["demo"], "Demo") as number:
        pass
    with open(table.file_of(number, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # as its worker would
        assert queue.start_demo() == number
    assert not started
    table.write(number, state="done")
    queue.start_demo()
    assert started == [["demo"]]
