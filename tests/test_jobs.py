"""Recording and retraining: what they write, and that nothing is done twice."""

import json
import math
import shutil
import time
from dataclasses import replace

import h5py
import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from coreset_engine import jobs, load_run, results, select, store
from coreset_engine.config import Recipe
from coreset_engine.errors import ConfigError, DatasetError, EngineError, Interrupted, RunError
from coreset_engine.training import loop

RECIPE = Recipe(epochs=2, batch_size=64, learning_rate=0.02)


def asked(file, run="own", **given):
    return jobs.Recording(**{"run": run, "dataset": str(file), "architecture": "lenet", "recipe": RECIPE,
                             "device": "cpu", **given})  # fmt: skip


def retraining(**given):
    return jobs.Retraining(**{"run": "tiny", "method": "el2n", "rate": 0.2, "seed": 0, "architecture": "lenet",
                              "epochs": 2, "device": "cpu", "options": {"epochs": 3}, **given})  # fmt: skip


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
    model = jobs.architectures.build("lenet", 1, 11, 28)
    model.load_state_dict({k: torch.from_numpy(v) for k, v in load_file(recorded / "model.safetensors").items()})
    images = jobs.library.cached(info.dataset, info.dataset_sha256)
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


def test_an_imported_run_can_not_be_resumed(tmp_path):
    import_run(tmp_path)
    with pytest.raises(RunError, match="was not recorded from a data set here"):
        jobs.Recording.of_run("foreign")


def import_run(tmp_path):
    logits = np.random.default_rng(0).normal(size=(4, 30, 3)).astype(np.float32)
    np.savez(tmp_path / "f.npz", logits=logits, labels=np.arange(30) % 3)
    return jobs.import_dynamics(tmp_path / "f.npz", "foreign"), logits


def test_an_import_is_a_run_like_any_other(tmp_path, cache):
    name, logits = import_run(tmp_path)
    e = np.exp(logits.astype(float))
    np.testing.assert_allclose(load_run(name).probabilities, e / e.sum(axis=2, keepdims=True), atol=1e-6)
    assert store.verify(name) == {"run": "foreign", "epochs_done": 4, "epochs": 4, "damaged": []}
    assert store.RunFile(cache / "runs" / name).info.origin == "imported"


def test_an_import_does_not_write_over_a_run(tmp_path, recorded):
    import_run(tmp_path)
    with pytest.raises(RunError, match="'foreign' exists already"):
        import_run(tmp_path)


def test_a_bad_import_leaves_no_run(tmp_path, cache):
    np.savez(tmp_path / "bad.npz", labels=np.arange(3))
    with pytest.raises(RunError):
        jobs.import_dynamics(tmp_path / "bad.npz", "foreign")
    assert not (cache / "runs" / "foreign").exists()


def test_nothing_can_be_retrained_on_an_import(tmp_path):
    import_run(tmp_path)
    with pytest.raises(EngineError, match=r"images of this run are not in the cache|no images here"):
        list(jobs.retrain([retraining(run="foreign")]))


def test_a_retraining_trains_on_exactly_its_coreset(recorded, monkeypatch):
    seen, real = [], loop.Trainer.__init__

    def note(self, build, recipe, seed, train, val, **more):
        seen.append(train.images.numpy().copy())
        real(self, build, recipe, seed, train, val, **more)

    monkeypatch.setattr(loop.Trainer, "__init__", note)
    (row,) = jobs.retrain([retraining()])
    coreset = select(load_run("tiny"), method="el2n", rate=0.2, epochs=3)
    info = store.RunFile(recorded).info
    images = jobs.library.cached(info.dataset, info.dataset_sha256).images["train"]
    np.testing.assert_array_equal(seen[0][:, 0], images[coreset])
    assert (row["samples"], len(coreset)) == (40, 40)


def test_a_result_row_holds_all_that_decided_it(recorded):
    (row,) = jobs.retrain([retraining(rule="balanced", seed=7)])
    expected = {"run": "tiny", "dataset": "phantom", "method": "el2n", "options": {"epochs": 3}, "rule": "balanced"}
    expected |= {"rate": 0.2, "architecture": "lenet", "seed": 7, "average": [], "device": "cpu"}
    assert {name: row[name] for name in expected} == expected
    assert row["dataset_sha256"] == store.RunFile(recorded).info.dataset_sha256
    assert row["recipe"]["epochs"] == 2
    assert {"val_acc_best", "val_acc_last", "test_acc_last", "test_acc_best_val", "best_epoch", "collapsed"} <= set(row)


def test_the_same_call_again_trains_nothing(recorded, monkeypatch):
    (row,) = jobs.retrain([retraining()])
    monkeypatch.setattr(loop.Trainer, "run", lambda self: pytest.fail("trained again"))
    assert list(jobs.retrain([retraining()])) == [row]


@pytest.mark.parametrize(
    "other",
    [{"seed": 1}, {"rate": 0.3}, {"epochs": 2}, {"learning_rate": 0.03}, {"batch_size": 8}, {"rule": "balanced"},
     {"options": {"epochs": 2}}],
)  # fmt: skip
def test_another_configuration_is_another_row(recorded, other):
    one, two = jobs.retrain([retraining(epochs=1), retraining(**({"epochs": 1} | other))])
    assert one["key"] != two["key"]


def test_the_batch_shrinks_with_the_coreset_and_the_row_says_so(recorded):
    # 40 samples: the power of two below 40 / 8 is under the floor of 16
    (row,) = jobs.retrain([retraining(epochs=1)])
    assert row["recipe"]["batch_size"] == 16


def test_a_batch_that_is_asked_for_is_used(recorded):
    (row,) = jobs.retrain([retraining(epochs=1, batch_size=32)])
    assert row["recipe"]["batch_size"] == 32


