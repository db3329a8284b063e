"""Jobs as processes: one at a time, what their lock says is true, and they outlive whoever started them."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest

from coreset_engine import store
from coreset_engine.errors import EngineError, JobError
from coreset_engine.executors import local, queue, table
from coreset_engine.executors.base import ENVIRONMENT
from coreset_engine.executors.worker import Worker
from coreset_engine.paths import jobs_folder


def until(condition, what, seconds=60):
    """Wait for a true value of `condition()` and return it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.05)
    return pytest.fail(f"{what} did not happen within {seconds} s: {queue.all_jobs()}")


@pytest.fixture(scope="module")
def real_python():
    return sys.executable


@pytest.fixture(autouse=True)
def ended(real_python):
    """End every job of the test."""
    yield
    for job in queue.all_jobs():
        if job.active:
            queue.cancel(job.id, grace=0)
    for child in local._children:
        child.wait()


_STUB = """
import sys, time
import coreset_engine.__main__ as main
from coreset_engine import pipeline
from coreset_engine.errors import Interrupted
from coreset_engine.training.progress import Progress

def record(asked, *, resume, watch, should_stop):
    for epoch in range(1, asked.recipe.epochs + 1):
        time.sleep(0.05)
        watch(Progress(epoch, asked.recipe.epochs, 0.05, {"val_accuracy": 0.5}))
        if should_stop():
            raise Interrupted(f"stopped after epoch {epoch}")

pipeline.record = record
sys.argv = sys.argv[sys.argv.index("coreset_engine"):]
main.main()
"""


@pytest.fixture
def untrained(tmp_path, monkeypatch):
    """An interpreter in which recording sleeps instead of training: it starts in a second and is else the same."""
    (tmp_path / "stub.py").write_text(_STUB)
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{tmp_path}/stub.py" "$@"\n')
    python.chmod(0o755)
    monkeypatch.setenv("PYTHONPATH", str(local.PROJECT))
    monkeypatch.setattr(local.sys, "executable", str(python))
    return python


@pytest.fixture
def long(phantom_file):
    """The arguments of a recording that runs until it is stopped."""
    return [
        "record", "--dataset", str(phantom_file), "--architecture", "lenet", "--epochs", "50000", "--batch-size", "32",
        "--run", "long", "--device", "cpu",
    ]  # fmt: skip


def epochs_done():
    try:
        return store.verify("long")["epochs_done"]
    except EngineError:
        return 0


def running(number, beyond=0.0):
    """Wait until a job has told of more progress than `beyond`."""
    return until(lambda: (job := queue.job(number)).progress > beyond and job, "progress")


def test_a_job_that_ends_well_is_done_and_its_output_is_kept():
    number = queue.start(["methods"], "a list")
    job = until(lambda: not (found := queue.job(number)).active and found, "the end")
    assert (job.state, job.progress, job.title, job.arguments) == ("done", 1.0, "a list", ("methods",))
    assert "rs2" in queue.log_tail(number)


def test_a_job_that_is_refused_failed_with_the_sentence():
    number = queue.start(["verify", "nothing"], "check")
    job = until(lambda: not (found := queue.job(number)).active and found, "the end")
    assert job.state == "failed"
    assert "There is no run" in job.message
    assert "Traceback" not in queue.log_tail(number)


def test_jobs_run_one_at_a_time_in_their_order(long, untrained):
    first = queue.start(long, "first")
    second = queue.start(["methods"], "second")
    third = queue.start(["methods"], "third")
    running(first)
    until(lambda: queue.job(second).message and queue.job(third).message, "a word of the two that wait")
    assert [queue.job(number).state for number in (first, second, third)] == ["running", "waiting", "waiting"]
    assert queue.job(second).message == f"waits for job {first}"
    queue.cancel(first)
    until(lambda: queue.job(third).state == "done", "the end of the third")
    assert queue.job(second).state == "done"
    assert queue.job(second).started <= queue.job(third).started


def test_a_job_moved_first_begins_before_an_older_one_and_a_paused_one_only_when_it_is_let_go_on(long, untrained):
    first, second, third, fourth = (queue.start(words, "") for words in (long, *[["methods"]] * 3))
    running(first)
    queue.pause(second)
    queue.move_first(fourth)
    until(lambda: queue.job(second).message == "is paused", "a word of the paused one")
    until(lambda: queue.job(third).message == f"waits for job {first}", "a word of the third")
    queue.cancel(first)
    until(lambda: queue.job(third).state == "done", "the end of the third")
    assert queue.job(fourth).state == "done"
    assert queue.job(fourth).ended <= queue.job(third).started
    assert queue.job(second).state == "waiting"
    queue.pause(second, paused=False)
    until(lambda: queue.job(second).state == "done", "the end of the second")


