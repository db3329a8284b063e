"""Names of runs: one of two wins, nothing half-made has one, and a deleted run comes back."""

import subprocess
import sys

import numpy as np
import pytest

from coreset_engine import load_run, paths, pipeline, store
from coreset_engine.errors import RunError
from coreset_engine.store import writer


@pytest.fixture
def foreign(tmp_path):
    """A file of foreign dynamics: 30 epochs of 40 samples."""
    logits = np.random.default_rng(0).normal(size=(30, 40, 3)).astype(np.float32)
    np.savez(tmp_path / "foreign.npz", logits=logits, labels=np.arange(40) % 3)
    return tmp_path / "foreign.npz"


def bring(file, run="own"):
    return pipeline.import_dynamics(pipeline.ImportRequest(str(file), run))


# An import that ends hard before the epoch of its last argument.
_KILLED = """
import os, sys
from coreset_engine import pipeline, store
write = store.RunWriter.write_epoch
def ends(self, epoch, rows, metrics):
    if epoch == int(sys.argv[2]):
        os._exit(9)
    write(self, epoch, rows, metrics)
store.RunWriter.write_epoch = ends
pipeline.import_dynamics(pipeline.ImportRequest(sys.argv[1], "own"))
"""


@pytest.mark.parametrize("epoch", [1, 17, 30])
def test_a_killed_import_leaves_no_run_and_no_rest_after_the_next(foreign, cache, epoch):
    assert subprocess.run([sys.executable, "-c", _KILLED, foreign, str(epoch)]).returncode == 9
    assert store.run_names() == []
    assert any((cache / "runs").glob(".import-*"))
    bring(foreign)
    assert store.verify("own") == {"run": "own", "epochs_done": 30, "epochs": 30, "damaged": []}
    assert [path.name for path in (cache / "runs").iterdir()] == ["own"]


def test_what_is_being_imported_is_not_swept_away(cache):
    folder = cache / "runs" / "own"
    with store.RunClaim(folder), store.built_aside(folder) as aside:
        (aside.folder / "begun").touch()
        store.sweep()
        assert (aside.folder / "begun").exists()
        assert folder.exists()


def test_of_many_that_import_one_name_at_once_one_wins_and_the_others_are_refused(foreign):
    command = [sys.executable, "-m", "coreset_engine", "import", str(foreign), "--run", "own"]
    started = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    ends = [(process.communicate()[1], process.returncode) for process in started]
    assert sorted(code for _, code in ends) == [0, 2, 2, 2]
    assert all("exists already" in text or "being written" in text for text, code in ends if code)
    assert store.verify("own")["epochs_done"] == 30
    assert [path.name for path in paths.runs_folder().iterdir()] == ["own"]


def test_an_import_under_the_name_of_a_recording_in_its_first_epoch_is_refused(foreign, cache):
    from coreset_engine.training.recorder import Recorder

    with Recorder("own", labels=[0, 1], classes=2, epochs=1) as recorder:
        before = (cache / "runs" / "own" / "run.json").read_bytes()
        with pytest.raises(RunError, match="being written"):
            bring(foreign)
        assert (cache / "runs" / "own" / "run.json").read_bytes() == before
        recorder.record(1, np.arange(2), 2 * np.eye(2, dtype=np.float32))
        recorder.end_epoch(1)
    assert load_run("own").n_samples == 2


def test_a_deleted_run_is_gone_at_once_and_comes_back_whole(foreign, cache):
    bring(foreign)
    before = (cache / "runs" / "own" / "dynamics.h5").read_bytes()
    store.delete_run("own")
    assert (store.run_names(), store.deleted_runs()) == ([], ["own"])
    with pytest.raises(RunError, match="There is no run"):
        store.delete_run("own")
    store.restore_run("own")
    assert (store.run_names(), store.deleted_runs()) == (["own"], [])
    assert (cache / "runs" / "own" / "dynamics.h5").read_bytes() == before


def test_a_run_is_not_restored_over_another_of_its_name(foreign):
    bring(foreign)
    store.delete_run("own")
    bring(foreign)
    with pytest.raises(RunError, match="another has its name"):
        store.restore_run("own")
    store.delete_run("own")
    store.restore_run("own")


def test_a_run_that_is_being_written_is_not_deleted(foreign, cache):
    bring(foreign)
    with store.RunClaim(cache / "runs" / "own"), pytest.raises(RunError, match="is being written"):
        store.delete_run("own")
    assert store.run_names() == ["own"]


def test_an_emptied_trash_and_a_deletion_for_good_leave_nothing(foreign, cache):
    bring(foreign)
    store.delete_run("own")
    store.empty_trash()
    bring(foreign)
    store.delete_run("own", now=True)
    assert store.deleted_runs() == []
    with pytest.raises(RunError, match="no deleted run 'own'"):
        store.restore_run("own")
    assert not list((cache / "runs").rglob("*.h5"))


def test_who_waits_for_a_name_that_is_given_up_gets_it(cache, monkeypatch):
    monkeypatch.setattr(writer, "_PATIENCE", 60)  # the other one may be slow to give it up
    folder = cache / "runs" / "own"
    code = (
        "import sys, time; from pathlib import Path; from coreset_engine import store\n"
        "claim = store.RunClaim(Path(sys.argv[1])); print('held', flush=True); time.sleep(0.1); claim.close()"
    )
    process = subprocess.Popen([sys.executable, "-c", code, folder], stdout=subprocess.PIPE)
    process.stdout.readline()
    with store.RunClaim(folder):  # the other removes the folder that this has opened already
        assert folder.is_dir()
    process.communicate()
    assert not folder.exists()


def test_files_of_somebody_else_in_a_runs_folder_stay(cache):
    folder = cache / "runs" / "own"
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_text("mine")
    with store.RunClaim(folder):
        (folder / "run.json").write_text("{}")
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]
