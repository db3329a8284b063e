"""Estimates add up, and cost no download."""

import pytest

from coreset_engine import pipeline
from coreset_engine.datasets.folder_options import FolderOptions
from coreset_engine.errors import ConfigError


def test_an_estimate_is_positive_and_adds_up(phantom_file):
    found = pipeline.estimate(str(phantom_file), None, "lenet", 10, 64, "cpu")
    assert found["device"] == "cpu"
    assert found["seconds_per_epoch"] == pytest.approx((200 + 60 / 3) / found["images_per_second"])
    assert found["seconds"] == pytest.approx(10 * found["seconds_per_epoch"])


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