def test_what_waits_for_a_recording_ends_with_one_sentence_when_that_is_cancelled(long, untrained):
    first = queue.start(long, "recording")
    second = queue.start(["retrain", "long", "--method", "el2n", "--rate", "0.1"], "retraining")
    running(first)
    until(lambda: queue.job(second).message == f"waits for job {first}: recording", "a word of the second")
    queue.cancel(first)
    job = until(lambda: not (found := queue.job(second)).active and found, "the end of the second")
    sentence = f"Job {first}, which this one waits for, was cancelled: resume that one first, then this one."
    assert (job.state, job.message, job.resumable) == ("failed", sentence, True)
    assert queue.log_tail(second) == f"Error: {sentence}\n"


def test_a_running_job_that_is_cancelled_ends_its_epoch_and_can_go_on(long, cache):
    number = queue.start(long, "recording")
    until(epochs_done, "an epoch")
    assert queue.job(number).state == "running"
    assert queue.cancel(number, grace=120).state == "cancelled"
    assert "Interrupted: stopped after epoch" in queue.log_tail(number)
    assert (cache / "runs" / "long" / "checkpoint.pt").is_file()
    before = epochs_done()
    again = queue.resume(number)
    assert queue.job(again).arguments == (*long, "--resume")
    until(lambda: "epoch" in queue.job(again).message, "a beat")
    assert (queue.job(number).resumed_by, queue.job(number).resumable) == (again, False)
    assert queue.job(number).state == "cancelled"
    first = next(line for line in queue.log_tail(again, 10**6).splitlines() if "epoch " in line)
    assert f"epoch {before + 1}/50000" in first


def test_progress_is_told_while_a_job_runs(long, untrained):
    number = queue.start(long, "recording")
    job = running(number)
    assert "recording long: epoch" in job.message
    assert 0 < job.progress < 0.5


def test_a_killed_process_is_interrupted_at_once_though_nobody_reaped_it(long, untrained):
    number = queue.start(long, "recording")
    job = running(number)
    os.kill(job.pid, signal.SIGKILL)
    until(lambda: queue.job(number).state != "running", "the kernel's freeing of the lock")
    found = queue.job(number)
    os.kill(job.pid, 0)  # the dead child is still there: a process number says nothing
    assert (found.state, found.active, found.resumable) == ("interrupted", False, True)
    until(lambda: "its process was ended (SIGKILL), probably since memory" in queue.job(number).message, "the signal")
    queue.all_jobs()  # reaps it
    assert queue.job(number).message.startswith("its process was ended (SIGKILL), probably since memory")


@pytest.mark.parametrize(("sign", "said"), [(signal.SIGSEGV, "was ended by SIGSEGV"), (signal.SIGBUS, "by SIGBUS")])
def test_the_signal_that_ended_a_job_is_named(long, untrained, sign, said):
    number = queue.start(long, "recording")
    os.kill(running(number).pid, sign)
    until(lambda: said in queue.job(number).message, said, 20)


def test_a_job_that_another_process_started_ended_unexpectedly(long, untrained, real_python):
    starter = [real_python, "-c", _START, untrained, "0", *long]
    number = int(subprocess.run(starter, capture_output=True, text=True, check=True).stdout)
    os.kill(running(number).pid, signal.SIGKILL)
    until(lambda: queue.job(number).state == "interrupted", "its end", 20)
    assert queue.job(number).message.startswith("its process ended unexpectedly (recording long: epoch")


def test_a_job_that_does_not_listen_is_killed_after_the_grace(long, untrained):
    number = queue.start(long, "recording")
    os.kill(running(number).pid, signal.SIGSTOP)
    began = time.monotonic()
    assert queue.cancel(number, grace=0.5).state == "cancelled"
    assert time.monotonic() - began > 0.4


def test_a_waiting_job_can_be_cancelled_and_never_begins(long, untrained):
    first, second = queue.start(long, "first"), queue.start(["methods"], "second")
    until(lambda: queue.job(second).message, "a word of the second")
    assert queue.cancel(second).state == "cancelled"
    assert queue.job(first).active
    assert "eva" not in queue.log_tail(second)


