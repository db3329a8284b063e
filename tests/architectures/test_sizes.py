"""Every architecture says which sizes it takes: those it trains on, the others are refused before a run exists."""

import numpy as np
import pytest

from coreset_engine import architectures, pipeline, results
from coreset_engine.config import Recipe
from coreset_engine.coreset import CoresetSpec
from coreset_engine.errors import ConfigError


@pytest.mark.parametrize("name", architectures.all_architectures())
def test_the_smallest_size_trains_and_one_pixel_less_is_refused(name):
    import torch

    smallest, square = architectures.get(name).smallest, architectures.get(name).square
    width = smallest if square else smallest + 13
    architectures.check_size(name, smallest, width)
    model = architectures.build(name, 1, 3, smallest)
    assert model(torch.zeros(2, 1, smallest, width)).shape == (2, 3)
    with pytest.raises(ConfigError, match=rf"from {smallest}x{smallest} px on; these images are {smallest - 1}x90"):
        architectures.check_size(name, smallest - 1, 90)


@pytest.mark.parametrize(("name", "height", "width"), [("mlp", 28, 20), ("vgg11", 28, 20), ("lenet", 8, 8)])
def test_sizes_known_to_fail_are_refused(name, height, width):
    with pytest.raises(ConfigError, match=r"choose one of: .*resnet8"):
        architectures.check_size(name, height, width)


def write(path, height, width):
    arrays = {}
    for split, count in (("train", 6), ("val", 3), ("test", 3)):
        arrays[f"{split}_images"] = np.zeros((count, height, width), np.uint8)
        arrays[f"{split}_labels"] = np.arange(count) % 3
    np.savez(path, **arrays)
    return str(path)


def asked(images, architecture):
    return pipeline.RecordingRequest("mine", images, architecture, Recipe(epochs=1, learning_rate=0.01), device="cpu")


def test_a_recording_of_a_size_that_does_not_fit_leaves_no_run(tmp_path, cache):
    with pytest.raises(ConfigError, match="square images"):
        pipeline.record(asked(write(tmp_path / "a.npz", 28, 20), "mlp"))
    assert not (cache / "runs" / "mine").exists()


def test_an_estimate_of_a_size_that_does_not_fit_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="from 28x28 px"):
        pipeline.estimate(write(tmp_path / "a.npz", 28, 20), None, "vgg11", 1, 4)


def test_lenet_records_images_that_are_not_square(tmp_path, cache):
    assert pipeline.record(asked(write(tmp_path / "a.npz", 28, 20), "lenet")) == "mine"


def test_a_retraining_with_an_architecture_that_does_not_take_the_images_trains_nothing(tmp_path, cache):
    pipeline.record(asked(write(tmp_path / "a.npz", 28, 20), "lenet"))
    before, spec = results.rows(), CoresetSpec("mine", "random", rate=0.5)
    with pytest.raises(ConfigError, match=r"mlp.* takes square images .* are 28x20"):
        list(pipeline.retrain([pipeline.Retraining(spec, seed=0, architecture="mlp", epochs=1, device="cpu")]))
    assert results.rows() == before
