"""The list of jobs, with jobs that really ran."""

import sqlite3
import time
from contextlib import closing

import pytest

from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard.shell import queue_panel
from coreset_engine.executors import queue, table, turns
from coreset_engine.executors.local import LocalExecutor
from coreset_engine.pipeline.requests import RetrainingRequest, SweepRequest
from coreset_engine.results.statistics import Interval
from coreset_engine.sweep import search_files
from coreset_engine.sweep.search import SearchState
from tests.executors.test_leases import Elsewhere, beat
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


def job(number, state, **more):
    """A job as it is now; it has just begun."""
    facts = {"title": "", "arguments": ("demo",), "created": table.utc_now(), "started": "", "ended": "", "pid": 0}
    facts |= {"progress": 0.0, "message": "", "cancelling": False}
    return table.Job(id=number, state=state, **facts | more)


def test_running_jobs_come_first_then_waiting_ones_in_their_order_then_the_newest_that_ended():
    jobs = [job(6, "waiting"), job(5, "waiting"), job(4, "running"), job(3, "done"), job(2, "failed")]
    assert [one.id for one in queue_panel.in_order(jobs)] == [4, 5, 6, 3, 2]


def test_of_waiting_jobs_a_higher_priority_comes_first_in_the_list():
    jobs = [job(7, "waiting", priority=1), job(6, "waiting"), job(5, "waiting", priority=2), job(4, "running")]
    assert [one.id for one in queue_panel.in_order(jobs)] == [4, 5, 7, 6]


def test_a_card_says_paused_only_while_it_waits():
    assert queue_panel.state_of(job(1, "waiting", paused=True)) == "paused"
    assert queue_panel.state_of(job(1, "running", paused=True)) == "running"


@pytest.fixture
def waiting(cache, monkeypatch):
    """Three jobs that wait, the last one for the first."""
    for waits_for in ((), (), (1,)):
        with table.entering("local", ["methods"], "a list", waits_for=waits_for):
            pass
    monkeypatch.setattr(LocalExecutor, "alive", lambda self, job: True)


def test_a_waiting_job_is_moved_first_and_paused_by_its_buttons(waiting):
    page = opened("app.py")
    firsts = {button.key for button in page.button if button.label == "Move first"}
    assert firsts == {"overview_first_2", "overview_first_3"}  # the first one is first
    assert any(caption.value == "After job 1." for caption in page.caption)
    page.button(key="overview_first_2").click().run()
    assert not page.exception
    assert {button.key for button in page.button if button.label == "Move first"} == {
        "overview_first_1",
        "overview_first_3",
    }
    page.button(key="overview_pause_2").click().run()
    assert queue.job(2).paused
    assert any("**paused**" in text.value and "job 2" in text.value for text in page.markdown)
    page.button(key="overview_pause_2").click().run()
    assert not queue.job(2).paused


def test_the_queue_is_paused_and_resumed_by_its_button(waiting):
    page = opened("app.py")
    assert page.button(key="overview_pause_queue").label == "Pause the queue"
    page.button(key="overview_pause_queue").click().run()
    assert turns.is_paused()
    assert any("The queue is paused" in caption.value for caption in page.caption)
    assert page.button(key="overview_pause_queue").label == "Resume the queue"
    page.button(key="overview_pause_queue").click().run()
    assert not turns.is_paused()


def test_a_card_says_stopping_and_not_answering():
    assert queue_panel.state_of(job(1, "running")) == "running"
    assert queue_panel.state_of(job(1, "running", cancelling=True)) == "stopping"
    assert queue_panel.state_of(job(1, "running", beat="2026-01-01T00:00:00+00:00")) == "not answering"
    assert queue_panel.state_of(job(1, "done", beat="2026-01-01T00:00:00+00:00")) == "done"


def test_a_job_that_is_asked_to_stop_says_so_before_anything_else_happens(cache, monkeypatch):
    with table.entering("local", ["methods"], "a list") as number:
        pass
    monkeypatch.setattr(LocalExecutor, "alive", lambda self, job: True)
    monkeypatch.setattr(queue.local, "spawn", lambda words: None)
    page = opened("app.py")
    page.button(key=f"overview_cancel_{number}").click().run()
    assert not page.exception
    assert page.button(key=f"overview_cancel_{number}").disabled
    assert any("stopping" in text.value for text in page.markdown)


def test_a_job_whose_worker_is_lost_is_told_and_requeued_once(cache, monkeypatch):
    elsewhere = Elsewhere()
    known = queue.all_executors() | {"elsewhere": elsewhere}
    monkeypatch.setattr(queue, "all_executors", lambda: known)
    number = queue.start(["methods"], "a list", on="elsewhere")
    beat(number, 70)
    page = opened("app.py")
    assert any("interrupted" in text.value and f"job {number}" in text.value for text in page.markdown)
    assert any("no sign of life" in text.value for text in page.caption)
    page.button(key=f"overview_resume_{number}").click().run()
    assert not page.exception
    assert not [button for button in page.button if button.label == "Resume"]
    assert [one.state for one in queue.all_jobs()] == ["waiting", "interrupted"]


