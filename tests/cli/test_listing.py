"""Lists of data sets and runs, as tables and as JSON; a run is checked."""

import os
import re
import shutil

import numpy as np
import pytest

from coreset_engine import store
from coreset_engine.executors import queue, table
from coreset_engine.executors.table import Job
from tests.cli.helpers import refused, strict
from tests.damage import resealed


def test_datasets_as_json_are_every_set_by_name(run):
    code, out, _ = run("datasets", "--json")
    rows = {row["dataset"]: row for row in strict(out)}
    assert code == 0
    assert {"demo", "organsmnist", "chestmnist", "cifar10"} <= set(rows)
    assert (rows["chestmnist"]["task"], rows["chestmnist"]["classes"]) == ("multi-label, binary-class", 14)


def test_loading_a_data_set_tells_its_hash(run, phantom_file):
    code, out, _ = run("datasets", "--load", phantom_file)
    assert code == 0
    assert "11 classes" in out
    assert strict(run("datasets", "--json")[1])[-1]["cached"] == ["phantom"]


def test_runs_as_json_are_every_run(run, recorded):
    (row,) = strict(run("runs", "--json")[1])
    assert (row["run"], row["epochs_done"], row["samples"], row["problem"]) == ("tiny", 5, 200, "")


def test_runs_as_json_hold_null_where_nothing_was_measured(run, tmp_path):
    np.savez(tmp_path / "f.npz", logits=np.zeros((2, 3, 2), np.float32), labels=[0, 1, 1])
    run("import", tmp_path / "f.npz", "--run", "foreign")
    (row,) = strict(run("runs", "--json")[1])
    assert row["val_accuracy"] is None


def test_a_damaged_run_is_listed_with_its_problem(run, recorded):
    (recorded / "dynamics.h5").write_bytes(b"x")
    code, out, _ = run("runs")
    assert code == 0
    assert "can't be read" in out


def test_a_whole_run_is_verified(run, recorded):
    assert run("verify", "tiny")[:2] == (0, "tiny: 5 of 5 epochs recorded, all of them whole.\n")


def test_a_damaged_epoch_is_named_with_exit_code_2(run, recorded):
    import h5py

    with h5py.File(recorded / "dynamics.h5", "r") as file:
        at = file["epochs/loss"].id.get_offset() + 3 * 200 * 4
    with open(recorded / "dynamics.h5", "r+b") as file:
        file.seek(at)
        file.write(b"\x01\x02\x03\x04")
    assert "damaged epochs: 4." in refused(run("verify", "tiny"))


@pytest.mark.parametrize("command", ["runs", "results", "jobs", "datasets", "methods"])
def test_lists_work_on_an_empty_cache(run, command):
    assert run(command)[0] == 0
    assert isinstance(strict(run(command, "--json")[1]), list)


def test_the_cache_can_be_chosen_for_one_command(run, recorded, tmp_path):
    shutil.copytree(recorded.parent.parent, tmp_path / "elsewhere")
    shutil.rmtree(recorded)
    (row,) = strict(run("--cache", tmp_path / "elsewhere", "runs", "--json")[1])
    assert row["run"] == "tiny"
    os.environ["CORESET_CACHE"] = str(recorded.parent.parent)


def test_data_sets_and_runs_that_the_project_made_itself_are_called_synthetic(run, recorded):
    rows = {row["dataset"]: row["synthetic"] for row in strict(run("datasets", "--json")[1])}
    assert (rows["demo"], rows["organsmnist"]) == (True, False)
    assert "synthetic" in run("datasets")[1].splitlines()[0]
    assert [row["synthetic"] for row in strict(run("runs", "--json")[1])] == [False]
    facts = next(recorded.parent.parent.glob("datasets/*/dataset.json"))
    resealed(facts, lambda content: content | {"synthetic": True})
    assert [row["synthetic"] for row in strict(run("runs", "--json")[1])] == [True]
    header, line = (text.split() for text in run("runs")[1].splitlines())
    assert line[header.index("synthetic")] == "yes"


@pytest.mark.parametrize("name", ["eva", "k-center", "ccs"])
def test_one_method_or_rule_is_told_fact_by_fact(name, run):
    code, out, _ = run("methods", name)
    assert code == 0
    assert out.splitlines()[1].startswith(f"{name}, ")
    assert {"Formula", "Source", "Options and defaults"} <= {line.partition(". ")[0] for line in out.splitlines()}
    (facts,) = strict(run("methods", name, "--json")[1])
    assert facts["name"] == name


def test_a_method_that_is_not_there_is_one_line(run):
    assert "There is no method or rule 'evaa'. Choose one of: random, uniform, eva," in refused(run("methods", "evaa"))


def test_methods_are_listed_by_family_and_by_words(run):
    rows = strict(run("methods", "--json", "--family", "uncertainty", "--search", "MARGIN")[1])
    assert [row["name"] for row in rows] == ["margin"]
    assert "There is no family 'x'. Choose one of: " in refused(run("methods", "--family", "x"))
    assert "No method or rule fits." in refused(run("methods", "--search", "no such thing"))
    assert "No method or rule fits." in refused(run("methods", "margin", "--search", "no such thing"))


def test_a_job_that_does_not_answer_is_listed_as_such(run, monkeypatch):
    quiet = Job(3, "Record", ("record",), "running", "2026-01-01T00:00:00+00:00", "", "", 1, 0.5, "epoch 3", False)
    monkeypatch.setattr(queue, "all_jobs", lambda: [quiet])
    assert re.search(r"not answering since \d+ s; epoch 3", run("jobs")[1])
    assert strict(run("jobs", "--json")[1])[0]["message"] == "epoch 3"


def test_deleting_a_run_tells_what_it_frees_and_who_names_it_and_restoring_brings_it_back(run, recorded):
    before = (recorded / "dynamics.h5").read_bytes()
    size = sum(path.stat().st_size for path in recorded.iterdir()) / 2**20
    with table.entering("local", ["retrain", "tiny", "--rate", "0.1"], "a retraining") as number:
        pass
    code, out, _ = run("runs", "delete", "tiny")
    assert code == 0
    assert out.startswith(f"tiny deleted, {size:.2f} MiB in the trash; result rows")
    assert out.endswith(f"which stay: 0; jobs that name it: {number}.\n")
    assert strict(run("runs", "--json")[1]) == []
    assert len(strict(run("results", "--json")[1])) == 1
    assert run("runs", "restore", "tiny")[:2] == (0, "tiny is back.\n")
    assert (recorded / "dynamics.h5").read_bytes() == before


def test_a_run_deleted_for_good_is_not_restored_and_one_that_is_written_not_deleted(run, recorded):
    with store.RunClaim(recorded):
        assert "being written" in refused(run("runs", "delete", "tiny"))
    assert run("runs", "delete", "--now", "tiny")[0] == 0
    assert "no deleted run" in refused(run("runs", "restore", "tiny"))
    assert "no run 'tiny'" in refused(run("runs", "delete", "tiny"))
