"""Recording: what a run holds, and that an interrupted one goes on."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from coreset_engine import CoresetSpec, architectures, export, load_run, paths, pipeline, results, score, store
from coreset_engine.config import Recipe
from coreset_engine.datasets import library
from coreset_engine.datasets.corruptions import Corruption
from coreset_engine.errors import ConfigError, DatasetError, EngineError, Interrupted, RunError
from coreset_engine.pipeline import recording, rows
from coreset_engine.sources import load_snapshot
from coreset_engine.training import batches, prediction
from coreset_engine.training.energy import Energy
from coreset_engine.training.trainer import Trainer
from tests.damage import resealed

RECIPE = Recipe(epochs=2, batch_size=64, learning_rate=0.02)


def asked(file, run="own", **given):
    return pipeline.RecordingRequest(**{"run": run, "dataset": str(file), "architecture": "lenet", "recipe": RECIPE,
                             "device": "cpu", **given})  # fmt: skip


@pytest.fixture
def no_training(monkeypatch):
    monkeypatch.setattr(Trainer, "run", lambda self: pytest.fail("trained"))


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
    split = batches.put_on(torch.device("cpu"), images.images["train"], images.labels["train"])
    np.testing.assert_allclose(found["logits"], prediction.predict(model, split).numpy(), atol=1e-5)
    expected = found["features"] @ found["head_weight"].T + found["head_bias"]
    np.testing.assert_allclose(found["logits"], expected, atol=1e-5)
    np.testing.assert_array_equal(found["labels"], load_run("tiny").labels)


def test_the_snapshot_holds_the_val_split_by_the_same_network(recorded):
    found, info = store.read_snapshot(recorded), store.RunFile(recorded).info
    model = architectures.build("lenet", 1, 11, 28)
    model.load_state_dict({k: torch.from_numpy(v) for k, v in load_file(recorded / "model.safetensors").items()})
    images = library.cached(info.dataset, info.dataset_sha256)
    split = batches.put_on(torch.device("cpu"), images.images["val"], images.labels["val"])
    np.testing.assert_allclose(found["val_logits"], prediction.predict(model, split).numpy(), atol=1e-5)
    expected = found["val_features"] @ found["head_weight"].T + found["head_bias"]
    np.testing.assert_allclose(found["val_logits"], expected, atol=1e-5)
    np.testing.assert_array_equal(found["val_labels"], images.labels["val"])
    loaded = load_snapshot("tiny").validation
    np.testing.assert_array_equal(loaded.features, found["val_features"])
    np.testing.assert_array_equal(loaded.labels, found["val_labels"])


def test_a_recording_adds_one_reference_row_that_names_no_run(recorded):
    (row,) = results.rows()
    assert (row["method"], row["rate"], row["samples"], row["seed"], row["run"]) == ("full", 1.0, 200, 0, "")
    assert row["recipe"] == store.RunFile(recorded).info.recipe
    assert 0 <= row["test_acc_last"] <= 1


def test_recording_under_the_same_name_is_refused(recorded, phantom_file):
    with pytest.raises(RunError, match="'tiny' exists already"):
        pipeline.record(asked(phantom_file, "tiny"))


@pytest.mark.parametrize("bad", [{"architecture": "lenet9"}, {"dataset": "nothing"}, {"dataset": "/no.npz"}])
def test_a_recording_that_can_not_begin_leaves_no_run(phantom_file, cache, bad):
    with pytest.raises(EngineError):
        pipeline.record(asked(phantom_file, **bad))
    assert not (cache / "runs" / "own").exists()


def test_watch_is_told_every_epoch(phantom_file):
    seen = []
    pipeline.record(asked(phantom_file), watch=seen.append)
    assert [(progress.epoch, progress.epochs) for progress in seen] == [(1, 2), (2, 2)]
    assert set(seen[0].metrics) == set(store.METRICS)


def test_names_given_to_classes_stay_with_the_run_and_its_exports_and_go_on_with_it(phantom_file, tmp_path):
    names = ("heart", "-", *(f"organ {number}" for number in range(2, 11)))
    with pytest.raises(Interrupted):
        pipeline.record(asked(phantom_file, class_names=names), should_stop=lambda: True)
    pipeline.record(pipeline.RecordingRequest.of_run("own"), resume=True)
    assert store.RunFile(paths.run_folder("own")).info.names == names
    spec = CoresetSpec("own", "random", rate=0.1)
    info = store.RunFile(paths.run_folder("own")).info
    images = library.cached(info.dataset, info.dataset_sha256)
    export.write(export.with_origin(spec), tmp_path / "c.npz", images)
    assert tuple(np.load(tmp_path / "c.npz")["class_names"]) == names
    with pytest.raises(DatasetError, match="phantom has 11 classes, but 2 names for them"):
        pipeline.record(asked(phantom_file, "other", class_names=("a", "b")))
    with pytest.raises(ConfigError, match="Two classes are called 'a'"):
        asked(phantom_file, class_names=("a", "a"))


def test_an_interrupted_recording_goes_on(phantom_file, cache):
    stops = iter([True, False])
    with pytest.raises(Interrupted):
        pipeline.record(asked(phantom_file), should_stop=lambda: next(stops))
    folder = cache / "runs" / "own"
    assert (store.RunFile(folder).done(), (folder / "checkpoint.pt").is_file()) == (1, True)
    pipeline.record(pipeline.RecordingRequest.of_run("own"), resume=True)
    pipeline.record(asked(phantom_file, "whole"))
    for name in ("error_norm", "loss", "prediction"):
        assert load_run("own").signal(name).tobytes() == load_run("whole").signal(name).tobytes()
    whole, parts = (load_file(cache / "runs" / run / "model.safetensors") for run in ("whole", "own"))
    assert all(whole[name].tobytes() == parts[name].tobytes() for name in whole)
    assert not (folder / "checkpoint.pt").exists()


def test_resuming_a_finished_recording_trains_nothing(recorded, no_training):
    before = (recorded / "dynamics.h5").read_bytes()
    assert pipeline.record(pipeline.RecordingRequest.of_run("tiny"), resume=True) == "tiny"
    assert (recorded / "dynamics.h5").read_bytes() == before


def test_a_recording_killed_before_its_last_files_writes_them_on_resuming(recorded):
    snapshot = (recorded / "snapshot.h5").read_bytes()
    (recorded / "snapshot.h5").unlink()
    pipeline.record(pipeline.RecordingRequest.of_run("tiny"), resume=True)
    assert (recorded / "snapshot.h5").read_bytes() == snapshot


def test_resuming_on_changed_images_is_refused_and_leaves_the_run_alone(phantom_file, tmp_path, cache):
    own = shutil.copy(phantom_file, tmp_path / "own.npz")
    with pytest.raises(Interrupted):
        pipeline.record(asked(own), should_stop=lambda: True)
    before = (cache / "runs" / "own" / "dynamics.h5").read_bytes()
    with np.load(own) as file:
        arrays = {name: file[name] for name in file.files}
    arrays["train_images"] = 255 - arrays["train_images"]
    np.savez(own, **arrays)
    with pytest.raises(DatasetError, match="has other images than those the run 'own' was begun on"):
        pipeline.record(pipeline.RecordingRequest.of_run("own"), resume=True)
    assert (cache / "runs" / "own" / "dynamics.h5").read_bytes() == before


def test_an_attempt_that_never_began_does_not_decide_a_later_one(phantom_file, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(batches, "put_on", lambda *_: (_ for _ in ()).throw(ConfigError("no room on the GPU")))
        with pytest.raises(ConfigError):
            pipeline.record(asked(phantom_file, recipe=replace(RECIPE, epochs=9)))
    with pytest.raises(Interrupted):
        pipeline.record(asked(phantom_file), should_stop=lambda: True)
    assert pipeline.RecordingRequest.of_run("own").recipe.epochs == 2
    pipeline.record(pipeline.RecordingRequest.of_run("own"), resume=True)
    assert store.verify("own")["epochs_done"] == 2


def test_a_full_disk_at_the_request_is_a_sentence(phantom_file, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store.runs.paths, "write_atomically", full)
    with pytest.raises(RunError, match="No space left"):
        pipeline.record(asked(phantom_file))


def test_an_unknown_run_can_not_be_resumed():
    with pytest.raises(RunError, match="no run 'nothing' to resume"):
        pipeline.RecordingRequest.of_run("nothing")


def test_a_recording_in_eval_mode_says_so_and_trains_the_same_network(phantom_file, cache):
    for mode in ("train", "eval"):
        pipeline.record(asked(phantom_file, mode, mode=mode))
    assert [store.run_summary(run)["mode"] for run in ("train", "eval")] == ["train", "eval"]
    train, other = (load_file(cache / "runs" / mode / "model.safetensors") for mode in ("train", "eval"))
    assert all(train[name].tobytes() == other[name].tobytes() for name in train)
    # the last epoch's eval-mode rows are what the final network says of the train split
    logits = store.read_snapshot(cache / "runs" / "eval")["logits"].astype(float)
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    dynamics = load_run("eval")
    np.testing.assert_allclose(dynamics.target_probability[-1], p[np.arange(200), dynamics.labels], atol=1e-5)
    assert not np.allclose(load_run("train").loss[-1], dynamics.loss[-1], atol=1e-3)


def test_a_recording_can_not_go_on_in_another_mode(phantom_file):
    with pytest.raises(Interrupted):
        pipeline.record(asked(phantom_file), should_stop=lambda: True)
    with pytest.raises(RunError, match="begun in train mode, so it can't go on in eval mode"):
        pipeline.record(asked(phantom_file, mode="eval"), resume=True)


def test_snapshots_are_the_networks_of_their_epochs(phantom_file, cache):
    pipeline.record(asked(phantom_file, recipe=replace(RECIPE, epochs=3), snapshots=(1, 3), mode="eval"))
    folder = cache / "runs" / "own"
    assert store.snapshot_epochs(folder) == [1, 3]
    for epoch in (1, 3):
        found = store.read_snapshot(folder, epoch)
        expected = found["features"] @ found["head_weight"].T + found["head_bias"]
        np.testing.assert_allclose(found["logits"], expected, atol=1e-5)
        expected = found["val_features"] @ found["head_weight"].T + found["head_bias"]
        np.testing.assert_allclose(found["val_logits"], expected, atol=1e-5)
        # an eval-mode recording holds the same outputs
        z = torch.from_numpy(found["logits"]).double()
        loss = torch.nn.functional.cross_entropy(z, torch.from_numpy(found["labels"]), reduction="none")
        np.testing.assert_allclose(load_run("own").loss[epoch - 1], loss, atol=1e-5)


def test_an_interrupted_recording_loses_no_snapshot_and_writes_the_same_ones(phantom_file, cache):
    recipe = replace(RECIPE, epochs=4)
    pipeline.record(asked(phantom_file, "whole", recipe=recipe, snapshots=(1, 2, 3)))
    stops = iter([False, True, True, False])
    for attempt in range(3):
        if attempt < 2:
            with pytest.raises(Interrupted):
                pipeline.record(asked(phantom_file, recipe=recipe, snapshots=(1, 2, 3)), resume=attempt > 0,
                            should_stop=lambda: next(stops))  # fmt: skip
        else:
            pipeline.record(pipeline.RecordingRequest.of_run("own"), resume=True)
    for name in ("snapshot-0001.h5", "snapshot-0002.h5", "snapshot-0003.h5", "snapshot.h5"):
        whole, parts = ((cache / "runs" / run / name).read_bytes() for run in ("whole", "own"))
        assert whole == parts, name


def test_snapshots_of_an_earlier_recording_do_not_outlive_its_dynamics(phantom_file, cache):
    pipeline.record(asked(phantom_file, snapshots=(1,)))
    (cache / "runs" / "own" / "dynamics.h5").unlink()
    with pytest.raises(Interrupted):
        pipeline.record(asked(phantom_file, seed=5), should_stop=lambda: True)
    assert store.snapshot_epochs(cache / "runs" / "own") == []


@pytest.mark.parametrize("epoch", [0, -1, 3])
def test_a_snapshot_of_an_epoch_that_does_not_exist_is_refused(phantom_file, epoch):
    with pytest.raises(ConfigError, match=f"after epoch {epoch} is not possible: the recording has epochs 1 to 2"):
        asked(phantom_file, snapshots=(1, epoch))


def test_an_unknown_mode_is_refused(phantom_file):
    with pytest.raises(ConfigError, match="give train or eval"):
        asked(phantom_file, mode="test")


def test_the_seconds_of_a_resumed_recording_are_those_of_all_its_epochs(phantom_file):
    stops = iter([True, False])
    with pytest.raises(Interrupted):
        pipeline.record(asked(phantom_file), should_stop=lambda: next(stops))
    pipeline.record(pipeline.RecordingRequest.of_run("own"), resume=True)
    (row,) = results.rows()
    epochs = store.RunFile(store.runs.paths.run_folder("own")).metrics()["seconds"]
    assert row["seconds"] == pytest.approx(epochs.sum(), abs=0.005)
    assert row["seconds"] > epochs[1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"speed": 9}, "unknown field speed"),
        ({"architecture": None}, "architecture"),
        ({"recipe": {"epochs": 2, "pace": 1}}, "no field pace"),
        ({"recipe": {"epochs": 0}}, "epochs=0"),
        ({"recipe": [1]}, r"run\.json"),
        ({"snapshots": [7]}, "epoch 7"),
        ({"snapshots": 7}, r"run\.json"),
        ({"snapshots": ["a"]}, r"run\.json"),
    ],
)
def test_a_request_that_was_changed_by_hand_is_a_sentence(recorded, change, message):
    def changed(request):
        return {name: value for name, value in (request | change).items() if value is not None or name == "side"}

    resealed(recorded / "run.json", changed)
    with pytest.raises(RunError, match=message):
        pipeline.RecordingRequest.of_run("tiny")


def test_a_request_from_before_modes_and_snapshots_is_one_in_train_mode(recorded):
    request = json.loads((recorded / "run.json").read_text())
    del request["mode"], request["snapshots"], request["sum"]
    (recorded / "run.json").write_text(json.dumps(request))
    found = pipeline.RecordingRequest.of_run("tiny")
    assert (found.mode, found.snapshots) == ("train", ())


def test_a_recording_on_corrupted_images_keeps_the_truth_and_can_be_resumed_and_retrained(cache, phantom_file):
    planted = Corruption(label_noise=0.1, image="fog", image_share=0.2, seed=3)
    recipe = Recipe(epochs=1, batch_size=64, learning_rate=0.02)
    pipeline.record(
        pipeline.RecordingRequest("spoiled", str(phantom_file), "lenet", recipe, device="cpu", corruption=planted)
    )
    assert pipeline.RecordingRequest.of_run("spoiled").corruption == planted
    info = store.RunFile(cache / "runs" / "spoiled").info
    images = library.cached(info.dataset, info.dataset_sha256)
    assert (images.truth["wrong_label"].sum() >= 20, (images.truth["corrupted"] > 0).sum()) == (True, 40)
    np.testing.assert_array_equal(load_run("spoiled").labels, images.labels["train"])
    assert pipeline.record(pipeline.RecordingRequest.of_run("spoiled"), resume=True) == "spoiled"
    (row,) = pipeline.retrain(pipeline.RetrainingRequest("spoiled", ("random",), (0.2,), epochs=1, device="cpu"))
    assert "labels10%" in row["dataset"]


class Counting:
    """A meter that says it has seen one joule."""

    spent = Energy(1.0, "CPU packages")

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None


def test_the_row_of_a_recording_tells_its_energy_unless_it_was_resumed(phantom_file, monkeypatch):
    monkeypatch.setattr(rows, "meter_of", lambda device: Counting())
    pipeline.record(asked(phantom_file))
    (row,) = results.rows()
    assert (row["energy_joules"], row["energy_of"]) == (1.0, "CPU packages")
    stops = iter([True, False])
    with pytest.raises(Interrupted):
        pipeline.record(asked(phantom_file, "other", seed=1), should_stop=lambda: next(stops))
    pipeline.record(asked(phantom_file, "other", seed=1), resume=True)
    (row,) = [row for row in results.rows() if row["seed"] == 1]
    assert (row["energy_joules"], row["energy_of"]) == (None, "")


def test_a_recording_holds_the_val_loss_of_every_class(recorded):
    file = store.RunFile(recorded)
    losses = load_run("tiny").val_loss
    counts = np.bincount(library.cached(file.info.dataset, file.info.dataset_sha256).labels["val"], minlength=11)
    assert losses.shape == (5, 11)
    np.testing.assert_array_equal(np.isnan(losses).all(axis=0), counts == 0)
    mean = np.nansum(losses * counts, axis=1) / counts.sum()
    np.testing.assert_allclose(mean, file.metrics()["val_loss"], rtol=1e-5)


def test_a_recording_has_scores_of_cld(recorded):
    values = score(load_run("tiny"), "cld")
    assert (np.abs(values) <= 1).all()
    assert len(np.unique(values)) > 100


def test_the_last_val_losses_are_those_of_the_saved_model(recorded):
    info = store.RunFile(recorded).info
    model = architectures.build("lenet", 1, 11, 28)
    model.load_state_dict({k: torch.from_numpy(v) for k, v in load_file(recorded / "model.safetensors").items()})
    images = library.cached(info.dataset, info.dataset_sha256)
    split = batches.put_on(torch.device("cpu"), images.images["val"], images.labels["val"])
    z = prediction.predict(model, split).numpy().astype(np.float64)
    each = np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(z)), split.truth]
    last = load_run("tiny").val_loss[-1]
    for c in np.unique(split.truth):
        assert last[c] == pytest.approx(each[split.truth == c].mean(), rel=1e-4)


def test_a_recording_of_before_goes_on_without_the_losses_of_its_classes(phantom_file):
    facts, stops = recording._facts, iter([True])
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Interrupted):
        patch.setattr(recording, "_facts", lambda *given: facts(*given) | {"val_loss_per_class": False})
        pipeline.record(asked(phantom_file), should_stop=lambda: next(stops))
    pipeline.record(pipeline.RecordingRequest.of_run("own"), resume=True)
    assert store.verify("own")["epochs_done"] == 2
    assert load_run("own").val_loss is None
