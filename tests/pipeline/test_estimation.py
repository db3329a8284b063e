"""Estimates add up, and cost no download."""

import time
import tracemalloc

import numpy as np
import pytest

from coreset_engine import Dynamics, Snapshot, pipeline, select, selection_costs
from coreset_engine.datasets.folder_options import FolderOptions
from coreset_engine.errors import ConfigError
from coreset_engine.pipeline import estimation


def test_an_estimate_is_positive_and_adds_up(phantom_file):
    found = pipeline.estimate(str(phantom_file), None, "lenet", 10, 64, "cpu")
    assert found["device"] == "cpu"
    assert found["seconds_per_epoch"] == pytest.approx((200 + 60 / 3) / found["images_per_second"])
    assert found["seconds"] == pytest.approx(2 + 10 * found["seconds_per_epoch"])  # and a process that starts


def test_folds_train_on_all_other_folds_and_score_their_own(phantom_file):
    found = pipeline.estimate(str(phantom_file), None, "lenet", 10, 64, "cpu", folds=3)
    # three networks train on 2/3 of 200 images each; evaluating, a third of the cost: own folds 200, val three times
    expected = (400 + (200 + 3 * 60) / 3) / found["images_per_second"]
    assert found["seconds_per_epoch"] == pytest.approx(expected)


def test_an_estimate_of_a_known_set_downloads_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv("MEDMNIST_ROOT", str(tmp_path / "medmnist"))
    for folder in (None, FolderOptions()):  # as the command line gives it
        assert pipeline.estimate("chestmnist", None, "lenet", 1, 8, "cpu", folder)["seconds"] > 0
    assert not (tmp_path / "medmnist").exists()


@pytest.mark.parametrize("bad", [{"epochs": 0}, {"batch_size": 0}, {"folds": 1}])
def test_an_estimate_of_an_impossible_recipe_is_refused(phantom_file, bad):
    with pytest.raises(ConfigError):
        pipeline.estimate(**{"dataset": str(phantom_file), "side": None, "architecture": "lenet", "epochs": 1,
                         "batch_size": 8, **bad})  # fmt: skip


def test_disk_and_memory_of_a_recording_are_those_that_it_then_takes(recorded_once, phantom_file):
    found = pipeline.estimate(str(phantom_file), None, "lenet", 5, 32, "cpu")
    run = recorded_once / "runs" / "tiny"
    left = sum(path.stat().st_size for path in run.iterdir())
    images = 320 * 28 * 28 + 320 * 8  # of all splits, and their labels
    assert found["disk_bytes"] == pytest.approx(left + images, rel=0.15)
    assert 700 * 2**20 < found["memory_bytes"] < 1000 * 2**20  # torch takes 720 MiB; images and network a few
    assert found["retraining"]["rate"] == 0.1
    expected = (
        2 + (20 + 60 / 3) / found["images_per_second"] * 5
    )  # start; 10 % of 200 images, and val, a third of the cost
    assert found["retraining"]["seconds"] == pytest.approx(expected)


def test_a_prediction_has_at_once_what_a_layer_reads_and_gives():
    from torch import device, nn

    from coreset_engine.datasets.library import Shape
    from coreset_engine.training import timing

    def build():
        return nn.Sequential(nn.Flatten(), nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 4))

    shape = Shape(train=8, val=1, classes=4, channels=1, side=4, width=4)
    _, parts = timing.measured(build, shape, 8, device("cpu"))
    # float32: 16 pixels, and what ReLU reads and gives, 32 each; the 676 weights are no part of an image's
    assert parts.prediction_bytes == 4 * (16 + 32 + 32)
    assert parts.weight_bytes == 4 * (16 * 32 + 32 + 32 * 4 + 4)


def test_batches_that_train_and_that_predict_add_up_until_a_gigabyte_lies_fallow():
    mib = 2**20
    assert estimation._heap(100 * mib, 150 * mib) == 500 * mib
    assert estimation._heap(4000 * mib, 1000 * mib) == 5024 * mib


@pytest.mark.parametrize("method", ["eva", "aum", "prototypes", "herding", "k-center", "d2"])
def test_a_selection_takes_about_the_memory_and_time_that_are_told(method, drawn):
    dynamics, snapshot = drawn
    windows = {"early": 1, "late": 21} if method == "eva" else {}
    told = selection_costs.COSTS[method]
    size = selection_costs.Size(3000, 40, 5, 64)
    select(dynamics, snapshot=snapshot, method=method, rate=0.1, **windows)  # what is made once in a process is made
    tracemalloc.start()
    select(dynamics, snapshot=snapshot, method=method, rate=0.1, **windows)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert told.memory_bytes(size) / 4 < peak < 4 * told.memory_bytes(size)
    taken = []
    for _ in range(5):  # of which one may meet a collection of garbage, or other work here
        started = time.process_time()
        select(dynamics, snapshot=snapshot, method=method, rate=0.1, **windows)
        taken.append(time.process_time() - started)
    assert min(taken) < 20 * told.seconds(size)


@pytest.fixture(scope="module")
def drawn():
    """Dynamics and a snapshot of 3,000 samples, 40 epochs, 5 classes and 64 features."""
    draws = np.random.default_rng(0)
    labels = np.arange(3000) % 5
    features = draws.normal(0, 1, (3000, 64)).astype(np.float32)
    weight = draws.normal(0, 1, (5, 64)).astype(np.float32)
    logits = features @ weight.T
    snapshot = Snapshot.from_arrays(features=features, logits=logits, labels=labels, head_weight=weight)
    return Dynamics.from_logits(draws.normal(0, 2, (40, 3000, 5)).astype(np.float32), labels), snapshot


def test_every_method_that_is_there_says_what_it_takes():
    found = selection_costs.of_all(selection_costs.Size(1_281_167, 90, 1000, 512))
    assert [name for name, cost in found.items() if cost["seconds"] is None or cost["memory_bytes"] is None] == []
    # by hand: herding within classes, 0.4 ns for each of M N D / C = 0.1 N² 512 / 1000, and 13 bytes for each of N D / C
    assert found["herding"]["seconds"] == pytest.approx(0.02 + 0.4e-9 * 0.1 * 1_281_167**2 * 0.512, rel=1e-3)
    assert found["herding"]["memory_bytes"] == pytest.approx(2**17 + 13 * 1_281_167 * 0.512, rel=1e-3)
