"""Recording with folds: every sample is scored by a network that has never seen it."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from coreset_engine import Dynamics, architectures, export, load_run, pipeline, results, store
from coreset_engine.cli import cli
from coreset_engine.cli.process import Process
from coreset_engine.config import Recipe
from coreset_engine.coreset import CoresetSpec
from coreset_engine.datasets import demo, library
from coreset_engine.errors import ConfigError, DynamicsError, Interrupted, RunError
from coreset_engine.pipeline.requests import RecordingRequest
from coreset_engine.training import batches, folds, prediction
from coreset_engine.training.folds import FoldWriter
from coreset_engine.training.trainer import Trainer
from coreset_engine.verification import verify_run

RECIPE = Recipe(epochs=2, batch_size=64, learning_rate=0.02)
SIGNALS = ("error_norm", "target_probability", "margin", "entropy", "loss", "prediction")


@pytest.fixture(scope="module")
def images_file(tmp_path_factory):
    """Phantoms of which every class has samples enough for three folds."""
    path = tmp_path_factory.mktemp("images") / "phantom.npz"
    np.savez(path, **demo.generate(0, (300, 66, 66)))
    return path


def asked(file, run="own", **given):
    more = {"folds": 2, "recipe": RECIPE, "device": "cpu", "probabilities": "float32"} | given
    return RecordingRequest(run, str(file), "lenet", **more)


def by_hand(images, held):
    """Logits (T, n, C) of the samples held out, and losses (T, V) on val, of a training that knows nothing of folds."""
    cpu = torch.device("cpu")
    train, val = (batches.put_on(cpu, images.images[s], images.labels[s]) for s in ("train", "val"))
    logits = []
    Trainer(
        lambda: architectures.build("lenet", 1, 11, 28),
        RECIPE,
        0,
        train.take(np.flatnonzero(~held)),
        val,
        on_weights=lambda _, model: logits.append(
            (prediction.predict(model, train.take(held.nonzero()[0])), prediction.predict(model, val))
        ),
    ).run()
    of_val = torch.stack([z for _, z in logits]).double().log_softmax(-1)
    own = torch.from_numpy(images.labels["val"])[None, :, None].expand(2, -1, 1)
    return torch.stack([z for z, _ in logits]).numpy(), -of_val.gather(-1, own)[..., 0].numpy()


def test_each_sample_is_scored_by_the_network_of_the_other_fold(images_file, cache):
    pipeline.record(asked(images_file))
    file, dynamics = store.RunFile(cache / "runs" / "own"), load_run("own")
    assert (file.info.folds, file.info.mode, file.done()) == (2, "eval", 2)
    images = library.cached(file.info.dataset, file.info.dataset_sha256)
    labels = images.labels["train"]
    of = folds.fold_of(labels, 2, 0)
    on_val = []
    for fold in (0, 1):
        held = of == fold
        logits, losses = by_hand(images, held)
        on_val.append(losses)
        p = np.exp(logits.astype(float)) / np.exp(logits.astype(float)).sum(axis=2, keepdims=True)
        np.testing.assert_allclose(dynamics.probabilities[:, held], p, atol=1e-6)
        whole = Dynamics.from_logits(logits, labels[held])
        for name in SIGNALS:
            assert dynamics.signal(name)[:, held].tobytes() == whole.signal(name).tobytes(), name
    present = np.unique(images.labels["val"])
    means = np.mean(on_val, axis=0)
    for c in present:
        expected = means[:, images.labels["val"] == c].mean(axis=1)
        np.testing.assert_allclose(dynamics.val_loss[:, c], expected, rtol=1e-5)
    np.testing.assert_allclose(file.metrics()["val_loss"], means.mean(axis=1), rtol=1e-5)


def test_folds_share_the_samples_of_every_class_and_differ_by_seed():
    labels = np.repeat([0, 1, 2], [7, 5, 3])
    of = folds.fold_of(labels, 3, 4)
    shares = [np.bincount(of[labels == c], minlength=3) for c in range(3)]
    assert [sorted(share) for share in shares] == [[2, 2, 3], [1, 2, 2], [1, 1, 1]]
    assert np.bincount(of).tolist() == [5, 5, 5]
    assert (folds.fold_of(labels, 3, 4) == of).all()
    assert (folds.fold_of(labels, 3, 5) != of).any()


def test_a_recording_with_folds_leaves_dynamics_alone_and_says_how_samples_were_scored(images_file, cache):
    pipeline.record(asked(images_file))
    folder = cache / "runs" / "own"
    assert {path.name for path in folder.iterdir()} == {"run.json", "dynamics.h5"}
    assert results.rows() == []
    assert json.loads((folder / "run.json").read_text())["folds"] == 2
    assert store.read_as(folder)[-1] == "Each sample was scored by one of 2 networks that had not seen it."
    for epoch in (None, 1):
        with pytest.raises(RunError, match="own has no snapshot, since it was recorded with folds: 2 networks"):
            store.read_snapshot(folder, epoch)
    assert store.verify("own")["damaged"] == []
    assert export.with_origin(CoresetSpec("own", "aum", rate=0.2)).manifest()["folds"] == 2


def test_figures_are_means_over_the_networks_and_all_their_epochs_are_told(images_file, cache):
    told = []
    pipeline.record(asked(images_file), watch=told.append)
    assert [(one.epoch, one.epochs) for one in told] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    metrics = store.RunFile(cache / "runs" / "own").metrics()
    for name in ("train_loss", "train_accuracy", "val_loss", "val_accuracy", "learning_rate"):
        each = [one.metrics[name] for one in told]
        assert metrics[name] == pytest.approx([(each[0] + each[2]) / 2, (each[1] + each[3]) / 2]), name
    seconds = [one.metrics["seconds"] for one in told]
    assert metrics["seconds"] == pytest.approx([seconds[0] + seconds[2], seconds[1] + seconds[3]])


def test_an_interrupted_recording_goes_on_at_the_fold_and_gives_the_same_bytes(images_file, cache, monkeypatch):
    stops, folder, told = iter([False, False, True]), cache / "runs" / "own", []
    with pytest.raises(Interrupted, match="after fold 1 of 2"):
        pipeline.record(asked(images_file), should_stop=lambda: next(stops))
    assert {path.name for path in folder.iterdir()} == {"run.json", "dynamics.h5", "fold-1.json", "fold-1.npy"}
    assert {(one.kind, one.state) for one in verify_run("own")} == {
        ("run.json", "whole"), ("dynamics", "whole"), ("fold", "whole"),
    }  # fmt: skip
    stops = iter([True])
    with pytest.raises(Interrupted, match="after epoch 1 of 2"):
        pipeline.record(asked(images_file), resume=True, should_stop=lambda: next(stops))
    assert len(folds.left(folder)) == 2
    pipeline.record(RecordingRequest.of_run("own"), resume=True, watch=told.append)
    assert [one.epoch for one in told] == [3, 4]
    pipeline.record(asked(images_file, "whole"))
    for name in (*SIGNALS, "probabilities"):
        assert load_run("own").signal(name).tobytes() == load_run("whole").signal(name).tobytes(), name
    assert load_run("own").val_loss.tobytes() == load_run("whole").val_loss.tobytes()
    assert folds.left(folder) == []
    monkeypatch.setattr(Trainer, "run", lambda self: pytest.fail("trained"))
    assert pipeline.record(RecordingRequest.of_run("own"), resume=True) == "own"


def test_a_recording_stopped_before_its_first_fold_is_whole_leaves_no_run(images_file, cache):
    with pytest.raises(Interrupted, match="after epoch 1 of 2"):
        pipeline.record(asked(images_file), should_stop=lambda: True)
    assert not (cache / "runs" / "own").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"folds": 3}, "was begun with folds 2, so it can't go on with folds 3"),
        ({"folds": 0}, "was begun with folds 2, so it can't go on with folds 0"),
        ({"seed": 1}, "was begun with seed 0"),
        ({"recipe": Recipe(epochs=2, batch_size=32, learning_rate=0.02)}, "was begun with batch_size 64"),
    ],
)
def test_a_recording_can_not_go_on_otherwise_than_it_was_begun(images_file, change, message):
    stops = iter([False, False, True])
    with pytest.raises(Interrupted):
        pipeline.record(asked(images_file), should_stop=lambda: next(stops))
    with pytest.raises(RunError, match=message):
        pipeline.record(asked(images_file, **change), resume=True)


def test_a_damaged_fold_is_refused_before_the_next_is_trained(images_file, cache, monkeypatch):
    stops, folder = iter([False, False, True]), cache / "runs" / "own"
    with pytest.raises(Interrupted):
        pipeline.record(asked(images_file), should_stop=lambda: next(stops))
    content = bytearray((folder / "fold-1.npy").read_bytes())
    content[-1] ^= 1
    (folder / "fold-1.npy").write_bytes(content)
    assert ("fold", "damaged") in {(one.kind, one.state) for one in verify_run("own")}
    with (
        monkeypatch.context() as patch,
        pytest.raises(RunError, match=r"fold-1\.npy can't be read: the logits do not match"),
    ):
        patch.setattr(Trainer, "run", lambda self: pytest.fail("trained"))
        pipeline.record(asked(images_file), resume=True)


@pytest.mark.parametrize("number", [1, -1, 2.0, True])
def test_a_number_of_folds_that_is_none_is_refused(number):
    with pytest.raises(ConfigError, match=f"folds={number} is not possible: give 2 or more"):
        asked("a.npz", folds=number)


def test_folds_together_with_snapshots_are_refused():
    with pytest.raises(ConfigError, match="A snapshot is of one network, and 3 folds have 3"):
        asked("a.npz", folds=3, snapshots=(1,))


def test_folds_together_with_several_processes_are_refused(images_file, cache, monkeypatch):
    for name, value in {"RANK": "0", "WORLD_SIZE": "2", "LOCAL_RANK": "0", "LOCAL_WORLD_SIZE": "2"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
    with pytest.raises(ConfigError, match="recorded by one process"):
        pipeline.record(asked(images_file))
    assert not (cache / "runs" / "own").exists()


def test_more_folds_than_the_smallest_class_has_samples_are_refused_and_leave_no_run(images_file, cache):
    with np.load(images_file) as file:
        counts = np.bincount(file["train_labels"].ravel())
    with pytest.raises(
        ConfigError, match=f"{counts.min() + 1} folds are not possible: class .* has {counts.min()} train"
    ):
        pipeline.record(asked(images_file, folds=int(counts.min()) + 1))
    assert not (cache / "runs" / "own").exists()


def test_a_class_without_train_samples_hinders_no_folds_and_a_label_of_too_few_does():
    folds.check(np.array([0, 0, 2, 2]), 2, ("a", "b", "c"))
    labels = np.array([[1, 1, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.uint8)
    folds.check(labels[:, :2], 2, ("a", "b"))
    with pytest.raises(ConfigError, match="2 folds are not possible: label 'c' has 1 train sample"):
        folds.check(labels, 2, ("a", "b", "c"))


def test_samples_of_several_labels_are_dealt_by_their_rarest_one():
    # label a of 12 samples, b of 4 of them, c of two of those: two with c, two with b, eight with a, four of none
    labels = np.array([[1, 1, 1]] * 2 + [[1, 1, 0]] * 2 + [[1, 0, 0]] * 8 + [[0, 0, 0]] * 4, np.uint8)
    of = folds.fold_of(labels, 2, 0)
    for part, share in ((slice(0, 2), 1), (slice(2, 4), 1), (slice(4, 12), 4), (slice(12, 16), 2)):
        assert np.bincount(of[part], minlength=2).tolist() == [share, share]


def test_a_run_of_several_labels_per_sample_is_scored_out_of_sample_too(tmp_path, cache):
    arrays = demo.generate(0, (120, 66, 66))
    arrays.pop("class_names", None)
    for split in ("train", "val", "test"):
        own = arrays[f"{split}_labels"].ravel()
        arrays[f"{split}_labels"] = np.stack([own % 2, own % 3 == 0, own > 4], axis=1).astype(np.uint8)
    np.savez(tmp_path / "several.npz", **arrays)
    pipeline.record(asked(tmp_path / "several.npz", recipe=Recipe(epochs=1, batch_size=64, learning_rate=0.02)))
    dynamics = load_run("own")
    assert (dynamics.folds, dynamics.multi_label, dynamics.val_loss) == (2, True, None)
    info = store.RunFile(cache / "runs" / "own").info
    images, cpu = library.cached(info.dataset, info.dataset_sha256), torch.device("cpu")
    train, val = (batches.put_on(cpu, images.images[s], images.labels[s]) for s in ("train", "val"))
    held = folds.fold_of(images.labels["train"], 2, 0) == 0
    logits = []
    Trainer(
        lambda: architectures.build("lenet", 1, 3, 28), Recipe(epochs=1, batch_size=64, learning_rate=0.02), 0,
        train.take(np.flatnonzero(~held)), val,
        on_weights=lambda _, model: logits.append(prediction.predict(model, train.take(np.flatnonzero(held)))),
    ).run()  # fmt: skip
    p = 1 / (1 + np.exp(-torch.stack(logits).numpy().astype(float)))
    np.testing.assert_allclose(dynamics.probabilities[:, held], p, atol=1e-6)


def test_folds_that_do_not_fit_the_disk_are_refused_before_anything_is_trained(images_file, cache, monkeypatch):
    # 2 epochs of 300 samples and 11 classes take 26,400 bytes
    room = SimpleNamespace(free=26_399)
    monkeypatch.setattr("coreset_engine.training.folds.shutil.disk_usage", lambda path: room)
    with (
        monkeypatch.context() as patch,
        pytest.raises(RunError, match=r"folds need 2\.46e-05 GiB until the recording ends, but 2\.46e-05 GiB are free"),
    ):
        patch.setattr(Trainer, "run", lambda self: pytest.fail("trained"))
        pipeline.record(asked(images_file))
    assert not (cache / "runs" / "own").exists()
    room.free = 26_400
    pipeline.record(asked(images_file))


def test_a_training_that_diverges_is_told_after_the_epoch_and_leaves_no_file(tmp_path):
    with (
        pytest.raises(DynamicsError, match="Fold 1, epoch 1: the network gives NaN"),
        FoldWriter(tmp_path, 1, (2, 1, 2)) as writer,
    ):
        writer.write(1, np.array([[np.nan, 0]], np.float32), np.zeros(2))
    assert list(tmp_path.iterdir()) == []


def test_arguments_and_python_mean_the_same_request():
    request = asked("a.npz", folds=5)
    assert request.mode == "eval"
    assert RecordingRequest.from_argv(request.to_argv()).folds == 5
    assert eval(request.to_python(), {"RecordingRequest": RecordingRequest, "Recipe": Recipe}) == request


def test_suspects_of_a_run_with_folds_are_said_to_be_out_of_sample(images_file, capsys):
    words = asked(images_file).to_argv()
    cli.main(["record", *words], standalone_mode=False, obj=Process())
    assert "Each sample was scored by one of 2 networks" in capsys.readouterr().err
    cli.main(["suspects", "own", "--json"], standalone_mode=False, obj=Process())
    printed = capsys.readouterr()
    assert "own: out of sample (2 folds)" in printed.err
    assert isinstance(json.loads(printed.out), list)
    cli.main(["suspects", "own", "--near-duplicates"], standalone_mode=False, obj=Process())
    assert "out of sample" not in capsys.readouterr().err


def test_what_a_kill_left_of_the_folds_after_the_last_epoch_is_removed_and_nothing_is_trained(
    images_file, cache, monkeypatch
):
    pipeline.record(asked(images_file))
    folder = cache / "runs" / "own"
    before = (folder / "dynamics.h5").read_bytes()
    (folder / "fold-2.json").write_text("{}")
    monkeypatch.setattr(Trainer, "run", lambda self: pytest.fail("trained"))
    pipeline.record(RecordingRequest.of_run("own"), resume=True)
    assert folds.left(folder) == []
    assert (folder / "dynamics.h5").read_bytes() == before
