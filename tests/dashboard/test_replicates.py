"""Runs whose scores may be averaged differ in their seed and in nothing else."""

import numpy as np

from coreset_engine import Recorder
from coreset_engine.dashboard.cached import finished_replicates

LABELS = np.array([0, 1, 2, 0])
FACTS = {
    "origin": "recorded",
    "dataset_sha256": "a" * 64,
    "architecture": "lenet",
    "mode": "train",
    "recipe": {"epochs": 3},
}


def make(name, seed, done=3, epochs=3, **facts):
    """Record random logits of 4 samples in `done` of `epochs` epochs under `name`."""
    logits = np.random.default_rng(seed).normal(size=(4, 3)).astype(np.float32)
    info = FACTS | {"seed": seed} | facts
    with Recorder(name, labels=LABELS, classes=3, epochs=epochs, info=info) as recorder:
        for epoch in range(1, done + 1):
            recorder.record(epoch, np.arange(4), logits)
            recorder.end_epoch(epoch)


def test_a_run_of_another_seed_is_offered_and_the_run_itself_is_not():
    for name, seed in (("c", 2), ("own", 0), ("b", 7)):
        make(name, seed)
    assert finished_replicates("own") == ["c", "b"]


def test_other_images_networks_recipes_modes_lengths_and_unfinished_runs_are_not_offered():
    make("own", 0)
    make("images", 1, dataset_sha256="b" * 64)
    make("network", 2, architecture="resnet8")
    make("recipe", 3, recipe={"epochs": 3, "learning_rate": 0.5})
    make("mode", 6, mode="eval")
    make("length", 4, done=4, epochs=4)
    make("unfinished", 5, done=2)
    make("same-seed", 0)
    assert finished_replicates("own") == []


def test_one_seed_is_averaged_in_once():
    for name, seed in (("own", 0), ("twice", 1), ("once", 1)):
        make(name, seed)
    assert finished_replicates("own") == ["once"]


def test_a_run_from_foreign_dynamics_has_none():
    make("own", 0, origin="recorder")
    make("other", 1, origin="recorder")
    assert finished_replicates("own") == []


def test_a_damaged_run_is_passed_over(cache):
    make("own", 0)
    make("good", 1)
    (cache / "runs" / "broken").mkdir()
    (cache / "runs" / "broken" / "dynamics.h5").write_bytes(b"not HDF5 at all")
    assert finished_replicates("own") == ["good"]
