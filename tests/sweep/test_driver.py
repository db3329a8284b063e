"""Sweeps carried out: each cell once, whoever is killed; what is planned is what is trained; test is looked at last."""

import json
import math
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from coreset_engine import paths, pipeline, results
from coreset_engine.cli import cells
from coreset_engine.cli.process import Process
from coreset_engine.errors import ConfigError, Interrupted
from coreset_engine.pipeline import sample_weights
from coreset_engine.pipeline.requests import SweepRequest
from coreset_engine.stopping import waits_for_epoch
from coreset_engine.sweep import driver, find_best, journal, plan, search_files, train
from coreset_engine.sweep.executors import local
from coreset_engine.verification import verify_all
from tests.browser import ROOT

pytestmark = pytest.mark.usefixtures("one_worker")


def sweep(**given):
    asked = {"epochs": 1, "device": "cpu", "training_seeds": (0, 1), "lengths": (2,)} | given
    return SweepRequest("tiny", asked.pop("methods", ("eva",)), asked.pop("rates", (0.2,)), **asked)


def made():
    """The rows that sweeps and retrainings made, by key."""
    return {row["key"]: row for row in results.rows() if row["method"] != "full"}


def test_every_cell_is_trained_once_and_what_exists_is_not_trained_again(recorded):
    request = sweep(windows=("grid",), training_seeds=(0,))
    planned = plan.plan(request)
    assert (len(planned.existing), planned.cells) == (0, len(planned.to_train))
    outcomes = list(train(replace(request, slots=2)))
    assert {outcome.row["key"] for outcome in outcomes} == {cell.key for cell in planned.to_train} == set(made())
    again = plan.plan(sweep(windows=("grid",)))
    assert len(again.existing) == planned.cells
    assert len(again.to_train) == planned.cells
    created = {key: row["created"] for key, row in made().items()}
    list(train(sweep(windows=("grid",), slots=1)))
    assert {key: made()[key]["created"] for key in created} == created


def test_rows_of_workers_are_those_of_a_retraining(recorded, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)  # workers are started elsewhere
    np.save("w.npy", np.arange(200) / 199)
    weighed = {"weighting": "per-sample", "weights": "w.npy"}
    request = sweep(windows=("1/3",), training_seeds=(0,), test_every_epoch=True, **weighed)
    (cell,) = plan.plan(request).to_train
    (outcome,) = train(request)
    assert "test_acc_best" in outcome.row
    assert outcome.row["weighting"] == f"per-sample:{sample_weights.digest(np.arange(200) / 199)}"
    plain = plan.plan(replace(request, weighting="none", weights="")).to_train
    assert plain[0].key != cell.key
    results.delete([cell.key])
    (row,) = pipeline.retrain([cell.item])
    told = {"created", "seconds", "energy_joules", "energy_of"}
    assert {name: row[name] for name in row if name not in told} == {
        name: outcome.row[name] for name in outcome.row if name not in told}  # fmt: skip


def test_a_plan_knows_the_time_from_rows_like_its_cells(recorded):
    # the recording's own row: 200 samples and 60 val images at a third, so many seconds per epoch
    (full,) = results.rows()
    full_work = full["recipe"]["epochs"] * (full["samples"] + 60 / 3)
    planned = plan.plan(sweep(windows=("1/3",), training_seeds=(0, 1), slots=1))
    each = full["seconds"] / full_work * 1 * (40 + 60 / 3)
    assert planned.seconds == pytest.approx(plan.START_SECONDS + 2 * each)
    assert plan.plan(sweep(windows=("1/3",), architectures=("mlp",))).seconds != planned.seconds
    dropped = plan.plan(sweep(windows=("1/3",), training_seeds=(0, 1), slots=1, batch_size=32, drop_last=True))
    each = full["seconds"] / full_work * (32 + 60 / 3)  # 8 of the 40 samples are in no batch
    assert dropped.seconds == pytest.approx(plan.START_SECONDS + 2 * each)
    row = full | {"recipe": full["recipe"] | {"batch_size": 150, "drop_last": True}}  # trained on 150 of 200
    each = full["seconds"] / (row["recipe"]["epochs"] * (150 + 60 / 3)) * (32 + 60 / 3)
    assert plan.seconds(dropped.to_train, 60, 1, [row]) == pytest.approx(plan.START_SECONDS + 2 * each)


@pytest.mark.parametrize(
    ("asked", "gpus_here", "seconds"),
    [
        ({"device": "cpu"}, ["0"], 8.0),
        ({"device": "auto"}, [], 8.0),
        ({"device": "auto"}, ["0"], 0.4),
        ({"device": "auto", "executor": "slurm"}, [], 4.2),  # of either kind: the cluster decides
    ],
)
def test_the_time_of_a_plan_is_that_of_rows_trained_on_such_a_device(recorded, monkeypatch, asked, gpus_here, seconds):
    monkeypatch.setattr(plan.gpus, "names", lambda device: gpus_here if device != "cpu" else [])
    request = sweep(windows=("1/3",), slots=1, training_seeds=(0,), **asked)
    planned, val = plan.cells(replace(request, executor="local"))
    (full,) = results.rows()
    work = full["recipe"]["epochs"] * (full["samples"] + 60 / 3) / (40 + 60 / 3)  # in trainings of the cell
    rows = [full | {"device": device, "seconds": one * work} for device, one in (("cpu", 8.0), ("cuda", 0.4))]
    assert plan.split(request, planned, val, rows).seconds == pytest.approx(plan.START_SECONDS + seconds)
    assert math.isnan(plan.split(replace(request, device="cpu"), planned, val, rows[1:]).seconds)