# An interrupt that is ignored where the tests are started, as in `make test &` of a script, would be inherited.
_START = """
import signal, sys, time
from coreset_engine.executors import local, queue
signal.signal(signal.SIGINT, signal.default_int_handler)
local.sys.executable = sys.argv[1]
print(queue.start(sys.argv[3:], "recording"), flush=True)
time.sleep(float(sys.argv[2]))
"""


def test_a_job_outlives_the_process_that_started_it(long, untrained, real_python):
    starter = [real_python, "-c", _START, untrained, "0", *long]
    number = int(subprocess.run(starter, capture_output=True, text=True, check=True).stdout)
    before = running(number).progress
    assert running(number, before).state == "running"


def test_a_job_outlives_an_interrupt_to_the_group_of_its_starter(long, untrained, real_python):
    starter = subprocess.Popen(
        [real_python, "-c", _START, untrained, "60", *long], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True, start_new_session=True,
    )  # fmt: skip
    number = int(starter.stdout.readline())
    os.killpg(starter.pid, signal.SIGINT)
    assert starter.wait() != 0
    starter.stdout.close()
    assert running(number).state == "running"


def test_the_newest_job_is_listed_first():
    numbers = [queue.start(["methods"], title) for title in "ab"]
    assert [job.id for job in queue.all_jobs()] == numbers[::-1]


def test_an_ended_job_can_be_neither_cancelled_nor_resumed_when_done():
    number = queue.start(["methods"], "a list")
    until(lambda: queue.job(number).state == "done", "the end")
    with pytest.raises(JobError, match="is done; only a waiting or running job"):
        queue.cancel(number)
    with pytest.raises(JobError, match="is done; only one that was cancelled"):
        queue.resume(number)


def test_a_job_that_never_was_is_named():
    for ask in (queue.job, queue.cancel, queue.resume):
        with pytest.raises(JobError, match="There is no job 7"):
            ask(7)


def entered(state="failed", arguments=("methods",), **columns):
    """A job that only the table knows: its number."""
    with table.entering("local", arguments, "a list") as number:
        pass
    table.write(number, state=state, **columns)
    return number


def test_no_job_is_an_empty_list_and_no_log_an_empty_text(cache):
    assert queue.all_jobs() == []
    assert queue.log_tail(entered()) == ""


def test_the_end_of_a_long_log_is_cut_where_asked(cache):
    number = entered()
    (jobs_folder() / f"{number}.log").write_bytes("ä".encode() * 100 + b"end")
    assert queue.log_tail(number, size=6) == "\ufffdäend"


def test_a_job_is_in_the_table_before_its_process_starts(cache, monkeypatch):
    seen = []
    monkeypatch.setattr(local, "_start", lambda *given, **more: seen.append(queue.all_jobs()) or 1)
    number = queue.start(["methods"], "a list")
    assert [(job.id, job.state) for job in seen[0]] == [(number, "waiting")]


def test_a_process_that_can_not_be_started_leaves_a_failed_job_that_can_be_resumed(cache, monkeypatch):
    def refused(*given, **more):
        raise OSError("no more processes")

    monkeypatch.setattr(local, "_start", refused)
    with pytest.raises(JobError, match="no more processes"):
        queue.start(["methods"], "a list")
    (job,) = queue.all_jobs()
    assert (job.state, job.resumable) == ("failed", True)
    assert "no more processes" in job.message


def test_a_number_is_not_given_again_when_the_table_was_deleted_and_logs_are_left(cache):
    assert [entered(), entered()] == [1, 2]
    (jobs_folder() / "2.log").write_text("of before")
    for path in cache.glob("jobs.db*"):
        path.unlink()
    assert entered() == 3


def test_a_job_without_its_row_ends_by_itself(long, untrained, cache):
    number = queue.start(long, "recording")
    running(number)
    with table.table() as database:
        database.execute("DELETE FROM jobs")
    until(lambda: all(child.poll() is not None for child in local._children), "the end of the process")
    assert "not in the table of jobs any more" in (jobs_folder() / f"{number}.log").read_text()
    assert queue.all_jobs() == []


def test_a_worker_whose_row_is_missing_does_nothing(cache, monkeypatch):
    monkeypatch.setenv(ENVIRONMENT, "3")
    with pytest.raises(JobError, match="Job 3 is not in the table"):
        Worker().wait_for_turn(lambda: False)


