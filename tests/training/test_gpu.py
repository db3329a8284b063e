"""Training on a GPU: a captured step is the step, and what a checkpoint and the energy counter give there."""

import warnings

import numpy as np
import pytest
import torch
from torch import nn

from coreset_engine import architectures
from coreset_engine.config import Recipe
from coreset_engine.datasets import library
from coreset_engine.errors import Interrupted
from coreset_engine.training import batches, replay, timing
from coreset_engine.training.energy import Meter
from coreset_engine.training.trainer import Trainer

pytestmark = pytest.mark.gpu

RECIPE = Recipe(epochs=6, batch_size=32, learning_rate=0.02, precision="float32")


@pytest.fixture
def there(phantom):
    """The phantom's splits on the GPU."""
    return [
        batches.Split(phantom[name].images.cuda(), phantom[name].labels.cuda(), phantom[name].truth)
        for name in ("train", "val")
    ]


@pytest.fixture
def exact(monkeypatch):
    """The same sums in every run of a network."""
    monkeypatch.setattr(torch.backends.cudnn, "deterministic", True)
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)


@pytest.fixture
def steps(monkeypatch):
    """The steppers of all trainers of a test."""
    made = []
    monkeypatch.setattr(
        "coreset_engine.training.trainer.Replay", lambda step: made.append(replay.Replay(step)) or made[-1]
    )
    return made


def trainer(splits, recipe=RECIPE, build=lambda: architectures.build("resnet8", 1, 11, 28), **more):
    return Trainer(build, recipe, 3, *splits, **more)


class Waiting(nn.Module):
    """A network that asks the GPU something inside a step, so that it can't be captured."""

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(784, 11)

    def forward(self, x):
        return self.head(x.flatten(1)) * float(x.abs().max())


class Dropping(nn.Module):
    """Lets every second input through, drawn anew in every step."""

    def __init__(self):
        super().__init__()
        self.head, self.drop = nn.Linear(784, 11), nn.Dropout(0.5)

    def forward(self, x):
        return self.head(self.drop(x.flatten(1)))


def test_captured_steps_train_as_uncaptured_ones_do(there, exact, monkeypatch):
    captured = trainer(there).run()
    monkeypatch.setattr("coreset_engine.training.trainer.Replay", lambda step: step)
    plain = trainer(there).run()
    for ours, theirs in zip(captured.history, plain.history, strict=True):
        assert ours["train_loss"] == pytest.approx(theirs["train_loss"], rel=2e-3)
        assert ours["learning_rate"] == theirs["learning_rate"]
    assert captured.history[-1]["train_loss"] < captured.history[0]["train_loss"]


def test_every_batch_size_is_captured_after_its_first_steps_and_gives_its_own_rows(there, steps):
    asked = trainer(there)
    asked.run()
    sizes = {stop - start for start, stop in asked.batches}
    assert len(sizes) == 2
    assert set(steps[0]._graphs) == sizes
    still = trainer(there, Recipe(epochs=1, batch_size=32, learning_rate=1e-12, momentum=0, weight_decay=0))
    still.model.train()
    still._set_rate(1e-12)
    step = still.stepper()
    rows = [torch.arange(start, start + 32, device="cuda") for start in (0, 32, 64, 96, 128)]
    given = [step(index)[0].clone() for index in rows]
    assert 32 in step._graphs
    again = step(rows[0])[0]
    torch.testing.assert_close(again, given[0], rtol=1e-2, atol=1e-2)
    assert not torch.allclose(again, given[4], rtol=1e-2, atol=1e-2)


def test_what_is_drawn_in_a_captured_step_is_drawn_anew_in_each(there):
    asked = trainer(there, Recipe(batch_size=32, learning_rate=1e-12, momentum=0, weight_decay=0), Dropping)
    asked.model.train()
    asked._set_rate(1e-12)
    step = asked.stepper()
    index = torch.arange(32, device="cuda")
    given = [step(index)[0].clone() for _ in range(replay.WARM_UPS + 3)]
    assert step._graphs
    assert not torch.equal(given[-1], given[-2])


@pytest.mark.parametrize("how", ["crop-flip", "resized-crop-flip"])
def test_augmentation_is_captured_too(there, steps, how):
    history = trainer(there, Recipe(**{**RECIPE.to_dict(), "augment": True, "augmentation": how})).run().history
    assert np.isfinite([row["train_loss"] for row in history]).all()
    assert steps[0]._graphs


def test_a_network_that_waits_for_the_gpu_trains_uncaptured_and_without_a_warning(there, steps):
    asked = trainer(there, build=Waiting)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        history = asked.run().history
    assert not steps[0]._graphs
    assert history[-1]["train_loss"] < history[0]["train_loss"]


def test_weighted_losses_are_captured(there, steps):
    weights = torch.linspace(0, 1, len(there[0]))
    asked = trainer(there, weights=weights, weighting="per-sample")
    assert asked.run().history[-1]["train_loss"] < 2.4
    assert steps[0]._graphs


@pytest.mark.parametrize("name", architectures.all_architectures())
def test_every_network_is_captured(there, steps, name):
    asked = trainer(
        there, Recipe(epochs=5, batch_size=50, learning_rate=0.001), lambda: architectures.build(name, 1, 11, 28)
    )
    history = asked.run().history
    assert steps[0]._graphs
    assert np.isfinite([row["train_loss"] for row in history]).all()


def test_an_interrupted_training_goes_on_where_it_was(there, tmp_path, exact):
    whole = trainer(there).run()
    path = tmp_path / "checkpoint"
    with pytest.raises(Interrupted):
        trainer(there, checkpoint=path, should_stop=lambda: True).run()
    rest = trainer(there, checkpoint=path).run()
    losses = [[row["train_loss"] for row in trained.history] for trained in (whole, rest)]
    assert losses[1] == pytest.approx(losses[0], rel=2e-3)


def test_a_checkpoint_of_the_gpu_goes_on_on_the_cpu_and_the_other_way(there, phantom, tmp_path):
    path = tmp_path / "checkpoint"
    here = [phantom["train"], phantom["val"]]
    for first, second in ((there, here), (here, there)):
        with pytest.raises(Interrupted):
            trainer(first, checkpoint=path, should_stop=lambda: True).run()
        history = trainer(second, checkpoint=path).run().history
        assert len(history) == RECIPE.epochs
        assert history[-1]["train_loss"] < history[0]["train_loss"]
        path.unlink()


def test_the_speed_told_is_that_of_captured_steps(phantom):
    shape = library.Shape(classes=11, channels=1, side=28, width=28, train=1000, val=100)
    speed, _ = timing.measured(lambda: architectures.build("lenet", 1, 11, 28), shape, 256, torch.device("cuda"))
    assert speed > 10_000


def test_the_gpus_counter_tells_what_a_training_spent(there):
    with Meter(0) as meter:
        for _ in range(20):
            trainer(there).run()
    assert meter.spent.parts.endswith("GPU")
    assert meter.spent.joules > 0
