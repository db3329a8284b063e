"""Training with weights: they reach the loss by sample, and a checkpoint knows them."""

import numpy as np
import pytest
import torch

from coreset_engine.errors import ConfigError, Interrupted, RunError


def weights_of(model):
    return {name: value.numpy().tobytes() for name, value in model.state_dict().items()}


def test_a_training_with_weights_of_one_is_the_plain_training(trainer, recipe):
    plain = trainer(recipe(epochs=2)).run()
    weighted = trainer(recipe(epochs=2), weights=torch.ones(200), weighting="normalised").run()
    for name, value in plain.model.state_dict().items():
        torch.testing.assert_close(weighted.model.state_dict()[name], value)


def test_samples_of_weight_0_are_not_learned(trainer, recipe, phantom):
    # of two classes one has no weight: a network that learns from the rest only never predicts it
    labels = phantom["train"].labels
    weights = (labels != labels.mode().values).float()
    done = trainer(recipe(epochs=4, batch_size=200), weights=weights, weighting="per-sample")
    before = done.model(torch.zeros(1, 1, 28, 28))[0, labels.mode().values]
    done.run()
    after = done.model(torch.zeros(1, 1, 28, 28))[0, labels.mode().values]
    assert after < before


def test_the_train_loss_is_the_weighted_one(trainer, recipe):
    weights = torch.linspace(0, 2, 200)
    seen = {}
    for weighting in ("none", "batch"):
        more = {} if weighting == "none" else {"weights": weights, "weighting": weighting}
        seen[weighting] = trainer(recipe(epochs=1, batch_size=200), **more).run().history[0]["train_loss"]
    # one batch an epoch, so the same weights of the network: mean(l) * mean(w), and the mean weight is 1
    assert seen["batch"] == pytest.approx(seen["none"], rel=1e-6)


def test_weights_follow_their_samples_through_the_shuffled_batches(trainer, recipe, monkeypatch):
    from coreset_engine.training.losses import weighted_loss

    seen, real = [], weighted_loss
    monkeypatch.setattr(
        "coreset_engine.training.trainer.weighted_loss",
        lambda z, y, w, *how: (seen.append((y, w)), real(z, y, w, *how))[1],
    )
    made = trainer(recipe(epochs=1), weighting="batch", weights=torch.ones(200))
    made.weights = made.train.labels.float() + 1  # a sample's weight tells its label
    made.run()
    assert sum(len(labels) for labels, _ in seen) == 200
    for labels, weights in seen:
        torch.testing.assert_close(weights, labels.float() + 1)


@pytest.mark.parametrize("other", [{"weights": torch.linspace(0.1, 1, 200)}, {"weighting": "batch"}, {}])
def test_a_checkpoint_of_other_weights_is_refused(trainer, cache, other):
    cache.mkdir()
    first = {"weights": torch.ones(200), "weighting": "per-sample"}
    with pytest.raises(Interrupted):
        trainer(**first, checkpoint=cache / "c.pt", should_stop=lambda: True).run()
    with pytest.raises(RunError, match="other weights"):
        trainer(**(first | other if other else {}), checkpoint=cache / "c.pt").run()


def test_an_interrupted_training_with_weights_gives_the_same_bytes(trainer, recipe, cache):
    cache.mkdir()
    given = {"weights": torch.from_numpy(np.random.default_rng(1).random(200)), "weighting": "per-sample"}
    whole = trainer(recipe(epochs=3), **given).run()
    stops = iter([True, False])
    with pytest.raises(Interrupted):
        trainer(recipe(epochs=3), **given, checkpoint=cache / "c.pt", should_stop=lambda: next(stops)).run()
    resumed = trainer(recipe(epochs=3), **given, checkpoint=cache / "c.pt").run()
    assert weights_of(resumed.model) == weights_of(whole.model)


def test_weights_of_a_wrong_length_are_refused_before_training(trainer):
    with pytest.raises(ConfigError, match="for 200 train samples"):
        trainer(weights=torch.ones(3), weighting="batch")