def test_the_price_of_a_search_leaves_out_the_images_of_dropped_batches(recorded):
    asked = {"windows": ("grid",), "search": "racing", "slots": 1, "batch_size": 32}
    whole, dropped = (plan.cost_of_search(sweep(**asked, drop_last=is_set), 60) for is_set in (False, True))
    # of 40 samples 32 fill a batch; a val image costs a third of a train image
    assert (dropped.seconds - plan.START_SECONDS) / (whole.seconds - plan.START_SECONDS) == pytest.approx(52 / 60)
    fitting = plan.cost_of_search(sweep(**asked | {"batch_size": None}, drop_last=True), 60)  # two batches of 16
    assert fitting == dropped


@pytest.mark.parametrize("search", ["", "halving"])
def test_a_cut_that_had_to_be_given_up_is_told_before_the_first_training(recorded, search):
    request, told = sweep(windows=("1/3", "1/4"), rates=(0.9,), hard_cutoffs=(0.5,), search=search), []
    with pytest.raises(Interrupted):
        next((find_best if search else train)(request, tell=told.append, should_stop=lambda: True))
    assert len(told) == 1
    assert "nothing is cut there" in told[0]


def test_a_changed_sweep_is_told_in_words():
    old, new = sweep(rates=(0.1, 0.2)), sweep(rates=(0.2, 0.3), epochs=2, search="halving")
    assert plan.changes(old, new) == ["rates: added 0.3; removed 0.1", "epochs: 1 → 2", "search: default → halving"]
    assert plan.changes(old, old) == []


def test_a_cell_that_can_not_be_trained_hides_no_other(recorded, monkeypatch):
    request = sweep(windows=("1/3",), training_seeds=(0, 1))
    real = local._Worker.ask
    monkeypatch.setattr(local._Worker, "ask", lambda self, task: real(self, _spoilt(task)))
    outcomes = list(train(replace(request, slots=1)))
    assert sorted(bool(outcome.row) for outcome in outcomes) == [False, True]
    assert "nope" in next(outcome.error for outcome in outcomes if outcome.row is None)


def _spoilt(task):
    """A cell with an architecture that does not exist where its seed is 0."""
    return task if task["item"]["seed"] else task | {"item": task["item"] | {"architecture": "nope"}}


def test_a_killed_worker_is_replaced_and_its_cell_tried_again(recorded):
    request, killed = sweep(windows=("1/3", "1/4"), epochs=30), []

    def kill():
        while not killed:
            time.sleep(0.05)
            for worker in workers:
                if worker.alive():
                    os.kill(worker._process.pid, signal.SIGKILL)
                    killed.append(worker)
                    return

    workers, real = [], local._Worker.__init__
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local._Worker, "__init__", lambda self, *given: (real(self, *given), workers.append(self))[0])
        threading.Thread(target=kill, daemon=True).start()
        outcomes = list(train(replace(request, slots=1)))
    assert killed
    assert len(outcomes) == len(made()) == 4
    assert not list(paths.retrainings_folder().glob("*.pt"))


