"""A page waits for the epochs of a run that a job is recording, and goes on by itself."""

import fcntl
from contextlib import contextmanager

import numpy as np
import pytest

from coreset_engine import Recorder
from coreset_engine.dashboard.shell import growing
from coreset_engine.executors import table
from tests.test_pages import opened

LABELS = np.arange(60) % 3
WAITS = "grows is being recorded; it has {} so far. This page goes on by itself as soon as there are enough"


@contextmanager
def job_under_way():
    """A job that records the run, alive as long as its lock is held."""
    with table.entering(table.LOCAL, ["record", "--dataset", "demo", "--run", "grows"], "Record grows") as number:
        pass
    with open(table.file_of(number, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # as its worker would
        yield


def epoch(recorder, number):
    """Record an epoch in which each sample is told by its own size."""
    logits = np.eye(3)[LABELS] * np.linspace(0.1, number, 60)[:, None]
    recorder.record(number, np.arange(60), logits.astype(np.float32))
    recorder.end_epoch(number)
    recorder.flush()  # a thread of its own writes


def test_a_page_waits_while_a_job_records_and_goes_on_with_its_fourth_epoch(cache):
    with Recorder("grows", labels=LABELS, classes=3, epochs=6) as recorder, job_under_way():
        epoch(recorder, 1)
        page = opened("pages/2_Explore.py")
        assert not page.error
        assert not page.exception
        assert WAITS.format("1 epoch") in page.info[0].value
        for later in (2, 3):
            epoch(recorder, later)
        assert WAITS.format("3 epochs") in page.run().info[0].value
        epoch(recorder, 4)
        page.run()
        assert not (page.error or page.exception)
        assert not [one.value for one in page.info if "is being recorded" in one.value]
        assert "K, epochs per window: 2" in [caption.value for caption in page.caption]


def test_it_waits_for_the_first_epoch_too_but_not_where_something_else_is_wrong(cache):
    with Recorder("grows", labels=LABELS, classes=3, epochs=6) as recorder, job_under_way():
        page = opened("pages/2_Explore.py")
        assert not page.error
        assert WAITS.format("0 epochs") in page.info[0].value
        epoch(recorder, 1)
        page = opened("pages/2_Explore.py", method="grand")  # which reads a snapshot
        assert page.error
        assert not [one.value for one in page.info if "is being recorded" in one.value]


def test_it_waits_for_a_command_line_or_a_loop_of_ones_own_too_which_have_no_job(cache):
    with Recorder("grows", labels=LABELS, classes=3, epochs=6) as recorder:
        assert WAITS.format("0 epochs") in opened("pages/6_Compare.py").info[0].value
        epoch(recorder, 1)
        page = opened("pages/2_Explore.py")
        assert not page.error
        assert WAITS.format("1 epoch") in page.info[0].value


def test_where_nobody_records_what_to_do_is_told(cache):
    with Recorder("grows", labels=LABELS, classes=3, epochs=6) as recorder:
        epoch(recorder, 1)
    page = opened("pages/2_Explore.py")
    assert not page.info
    assert "The run has 1 epoch; two windows" in page.error[0].value


def test_the_page_is_run_again_once_there_are_more_epochs_or_nobody_records(cache, monkeypatch):
    again = []
    monkeypatch.setattr(growing.st, "rerun", lambda: again.append(True))
    with Recorder("grows", labels=LABELS, classes=3, epochs=6) as recorder:
        epoch(recorder, 1)
        growing._look_again("grows", 1)
        assert again == []
        growing._look_again("grows", 0)
        assert again == [True]
    with job_under_way():
        growing._look_again("grows", 1)
        assert again == [True]
    growing._look_again("grows", 1)
    assert again == [True, True]


@pytest.mark.parametrize("file", ["pages/2_Explore.py", "pages/8_Results.py"])
def test_before_there_is_a_run_a_page_names_the_one_that_a_job_records_and_offers_no_other(file, cache):
    with job_under_way():
        page = opened(file)
        assert not page.exception
        assert "no recorded run yet, but grows is under way" in page.info[0].value
        with Recorder("grows", labels=LABELS, classes=3, epochs=6) as recorder:
            for number in range(1, 5):
                epoch(recorder, number)
            assert not [one.value for one in page.run().info if "no recorded run" in one.value]
