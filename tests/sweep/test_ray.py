"""Sweeps on Ray: a node that dies loses nothing, rows are those of local workers, and refusals are one sentence."""

import importlib.util
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from coreset_engine import results
from coreset_engine.errors import ConfigError
from coreset_engine.pipeline.requests import SweepRequest
from coreset_engine.sweep import driver
from coreset_engine.sweep.executors import local, ray
from tests.browser import ROOT
from tests.cli.helpers import MAIN
from tests.ray_cluster import cluster

needs_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="needs Ray: pip install -r requirements-ray.txt"
)
OF_A_TRAINING = {
    "created",
    "seconds",
    "energy_joules",
    "energy_of",
}  # what two trainings of the same cell may differ in


def request(**given):
    """A sweep of six cells that take a second or two each."""
    asked = {"options": {"epochs": 3}, "training_seeds": (0, 1, 2), "epochs": 60, "device": "cpu"} | given
    return SweepRequest("tiny", ("el2n", "aum"), (0.4,), **asked)


def rows():
    """The rows of the cache by their keys, without what two trainings of the same cell may differ in."""
    return {row["key"]: {name: row[name] for name in row.keys() - OF_A_TRAINING} for row in results.rows()}


def wait_for_rows(count, process):
    """Return when so many rows are there."""
    until = time.monotonic() + 90
    while len(results.keys()) < count:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.05)


@needs_ray
def test_a_node_that_dies_loses_no_cell_and_the_rows_are_those_of_local_workers(
    recorded_once, recorded, tmp_path, monkeypatch
):
    before = results.keys()
    with cluster() as (address, kill):
        command = [*MAIN, *request(executor="ray").to_argv()]
        command.insert(len(MAIN), "sweep")
        process = subprocess.Popen(
            [*command, "--address", address], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        wait_for_rows(len(before) + 2, process)
        kill()
        out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert out.count("\n") == 6  # a line for each cell, and nothing of the dead node's log
    assert err.count("A node of the Ray cluster has ended") == 1
    assert "state-dump" not in out + err
    with sqlite3.connect(recorded.parent.parent / "results.db") as database:  # a row that is replaced gets a new number
        ((last, count),) = database.execute("SELECT max(rowid), count(*) FROM results")
    assert last == count == len(before) + 6
    on_ray = rows()

    monkeypatch.setenv("CORESET_CACHE", str(shutil.copytree(recorded_once, tmp_path / "other")))
    monkeypatch.setattr(local, "cores", lambda: 1)  # one thread for each worker, as tasks have
    assert [outcome.error for outcome in driver.train(request(slots=2))] == [""] * 6
    assert rows() == on_ray


@needs_ray
def test_a_sweep_that_is_asked_to_stop_keeps_its_rows_and_says_so(recorded):
    before = len(results.keys())
    command = [*MAIN, "sweep", *request(executor="ray", epochs=400).to_argv()]
    process = subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_for_rows(before + 1, process)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err.count("Interrupted: stopped after")) == (130, 1)
    assert "SIGTERM" not in out + err
    assert before < len(results.keys()) < before + 6


@needs_ray
def test_an_address_where_nothing_listens_is_refused_at_once(recorded):
    with pytest.raises(ConfigError, match=r"^No Ray cluster answers at 127\.0\.0\.1:9 \(.*refused\)\. Start one"):
        list(driver.train(request(executor="ray", address="127.0.0.1:9")))


def test_without_ray_the_error_says_how_to_install_it(recorded, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ConfigError, match=r"pip install coreset-explorer\[ray\]$"):
        list(driver.train(request(executor="ray")))


@pytest.mark.parametrize(
    ("gpus", "slots", "share"), [(0, 4, 0.0), (1, 1, 1.0), (1, 4, 0.25), (2, 6, 0.3333), (4, 2, 1.0)]
)
def test_trainings_share_the_gpus(gpus, slots, share):
    assert ray.gpu_share(gpus, slots) == share


def test_a_notice_of_many_lines_becomes_one_sentence():
    dead = "Raylet is terminated. Termination is unexpected. Last 20 lines of the Raylet logs:\n  [state-dump]\n"
    assert ray.notice(dead) == (
        "A node of the Ray cluster has ended; what was training there is started again on the others."
    )
    assert (
        ray.notice("\n1 worker was killed: memory. Raise the limit.\nmore") == "Ray says: 1 worker was killed: memory."
    )


def test_loading_the_executors_loads_neither_ray_nor_submitit():
    code = "import sys\nfrom coreset_engine.sweep.pool import all_executors\nassert 'ray' in all_executors()\n"
    code += "assert not {'ray', 'submitit', 'torch'} & set(sys.modules)\n"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
