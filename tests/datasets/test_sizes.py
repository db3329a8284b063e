"""How large images are is known, and what can't be trained on them refused, before one of them is read."""

import numpy as np
import pytest

from coreset_engine import pipeline, store
from coreset_engine.config import Recipe
from coreset_engine.datasets import library, sizes
from coreset_engine.errors import ConfigError, DatasetError, EngineError


def saved(path, shape):
    np.savez(path, train_images=np.zeros(shape, np.uint8))
    return str(path)


@pytest.mark.parametrize(
    ("shape", "size"),
    [((9, 28, 20), (28, 20)), ((9, 28, 20, 1), (28, 20)), ((0, 8, 9), (8, 9)), ((9, 30, 28, 3), (30, 28))],
)
def test_the_size_of_a_file_is_what_its_header_declares(tmp_path, shape, size):
    assert sizes.size_of(saved(tmp_path / "a.npz", shape)) == size


def test_names_and_folders_have_the_side_asked_for_or_their_default(tmp_path):
    assert sizes.size_of("organsmnist", 64) == (64, 64)
    assert sizes.size_of("organsmnist_128") == (128, 128)
    assert sizes.size_of("organsmnist") == (28, 28)
    assert (sizes.size_of(str(tmp_path)), sizes.size_of(str(tmp_path), 224)) == ((64, 64), (224, 224))


def test_a_file_without_train_images_says_no_size_and_one_of_no_known_kind_is_refused(tmp_path):
    np.savez(tmp_path / "none.npz", labels=np.arange(3))
    assert sizes.size_of(str(tmp_path / "none.npz")) is None
    with pytest.raises(DatasetError, match="no known kind"):
        sizes.size_of(saved(tmp_path / "flat.npz", (9, 28)))
    with pytest.raises(EngineError, match="There is no file"):
        sizes.size_of(str(tmp_path / "absent.npz"))


@pytest.mark.parametrize("resume", [False, True])
def test_a_recording_that_cannot_be_trained_is_refused_before_an_image_is_read(tmp_path, monkeypatch, resume):
    monkeypatch.setattr(library, "load", lambda *_: pytest.fail("read"))
    asked = pipeline.RecordingRequest(
        "own", saved(tmp_path / "a.npz", (9, 8, 8)), "inception_v3", Recipe(), device="cpu"
    )
    with pytest.raises(ConfigError, match="these images are 8x8"):
        pipeline.record(asked, resume=resume)
    assert store.run_names() == []