def test_a_job_that_does_not_answer_can_be_killed(cache, monkeypatch):
    with table.entering("local", ["methods"], "a list") as number:
        pass
    beat(number, 70)
    lives = [True]
    monkeypatch.setattr(LocalExecutor, "alive", lambda self, job: lives[0])
    monkeypatch.setattr(LocalExecutor, "cancel", lambda self, job, grace: lives.__setitem__(0, False))
    page = opened("app.py")
    assert any("not answering" in text.value for text in page.markdown)
    page.button(key=f"overview_kill_{number}").click().run()
    assert not page.exception
    assert [button.key for button in page.button if button.label == "Resume"] == [f"overview_resume_{number}"]


def test_a_job_that_is_done_can_be_given_the_next_seeds():
    sweep = job(
        1, "done", arguments=("sweep", "tiny", "--method", "eva", "--rate", "0.1", "--training-seeds", "0", "1")
    )
    ((words, title),) = queue_panel.with_more_seeds(sweep)
    assert words[words.index("--training-seeds") :] == ["--training-seeds", "0", "1", "2", "3"]
    assert title.endswith("seeds 2, 3")
    plain = job(2, "done", arguments=("retrain", "tiny", "--method", "aum", "--rate", "0.1", "--seeds", "4"))
    ((words, title),) = queue_panel.with_more_seeds(plain)
    assert words[words.index("--seeds") :] == ["--seeds", "4", "5"]
    assert title.endswith("seed 5")


SEARCH = ("sweep", "tiny", "--method", "eva", "--rate", "0.1", "--windows", "grid", "--training-seeds", "0", "1")
SEARCH += ("--search", "racing", "--epochs", "7")


def test_other_commands_and_a_search_without_a_winner_have_no_more_seeds(cache):
    for arguments in (SEARCH, ("demo",), ("sweep", "--unknown")):
        assert queue_panel.with_more_seeds(job(1, "done", arguments=arguments)) == []


def test_a_search_is_confirmed_with_the_seeds_after_those_that_confirmed_it(cache):
    best = CoresetSpec("tiny", "eva", {"early": 3, "late": 9, "length": 4}, rate=0.1)
    value = Interval(0.8, 0.1, 3, 0.05)
    found = SearchState(best, "lenet", value, "val_acc_best", "", 7.5, 40, 20, value, value)
    search_files.keep(SweepRequest.from_argv(SEARCH[1:]), [found])
    ((words, title),) = queue_panel.with_more_seeds(job(1, "done", arguments=SEARCH))
    asked = RetrainingRequest.from_argv(words[1:])
    # seeds 0 and 1 chose, 2 to 4 confirmed; rows that exist are not trained again
    assert (asked.seeds, asked.references, asked.epochs) == ((2, 3, 4, 5, 6, 7), ("random",), 7)
    assert [asked.options[name] for name in ("early", "late", "length")] == [3, 9, 4]
    assert title == "Retrain on eva coresets of tiny and Random, seeds 5, 6, 7"
    assert queue_panel.found_by(job(1, "done", arguments=SEARCH)) == (
        "Best: eva 3/9 K4, α = 10 %: 80.0 % ± 5.0 (n = 3) on val, 80.0 % ± 5.0 (n = 3) on test.")  # fmt: skip
    assert queue_panel.found_by(job(1, "done", arguments=SEARCH[:-4])) == ""


def test_all_waiting_jobs_are_asked_to_stop_at_once_and_say_so(cache, monkeypatch):
    numbers = []
    for _ in range(3):
        with table.entering("local", ["methods"], "a list") as number:
            numbers.append(number)
    monkeypatch.setattr(LocalExecutor, "alive", lambda self, job: True)
    monkeypatch.setattr(queue.local, "spawn", lambda words: None)
    page = opened("app.py")
    page.button(key="overview_cancel_waiting").click().run()
    assert not page.exception
    assert all(page.button(key=f"overview_cancel_{number}").disabled for number in numbers)
    assert "overview_cancel_waiting" not in {button.key for button in page.button}


def test_damaged_rows_are_told_with_the_command_that_says_more(cache):
    for title in ("whole", "damaged"):
        with table.entering("local", ["methods"], title) as number:
            pass
        table.write(number, state="done")
    with closing(sqlite3.connect(table.table_path())) as database, database:
        database.execute("UPDATE jobs SET title = 'changed' WHERE id = ?", (number,))
    page = opened("app.py")
    assert not page.exception
    assert [warning.value for warning in page.warning] == [
        f"Left out: 1 job whose row is damaged ({number}); `python -m coreset_engine verify --all` tells more."
    ]
    assert any("whole" in text.value for text in page.markdown)


def test_a_recording_that_is_done_leads_to_its_run_while_that_is_there(recorded):
    done = job(1, "done", arguments=("record", "--dataset", "demo", "--run", "tiny"))
    assert queue_panel.recorded_by(done) == "tiny"
    assert queue_panel.recorded_by(job(1, "running", arguments=done.arguments)) == ""
    assert queue_panel.recorded_by(job(1, "done", arguments=("record", "--dataset", "demo", "--run", "gone"))) == ""
    assert queue_panel.recorded_by(job(1, "done", arguments=("retrain", "tiny"))) == ""
