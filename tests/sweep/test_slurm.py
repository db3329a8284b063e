"""Sweeps on Slurm: jobs of our own command line, on a real cluster of one node and on submitit's stand-in for one."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from coreset_engine import results
from coreset_engine.errors import ConfigError, Interrupted
from coreset_engine.pipeline.requests import SweepRequest
from coreset_engine.sweep import driver
from coreset_engine.sweep.executors import slurm
from coreset_engine.sweep.pool import to_plain
from tests import slurm_cluster
from tests.cli.helpers import MAIN

needs_submitit = pytest.mark.skipif(
    importlib.util.find_spec("submitit") is None, reason="needs submitit: pip install -r requirements-slurm.txt"
)
needs_slurm = pytest.mark.skipif(bool(slurm_cluster.missing()), reason=slurm_cluster.missing() or "Slurm is here")


def request(**given):
    """A sweep over the run `tiny`."""
    asked = {"options": {"epochs": 3}, "epochs": 2, "device": "cpu", "executor": "slurm"} | given
    return SweepRequest("tiny", asked.pop("methods", ("el2n",)), (0.4,), **asked)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """The environment of a Slurm cluster of one node."""
    with slurm_cluster.cluster(tmp_path_factory.mktemp("slurm")) as environment:
        yield environment


@pytest.fixture
def on_cluster(cluster, monkeypatch):
    """This process submits to that cluster; returns a function that runs one of Slurm's commands."""
    for name in ("SLURM_CONF", "PATH"):
        monkeypatch.setenv(name, cluster[name])
    return lambda *words: subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()


@needs_submitit
@needs_slurm
def test_a_job_that_slurm_takes_the_machine_from_is_queued_again_and_goes_on_where_it_was(
    recorded, on_cluster, cache, monkeypatch
):
    before, taken = len(results.keys()), []

    def take(share, line):
        begun = [log for log in cache.glob("slurm/*/*_0_0_log.out") if '"epoch": 3' in log.read_text()]
        if begun and not taken:
            taken.append(begun[0].name.removesuffix("_0_log.out"))
            on_cluster("scancel", "--signal=USR2", taken[0])  # as before a preemption
        elif taken and "BeginTime" in on_cluster("squeue", "--noheader", "--format=%r", "--jobs", taken[0]):
            on_cluster("scontrol", "update", f"JobId={taken[0]}", "StartTime=now")  # not after Slurm's two minutes

    monkeypatch.setenv("SBATCH_PARTITION", "elsewhere")  # counts less than what is asked
    asked = request(training_seeds=(0, 1), epochs=200, slots=2, slurm=("partition=main", "minutes=7"))
    outcomes = list(driver.train(asked, watch=take))
    assert os.environ["SBATCH_PARTITION"] == "elsewhere"
    assert {"--partition=main", "--time=7"} <= set((next(cache.glob("slurm/*/*.sh"))).read_text().split())
    assert [outcome.error for outcome in outcomes] == ["", ""]
    assert {outcome.row["seed"] for outcome in outcomes} == {0, 1}
    assert len(results.keys()) == before + 2
    logs = {path.name: path.read_text() for path in cache.glob("slurm/*/*_log.out")}
    assert {name: text.count('"epoch"') for name, text in logs.items()} == dict.fromkeys(logs, 200)  # each epoch once
    starts = {name: text.count("Starting with JobEnvironment") for name, text in logs.items()}
    assert starts == {name: 2 if name.startswith(taken[0]) else 1 for name in logs}
    assert {outcome.row["threads"] for outcome in outcomes} == {1}


@needs_submitit
@needs_slurm
def test_a_job_that_someone_cancels_leaves_a_sentence_that_names_its_log(recorded, on_cluster, monkeypatch):
    monkeypatch.setattr(slurm, "_QUEUE_SECONDS", 0.5)
    told = []

    def cancel(share, line):
        if line.startswith("logs in") and not told:
            told.append(on_cluster("scancel", "--name=coreset-sweep"))

    (outcome,) = driver.train(request(epochs=10_000), watch=cancel)
    start, _, log = outcome.error.partition("its log is ")
    assert (outcome.row, start) == (None, "its job ended without a row; ")
    assert log.startswith(str(results.path().parent / "slurm"))


@needs_submitit
def test_the_same_jobs_run_on_this_machine_and_an_impossible_cell_is_told_by_its_number(recorded, monkeypatch, cache):
    planned = []
    real = slurm.to_plain
    # of two cells the second names a method that the job does not know
    monkeypatch.setattr(slurm, "to_plain", lambda item: planned.append(item) or spoiled(real(item), len(planned) == 2))
    outcomes = list(driver.train(request(training_seeds=(0, 1), slots=1, address="local")))
    assert [outcome.row and outcome.row["seed"] for outcome in outcomes] == [0, None]
    assert "no-such" in outcomes[1].error
    (folder,) = cache.glob("slurm/*")
    assert folder.stat().st_mode & 0o777 == 0o700


@needs_submitit
@pytest.mark.parametrize("handler", [signal.default_int_handler, signal.SIG_IGN])  # ignored as in a script's background
def test_jobs_on_this_machine_that_are_stopped_end_and_leave_the_words_to_the_sweep(handler, recorded, cache, capfd):
    def begun():
        return any('"epoch"' in log.read_text() for log in cache.glob("slurm/*/*_log.out"))

    before = signal.signal(signal.SIGINT, handler)
    try:
        with pytest.raises(Interrupted):
            list(driver.train(request(epochs=10_000, slots=1, address="local"), should_stop=begun))
        assert signal.getsignal(signal.SIGINT) is handler
    finally:
        signal.signal(signal.SIGINT, before)
    assert capfd.readouterr().err == ""
    (folder,) = cache.glob("slurm/*")
    until = time.monotonic() + 20  # at the end of its epoch
    while at_work := [file for file in Path("/proc").glob("[0-9]*/cmdline") if str(folder).encode() in read(file)]:
        assert time.monotonic() < until, at_work
        time.sleep(0.1)


def read(file):
    """What a file of a process holds, nothing where the process has ended meanwhile."""
    try:
        return file.read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def spoiled(plain, yes):
    """A plain cell, with an architecture that does not exist where asked."""
    return plain | ({"architecture": "no-such"} if yes else {})


def test_the_command_of_a_job_trains_its_cells_of_a_file_and_again_none(recorded, tmp_path):
    items = request(training_seeds=(0, 1, 2)).cells()
    file = tmp_path / "cells.json"
    file.write_text(json.dumps({"items": [to_plain(item) for item in items], "note": {"found_by": "halving"}}))
    command = [*MAIN, "cells", "tiny", "--device", "cpu", "--file", file, "--first", "1", "--every", "2"]
    said = [subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(2)]
    (row,) = [row for row in results.rows() if row["method"] == "el2n"]
    assert (row["seed"], row["found_by"]) == (1, "halving")
    assert [text.count('"epoch"') for text in said] == [2, 0]
    assert [json.loads(text.splitlines()[-1]) for text in said] == [{"key": row["key"]}] * 2


def test_without_slurm_the_error_says_what_to_do(recorded, monkeypatch):
    pytest.importorskip("submitit")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ConfigError, match=r"sbatch is not here.* --address local"):
        list(driver.train(request()))


def test_without_submitit_the_error_says_how_to_install_it(recorded, monkeypatch):
    monkeypatch.setitem(sys.modules, "submitit", None)
    with pytest.raises(ConfigError, match=r"pip install coreset-explorer\[slurm\]$"):
        list(driver.train(request()))
