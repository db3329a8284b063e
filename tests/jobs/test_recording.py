"""Recording: what a run holds, and that an interrupted one goes on."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from coreset_engine import architectures, jobs, load_run, results, store
from coreset_engine.config import Recipe
from coreset_engine.datasets import library
from coreset_engine.errors import ConfigError, DatasetError, EngineError, Interrupted, RunError
from coreset_engine.training import loop

RECIPE = Recipe(epochs=2, batch_size=64, learning_rate=0.02)


def asked(file, run="own", **given):
    return jobs.Recording(**{"run": run, "dataset": str(file), "architecture": "lenet", "recipe": RECIPE,
                             "device": "cpu", **given})  # fmt: skip


@pytest.fixture
def no_training(monkeypatch):
    monkeypatch.setattr(loop.Trainer, "run", lambda self: pytest.fail("trained"))


def test_a_recording_leaves_exactly_the_files_of_a_run(recorded):
    assert {path.name for path in recorded.iterdir()} == {
        "run.json", "dynamics.h5", "model.safetensors", "snapshot.h5",
    }  # fmt: skip


def test_the_request_says_what_was_asked(recorded, phantom_file):
    request = json.loads((recorded / "run.json").read_text())
    assert (request["run"], request["architecture"], request["dataset"]) == ("tiny", "lenet", str(phantom_file))
    assert request["recipe"]["epochs"] == 5


def test_the_dynamics_name_their_images_and_recipe(recorded):
    info = store.RunFile(recorded).info
    assert (info.dataset, info.architecture, info.origin, info.device) == ("phantom", "lenet", "recorded", "cpu")
    assert info.recipe["learning_rate"] == 0.02
    assert len(info.dataset_sha256) == 64
    assert info.versions["numpy"] == np.__version__


def test_all_epochs_are_recorded_whole(recorded):
    assert store.verify("tiny") == {"run": "tiny", "epochs_done": 5, "epochs": 5, "damaged": []}


def test_error_norms_agree_with_the_probabilities_kept(recorded):
    dynamics = load_run("tiny")
    expected = np.linalg.norm(dynamics.probabilities - np.eye(11)[dynamics.labels], axis=2)
    np.testing.assert_allclose(dynamics.error_norms, expected, atol=1e-6)


def test_the_snapshot_is_the_saved_model_in_eval_mode(recorded):
    found, info = store.read_snapshot(recorded), store.RunFile(recorded).info
    model = architectures.build("lenet", 1, 11, 28)
    model.load_state_dict({k: torch.from_numpy(v) for k, v in load_file(recorded / "model.safetensors").items()})
    images = library.cached(info.dataset, info.dataset_sha256)
    split = loop.put_on(torch.device("cpu"), images.images["train"], images.labels["train"])
    np.testing.assert_allclose(found["logits"], loop.predict(model, split).numpy(), atol=1e-5)
    expected = found["features"] @ found["head_weight"].T + found["head_bias"]
    np.testing.assert_allclose(found["logits"], expected, atol=1e-5)
    np.testing.assert_array_equal(found["labels"], load_run("tiny").labels)


def test_a_recording_adds_one_reference_row_that_names_no_run(recorded):
    (row,) = results.rows()
    assert (row["method"], row["rate"], row["samples"], row["seed"], row["run"]) == ("full", 1.0, 200, 0, "")
    assert row["recipe"] == store.RunFile(recorded).info.recipe
    assert 0 <= row["test_acc_last"] <= 1


def test_recording_under_the_same_name_is_refused(recorded, phantom_file):
    with pytest.raises(RunError, match="'tiny' exists already"):
        jobs.record(asked(phantom_file, "tiny"))


@pytest.mark.parametrize("bad", [{"architecture": "alexnet"}, {"dataset": "nothing"}, {"dataset": "/no.npz"}])
def test_a_recording_that_can_not_begin_leaves_no_run(phantom_file, cache, bad):
    with pytest.raises(EngineError):
        jobs.record(asked(phantom_file, **bad))
    assert not (cache / "runs" / "own").exists()


def test_watch_is_told_every_epoch(phantom_file):
    seen = []
    jobs.record(asked(phantom_file), watch=seen.append)
    assert [(progress.epoch, progress.epochs) for progress in seen] == [(1, 2), (2, 2)]
    assert set(seen[0].metrics) == set(store.METRICS)


def test_an_interrupted_recording_goes_on(phantom_file, cache):
    stops = iter([True, False])
    with pytest.raises(Interrupted):
        jobs.record(asked(phantom_file), should_stop=lambda: next(stops))
    folder = cache / "runs" / "own"
    assert (store.RunFile(folder).done(), (folder / "checkpoint.pt").is_file()) == (1, True)
    jobs.record(jobs.Recording.of_run("own"), resume=True)
    jobs.record(asked(phantom_file, "whole"))
    for name in ("error_norm", "loss", "prediction"):
        assert load_run("own").signal(name).tobytes() == load_run("whole").signal(name).tobytes()
    whole, parts = (load_file(cache / "runs" / run / "model.safetensors") for run in ("whole", "own"))
    assert all(whole[name].tobytes() == parts[name].tobytes() for name in whole)
    assert not (folder / "checkpoint.pt").exists()


def test_resuming_a_finished_recording_trains_nothing(recorded, no_training):
    before = (recorded / "dynamics.h5").read_bytes()
    assert jobs.record(jobs.Recording.of_run("tiny"), resume=True) == "tiny"
    assert (recorded / "dynamics.h5").read_bytes() == before


def test_a_recording_killed_before_its_last_files_writes_them_on_resuming(recorded):
    snapshot = (recorded / "snapshot.h5").read_bytes()
    (recorded / "snapshot.h5").unlink()
    jobs.record(jobs.Recording.of_run("tiny"), resume=True)
    assert (recorded / "snapshot.h5").read_bytes() == snapshot


def test_resuming_on_changed_images_is_refused_and_leaves_the_run_alone(phantom_file, tmp_path, cache):
    own = shutil.copy(phantom_file, tmp_path / "own.npz")
    with pytest.raises(Interrupted):
        jobs.record(asked(own), should_stop=lambda: True)
    before = (cache / "runs" / "own" / "dynamics.h5").read_bytes()
    with np.load(own) as file:
        arrays = {name: file[name] for name in file.files}
    arrays["train_images"] = 255 - arrays["train_images"]
    np.savez(own, **arrays)
    with pytest.raises(DatasetError, match="has other images than those the run 'own' was begun on"):
        jobs.record(jobs.Recording.of_run("own"), resume=True)
    assert (cache / "runs" / "own" / "dynamics.h5").read_bytes() == before


def test_an_attempt_that_never_began_does_not_decide_a_later_one(phantom_file, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(loop, "put_on", lambda *_: (_ for _ in ()).throw(ConfigError("no room on the GPU")))
        with pytest.raises(ConfigError):
            jobs.record(asked(phantom_file, recipe=replace(RECIPE, epochs=9)))
    with pytest.raises(Interrupted):
        jobs.record(asked(phantom_file), should_stop=lambda: True)
    assert jobs.Recording.of_run("own").recipe.epochs == 2
    jobs.record(jobs.Recording.of_run("own"), resume=True)
    assert store.verify("own")["epochs_done"] == 2


def test_a_full_disk_at_the_request_is_a_sentence(phantom_file, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store.runs.paths, "write_atomically", full)
    with pytest.raises(RunError, match="No space left"):
        jobs.record(asked(phantom_file))


def test_an_unknown_run_can_not_be_resumed():
    with pytest.raises(RunError, match="no run 'nothing' to resume"):
        jobs.Recording.of_run("nothing")