def test_a_worker_that_always_dies_is_told_in_a_sentence(recorded, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    (outcome,) = train(sweep(windows=("1/3",), training_seeds=(0,), slots=1))
    assert "ended 3 times (exit code 1)" in outcome.error


def test_all_workers_are_asked_to_stop_before_any_is_waited_for():
    said, pool = [], local.LocalPool("tiny", 2, "cpu")
    pool._workers = {
        slot: SimpleNamespace(
            ask_to_stop=partial(said.append, f"ask {slot}"), stop=partial(said.append, f"wait {slot}")
        )
        for slot in range(2)
    }
    pool._stop({0: 5, 1: 6})
    assert said == ["ask 0", "ask 1", "wait 0", "wait 1"]


def test_a_worker_that_hears_twice_to_stop_still_ends_its_epoch():
    """A terminal's Ctrl+C, and the end of a whole job, come to it and to the sweep, which then says so again."""
    process = Process()
    with waits_for_epoch():
        process.ask_to_stop(signal.SIGINT, None)
        cells._ask_once(process, signal.SIGTERM, None)
    assert process.stopped()


def test_a_cell_of_a_file_that_ends_in_a_defect_or_for_want_of_memory_hides_no_other(monkeypatch, tmp_path, capsys):
    faults = {0: RuntimeError("secret of the shape"), 1: MemoryError(), 3: ConfigError("It can't be.")}
    trained = []

    def train(self, item, note):
        if item in faults:
            raise faults[item]
        trained.append((item, note))

    monkeypatch.setattr(cells._Worker, "train", train)
    monkeypatch.setattr(cells, "of_plain", lambda item: item)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    file = tmp_path / "cells.json"
    file.write_text(json.dumps({"items": [0, 1, 2, 3, 4], "note": {}}))
    cells._Worker(Process(), "tiny", "cpu").train_file(file, 0, 1)
    assert trained == [(2, {}), (4, {})]
    told = {path.name: path.read_text() for path in tmp_path.glob("*.error")}
    assert told["0.error"] == "a defect (RuntimeError); the log of its job has the details"
    assert "memory ran out" in told["1.error"]
    assert told["3.error"] == "It can't be."
    assert "RuntimeError: secret of the shape" in capsys.readouterr().err


def test_a_stopped_sweep_goes_on_where_it_was(recorded):
    request = sweep(windows=("1/3", "1/4"), epochs=2)
    seen = []
    begun = train(replace(request, slots=1), should_stop=lambda: bool(seen))
    with pytest.raises(Interrupted, match="stopped after 1 of 4"):
        for outcome in begun:
            seen += [outcome]
    first = made()
    assert len(first) == 1
    list(train(replace(request, slots=1)))
    assert len(made()) == 4
    assert all(made()[key]["created"] == row["created"] for key, row in first.items())


def test_kills_of_the_sweep_and_its_workers_lose_nothing_and_train_nothing_twice(recorded):
    command = [sys.executable, "-m", "coreset_engine", "sweep", "tiny", "--windows", "grid",
               "--length", "2", "--rate", "0.2", "--training-seeds", "0", "1", "--epochs", "3",
               "--slots", "2", "--device", "cpu"]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               start_new_session=True)  # fmt: skip
    until = time.monotonic() + 120
    while not made() and process.poll() is None and time.monotonic() < until:
        time.sleep(0.02)  # until a row is there, and the other worker is in the midst of its cell
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    written = made()
    assert written
    assert plan.plan(sweep(windows=("grid",), epochs=3)).to_train
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert all(made()[key]["created"] == row["created"] for key, row in written.items()), "trained twice"
    planned = plan.plan(sweep(windows=("grid",), epochs=3))
    assert not planned.to_train
    assert set(made()) == {cell.key for cell in planned.existing}
    assert not list(paths.retrainings_folder().glob("*.pt"))


def test_two_sweeps_over_the_same_cells_share_them(recorded):
    request = sweep(windows=("grid",), training_seeds=(0,), epochs=3)
    found = [[], []]
    threads = [
        threading.Thread(target=lambda kept=kept: kept.extend(train(replace(request, slots=1)))) for kept in found
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(outcome.row for kept in found for outcome in kept)
    assert len(made()) == plan.plan(request).cells


def test_a_search_chooses_on_val_and_looks_at_test_once(recorded):
    request = sweep(windows=("grid",), search="halving", budget=6)
    *steps, final = find_best(replace(request, slots=1))
    assert all(step.test is None for step in steps)
    assert final.chosen_by == "val_acc_best"
    rows = [row for row in made().values() if row.get("found_by") == "confirmation"]
    fresh = {row["seed"] for row in rows}
    assert fresh == {2, 3, 4}  # the training seeds were 0 and 1
    own = [row["test_acc_best_val"] for row in rows if row["method"] == "eva"]
    random = {row["seed"]: row["test_acc_best_val"] for row in rows if row["method"] == "random"}
    assert final.test.mean == pytest.approx(sum(own) / 3)
    assert final.against_random.mean == pytest.approx(sum(own) / 3 - sum(random.values()) / 3)
    chosen = [row for row in made().values() if row["method"] == "eva" and row["seed"] in (0, 1)
              and row["options"]["early"] == final.best.options["early"]
              and row["options"]["late"] == final.best.options["late"]]  # fmt: skip
    assert final.val.mean == pytest.approx(sum(row["val_acc_best"] for row in chosen) / len(chosen))
    (kept,) = (paths.cache_root() / "searches").glob("*.json")
    assert json.loads(kept.read_text())["found"] == [json.loads(json.dumps(final.to_dict()))]
    (file,) = search_files.kept()
    assert (file.running, file.waiting) == ((), ())
    (study,) = journal.studies(kept.with_suffix(".journal")).values()
    asked = {key: row for key, row in made().items() if row.get("found_by") == "halving"}
    assert {trial.user_attrs["row"]: journal.value_of(trial) for trial in study.trials} == {
        key: row["val_acc_best"] for key, row in asked.items()}  # fmt: skip
    assert {finding.state for finding in verify_all() if finding.kind in ("search", "journal")} == {"whole"}


def test_a_search_among_one_coreset_is_refused(recorded):
    with pytest.raises(ConfigError, match="at least two coresets"):
        driver.prepare(sweep(windows=("1/3",), search="model"))
