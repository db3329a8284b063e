"""Recording in eval mode: other dynamics of the very same training."""

import numpy as np
import pytest
import torch

from coreset_engine import architectures, load_run
from coreset_engine.errors import Interrupted
from coreset_engine.store import RunFile
from coreset_engine.training import prediction
from coreset_engine.training.recorder import Recorder

ROWS = ("error_norm", "target_probability", "margin", "entropy", "loss", "prediction", "crc32", "done")
FIGURES = ("train_loss", "train_accuracy", "val_loss", "val_accuracy", "learning_rate")


def resnet8():
    return architectures.build("resnet8", 1, 11, 28)  # it has batch normalisation: modes differ


@pytest.fixture
def book(phantom):
    return lambda run, epochs, **more: Recorder(run, labels=phantom["train"].truth, classes=11, epochs=epochs, **more)


def weights_of(model):
    return {name: value.numpy().tobytes() for name, value in model.state_dict().items()}


def rows_of(cache, run):
    file = RunFile(cache / "runs" / run)
    return {name: file.read(f"epochs/{name}").tobytes() for name in ROWS}


@pytest.mark.parametrize("augment", [False, True])
def test_the_training_is_the_same_in_both_modes(trainer, recipe, book, augment):
    done = {}
    for mode in ("train", "eval"):
        with book(mode, 2) as recorder:
            asked = recipe(epochs=2, batch_size=64, augment=augment)
            done[mode] = trainer(asked, resnet8, recorder=recorder, mode=mode).run()
    assert weights_of(done["train"].model) == weights_of(done["eval"].model)
    for one, other in zip(done["train"].history, done["eval"].history, strict=True):
        assert {name: one[name] for name in FIGURES} == {name: other[name] for name in FIGURES}
    assert not np.allclose(load_run("train").loss, load_run("eval").loss, atol=1e-3)


def test_eval_rows_are_what_the_epochs_last_weights_give_for_the_clean_images(trainer, recipe, book, phantom):
    with book("own", 1) as recorder:
        done = trainer(recipe(epochs=1, augment=True), resnet8, recorder=recorder, mode="eval").run()
    logits = prediction.predict(done.model, phantom["train"]).double()
    expected = torch.nn.functional.cross_entropy(logits, phantom["train"].labels, reduction="none")
    np.testing.assert_allclose(load_run("own").loss[0], expected.numpy(), atol=1e-5)


def test_an_interrupted_eval_recording_gives_the_same_bytes(trainer, recipe, book, cache):
    asked = recipe(epochs=3, batch_size=64)
    with book("whole", 3) as recorder:
        trainer(asked, resnet8, recorder=recorder, mode="eval").run()
    stops = iter([False, True])
    with pytest.raises(Interrupted), book("parts", 3) as recorder:
        trainer(asked, resnet8, recorder=recorder, mode="eval", checkpoint=cache / "c.pt",
                should_stop=lambda: next(stops)).run()  # fmt: skip
    with book("parts", 3, resume=True) as recorder:
        trainer(asked, resnet8, recorder=recorder, mode="eval", checkpoint=cache / "c.pt").run()
    assert rows_of(cache, "parts") == rows_of(cache, "whole")


def test_whoever_looks_at_the_network_after_an_epoch_does_not_change_the_training(trainer, recipe, phantom):
    seen = []

    def look(epoch, model):
        seen.append((epoch, float(prediction.predict(model, phantom["val"]).sum())))

    plain = trainer(recipe(epochs=2), resnet8).run()
    watched = trainer(recipe(epochs=2), resnet8, on_weights=look).run()
    assert weights_of(plain.model) == weights_of(watched.model)
    assert [epoch for epoch, _ in seen] == [1, 2]
    assert seen[1][1] == float(prediction.predict(watched.model, phantom["val"]).sum())