def test_a_job_that_is_stopped_beats_no_more_is_told_so_and_can_be_killed(long, untrained, monkeypatch):
    number = queue.start(long, "recording")
    os.kill(running(number).pid, signal.SIGSTOP)
    assert queue.job(number).answers
    monkeypatch.setattr(table, "LEASE_SECONDS", 0.5)
    job = until(lambda: not (found := queue.job(number)).answers and found, "the end of its lease")
    assert (job.state, job.active) == ("running", True)  # its lock is held: it may yet go on
    assert job.silence > 0.5
    assert queue.cancel(number, grace=0).state == "cancelled"
    assert queue.job(number).resumable


def test_the_command_and_the_page_tell_of_a_stopped_worker_and_the_page_kills_and_requeues_it(
    long, untrained, monkeypatch
):
    from click.testing import CliRunner
    from streamlit.testing.v1 import AppTest

    from coreset_engine.cli.jobs import jobs_

    number = queue.start(long, "recording")
    os.kill(running(number).pid, signal.SIGSTOP)
    monkeypatch.setattr(table, "LEASE_SECONDS", 1)
    until(lambda: not queue.job(number).answers, "the end of its lease")
    text = CliRunner().invoke(jobs_, []).output
    assert re.search(r"not answering since [1-9]\d* s; recording long", text)
    page = AppTest.from_file(str(local.PROJECT / "app.py"), default_timeout=60).run()
    assert any("Not answering since" in caption.value for caption in page.caption)
    page.button(key=f"overview_kill_{number}").click().run()
    assert not page.exception
    assert queue.job(number).state == "cancelled"
    page.button(key=f"overview_resume_{number}").click().run()
    again = queue.job(number).resumed_by
    assert again
    monkeypatch.setattr(table, "LEASE_SECONDS", 60)
    running(again)


def test_outside_a_job_a_worker_writes_nothing(cache):
    worker = Worker()
    worker.wait_for_turn(lambda: False)
    worker.tell(0.5, "half")
    worker.end("done", "")
    assert not (cache / "jobs.db").exists()


def test_a_command_started_by_a_job_is_no_job_itself(monkeypatch):
    monkeypatch.setenv(ENVIRONMENT, "3")
    assert Worker().number == 3
    assert ENVIRONMENT not in os.environ


def test_a_job_is_resumed_once_and_names_the_one_that_went_on(cache):
    with table.table() as database:
        columns = "(title, arguments, state, created, message)"
        values = ("a list", '["methods"]', "failed", table.utc_now(), "no room")
        database.execute(f"INSERT INTO jobs {columns} VALUES (?, ?, ?, ?, ?)", values)
    (old,) = queue.all_jobs()
    new = queue.resume(old.id)
    found = queue.job(old.id)
    assert (found.state, found.resumed_by, found.resumable) == ("failed", new, False)
    assert found.message == f"no room; went on as job {new}"
    with pytest.raises(JobError, match=f"Job {old.id} was resumed already, as job {new}"):
        queue.resume(old.id)
    assert [job.id for job in queue.all_jobs()] == [new, old.id]


@pytest.mark.parametrize("added", ["", ", resumed_by INTEGER NOT NULL DEFAULT 0"])
def test_a_table_from_before_files_had_versions_is_read_and_resumed_from(cache, added):
    jobs_folder().mkdir(parents=True)
    with closing(sqlite3.connect(cache / "jobs.db")) as database, database:
        database.execute(
            "CREATE TABLE jobs (id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL, arguments TEXT NOT NULL, "
            "state TEXT NOT NULL, created TEXT NOT NULL, started TEXT, ended TEXT, beat TEXT, pid INTEGER, "
            "progress REAL NOT NULL DEFAULT 0, message TEXT NOT NULL DEFAULT '', "
            f"cancelling INTEGER NOT NULL DEFAULT 0{added})"
        )
        columns = "(title, arguments, state, created)"
        values = ("a list", '["methods"]', "failed", table.utc_now())
        database.execute(f"INSERT INTO jobs {columns} VALUES (?, ?, ?, ?)", values)
    assert queue.job(1).resumable
    assert queue.job(1).resumed_by == 0
    assert queue.job(queue.resume(1)).title == "a list"
    assert queue.job(1).resumed_by == 2


def test_a_job_goes_on_where_the_table_can_not_be_written(cache, monkeypatch):
    monkeypatch.setenv("CORESET_JOB", "3")
    worker = Worker()
    cache.mkdir(exist_ok=True)
    (cache / "jobs.db").write_bytes(b"no database " * 50)
    worker.tell(0.5, "half")
    worker.end("done", "")
    with pytest.raises(EngineError, match=r"jobs\.db can't be used"):
        queue.all_jobs()
    (cache / "jobs.db").unlink()