@pytest.mark.parametrize("bad", [{"epochs": 0}, {"batch_size": 0}, {"learning_rate": 0.0}])
def test_a_zero_is_refused_and_not_taken_for_the_default(recorded, bad):
    with pytest.raises(ConfigError, match=next(iter(bad))):
        list(jobs.retrain([retraining(**bad)]))


def test_a_random_coreset_follows_the_seed_of_its_retraining(recorded):
    one, two = (jobs.select_for(retraining(method="random", options={}, seed=seed)) for seed in (1, 2))
    assert one.tolist() != two.tolist()
    again = jobs.select_for(retraining(method="random", options={}, seed=1))
    assert one.tolist() == again.tolist()


def test_an_interrupted_retraining_goes_on_and_gives_the_same_figures(recorded, cache):
    stops = iter([True, False])
    with pytest.raises(Interrupted):
        list(jobs.retrain([retraining()], should_stop=lambda: next(stops)))
    assert len(list((cache / "retrainings").iterdir())) == 1
    (resumed,) = jobs.retrain([retraining()])
    assert list((cache / "retrainings").iterdir()) == []
    (cache / "results.db").unlink()
    (whole,) = jobs.retrain([retraining()])
    same = [name for name in whole if name not in ("created", "seconds")]
    assert json.dumps([resumed[name] for name in same]) == json.dumps([whole[name] for name in same])


def test_a_retraining_that_diverges_is_a_collapsed_row_and_no_crash(recorded, monkeypatch):
    monkeypatch.setattr(loop, "predict", lambda model, split, _="": torch.full((len(split), 11), math.nan))
    (row,) = jobs.retrain([retraining(epochs=1)])
    assert row["collapsed"]
    assert math.isnan(row["test_auc_last"])


def test_a_plan_holds_every_combination_and_full_once_a_seed():
    plan = jobs.plan("tiny", [("full", {}), ("el2n", {})], [0.1, 0.2], [0, 1, 2], ["lenet", "resnet8"])
    assert len(plan) == 2 * (3 + 2 * 3)
    assert sum(item.method == "full" for item in plan) == 6


@pytest.mark.parametrize("rate", [0, -0.1, 1.1, float("nan")])
def test_a_plan_with_an_impossible_rate_is_refused(rate):
    with pytest.raises(EngineError):
        jobs.plan("tiny", [("el2n", {})], [rate], [0], ["lenet"])


def test_a_plan_with_an_unknown_option_is_refused():
    with pytest.raises(ConfigError, match="option 'window'"):
        jobs.plan("tiny", [("el2n", {"window": 3})], [0.1], [0], ["lenet"])


def test_retraining_on_images_that_changed_in_the_cache_is_refused(recorded, cache):
    path = next((cache / "datasets").glob("*/train_images.npy"))
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(DatasetError, match="have changed since they were cached"):
        list(jobs.retrain([retraining()]))


def test_retraining_on_damaged_dynamics_is_a_sentence(recorded):
    with h5py.File(recorded / "dynamics.h5", "a") as file:
        del file["epochs/loss"]
    with pytest.raises(RunError, match="missing or unknown members"):
        list(jobs.retrain([retraining()]))


def test_an_estimate_is_positive_and_adds_up(phantom_file):
    found = jobs.estimate(str(phantom_file), None, "lenet", 10, 64, "cpu")
    assert found["device"] == "cpu"
    assert found["seconds_per_epoch"] == pytest.approx((200 + 60 / 3) / found["images_per_second"])
    assert found["seconds"] == pytest.approx(10 * found["seconds_per_epoch"])


def test_an_estimate_of_a_known_set_downloads_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv("MEDMNIST_ROOT", str(tmp_path / "medmnist"))
    assert jobs.estimate("chestmnist", None, "lenet", 1, 8, "cpu")["seconds"] > 0
    assert not (tmp_path / "medmnist").exists()


@pytest.mark.parametrize("bad", [{"epochs": 0}, {"batch_size": 0}])
def test_an_estimate_of_an_impossible_recipe_is_refused(phantom_file, bad):
    with pytest.raises(ConfigError):
        jobs.estimate(**{"dataset": str(phantom_file), "side": None, "architecture": "lenet", "epochs": 1,
                         "batch_size": 8, **bad})  # fmt: skip


def test_the_same_setting_in_other_words_is_the_same_row(recorded):
    words = ({"early": 1, "late": 3, "length": 2}, {"early": "1", "late": "3", "length": "2", "combine": "sum"})
    for options in words:
        asked = jobs.plan("tiny", [("eva", options)], [0.2], [0], ["lenet"], epochs=1, device="cpu")
        assert len(list(jobs.retrain(asked))) == 1
    rows = [row for row in results.rows() if row["method"] == "eva"]
    assert len(rows) == 1
    assert rows[0]["options"] == {"early": 1, "late": 3, "length": 2, "combine": "sum"}


def test_dynamics_recorded_anew_under_the_same_name_give_rows_of_their_own(recorded):
    asked = jobs.plan("tiny", [("el2n", {"epochs": 2})], [0.2], [0], ["lenet"], epochs=1, device="cpu")
    first = next(jobs.retrain(asked))
    request = json.loads((recorded / "run.json").read_text())
    for file in recorded.iterdir():
        file.unlink()
    time.sleep(1.1)  # `created` is told to the second
    jobs.record(jobs.Recording(**{**request, "recipe": Recipe.from_dict(request["recipe"]), "seed": 9}))
    second = next(jobs.retrain(asked))
    assert first["key"] != second["key"]
    assert len([row for row in results.rows() if row["method"] == "el2n"]) == 2
