"""The queue on the command line: start, order, pause and wait."""

import pytest

from coreset_engine.executors import queue, table, turns
from coreset_engine.executors.local import LocalExecutor
from tests.cli.helpers import refused, strict


@pytest.fixture(autouse=True)
def still(cache, monkeypatch):
    """Jobs that never begin: their processes are not started, and count as alive."""
    monkeypatch.setattr("coreset_engine.executors.local._start", lambda *given, **more: 1)
    monkeypatch.setattr(LocalExecutor, "alive", lambda self, job: True)


def test_a_command_becomes_a_job_that_waits_for_the_recording_it_reads(run):
    code, out, _ = run("jobs", "start", "record", "--dataset", "demo", "--run", "mine", "--epochs", "4")
    assert (code, out) == (0, "Job 1 is in the queue.\n")
    code, out, _ = run("jobs", "start", "sweep", "mine", "--method", "el2n", "--rate", "0.1")
    assert (code, out) == (0, "Job 2 is in the queue, after job 1.\n")
    assert run("jobs", "start", "--after", "2", "results", "--json")[1] == "Job 3 is in the queue, after job 2.\n"
    jobs = {row["id"]: row for row in strict(run("jobs", "--json")[1])}
    assert jobs[2]["arguments"] == ["sweep", "mine", "--method", "el2n", "--rate", "0.1"]
    assert [jobs[number]["waits_for"] for number in (1, 2, 3)] == [[], [1], [2]]
    assert jobs[2]["title"] == "Sweep over el2n of mine"


def test_a_job_whose_options_stand_first_waits_for_the_recording_it_reads(run):
    out = run("jobs", "start", "record", "--dataset", "demo", "--run=mine")[1]
    assert run("jobs", "start", "retrain", "--epochs", "1", "mine", "--method", "eva", "--rate", "0.1", "--early", "1",
               "--late", "21")[1].endswith(f"after job {out.split()[1]}.\n")  # fmt: skip


def test_a_file_whose_name_is_no_text_is_named_by_numbers(run):
    assert run("jobs", "start", "record", "--dataset", "/x/own\udcff.npz", "--run", "mine")[0] == 0
    table.write(1, message="There is no file /x/own\udcff.npz")
    (job,) = queue.all_jobs()
    assert job.title.endswith(r"on own\udcff.npz as mine")
    assert job.message == r"There is no file /x/own\udcff.npz"
    assert job.arguments[2] == "/x/own\udcff.npz"


def test_what_can_not_be_a_job_is_refused_before_it_is_entered(run):
    assert "There is no command 'train' that can be a job" in refused(run("jobs", "start", "train"))
    assert "There is no option --rates" in refused(run("jobs", "start", "retrain", "mine", "--rates", "0.1"))
    assert "There is no job 9" in refused(run("jobs", "start", "--after", "9", "results"))
    assert queue.all_jobs() == []


def test_jobs_are_moved_first_and_paused_one_by_one_and_together(run):
    for _ in range(2):
        run("jobs", "start", "results")
    assert run("jobs", "first", "2")[1] == "Job 2 is the first of those that wait.\n"
    assert run("jobs", "start", "--first", "results")[0] == 0
    assert [job.id for job in sorted(queue.all_jobs(), key=turns.place)] == [3, 2, 1]
    assert run("jobs", "pause", "2")[0] == 0
    assert [line.split()[:2] for line in run("jobs")[1].splitlines()[1:]] == [
        ["3", "waiting"],
        ["2", "paused"],
        ["1", "waiting"],
    ]
    assert strict(run("jobs", "--json")[1])[1]["state"] == "waiting"
    assert run("jobs", "unpause", "2")[0] == 0
    assert not queue.job(2).paused
    assert run("jobs", "pause")[0] == 0
    assert turns.is_paused()
    assert run("jobs")[2].startswith("The queue is paused")
    assert run("jobs", "unpause")[0] == 0
    assert run("jobs")[2] == ""


def test_a_job_that_has_begun_is_neither_moved_nor_paused(run):
    run("jobs", "start", "results")
    table.write(1, state="running", beat=table.utc_now())
    assert "Job 1 is running; only a waiting job can be moved." in refused(run("jobs", "first", "1"))
    assert "only a waiting job can be paused" in refused(run("jobs", "pause", "1"))
