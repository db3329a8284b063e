"""Training in a mode: what the network sees, with which weights and learning rates, and resumed."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from coreset_engine import architectures, training_modes
from coreset_engine.errors import Interrupted
from coreset_engine.training.sampled import SampledTrainer


def train(phantom, recipe, mode, monkeypatch=None, **more):
    """A training of LeNet in a mode, with what each step saw: rows, weights and learning rate."""
    steps = []
    trainer = SampledTrainer(
        training_modes.parse(mode), lambda: architectures.build("lenet", 1, 11, 28), recipe(epochs=4), 3,
        phantom["train"], phantom["val"], **more,
    )  # fmt: skip
    real = trainer._step

    def step(index):
        weights = None if trainer.weights is None else trainer.weights[index].tolist()
        steps.append((index.tolist(), weights, trainer.optimizer.param_groups[0]["lr"]))
        return real(index)

    trainer._step = step
    return trainer, steps


def test_rs2_trains_on_its_share_and_the_learning_rate_ends_with_its_steps(phantom, recipe):
    trainer, steps = train(phantom, recipe, "rs2:rate=0.25")
    history = trainer.run().history
    assert [epoch["samples"] for epoch in history] == [50] * 4
    assert [len(rows) for rows, _, _ in steps] == [32, 18] * 4
    assert sorted(row for rows, _, _ in steps for row in rows) == list(range(200))  # four quarters
    # eight steps in all, one of them of warm-up (0.05 * 8, rounded up): lr / 2, then half a cosine over seven
    rates = [0.01, *(0.02 * 0.5 * (1 + np.cos(np.pi * k / 7)) for k in range(7))]
    np.testing.assert_allclose([rate for _, _, rate in steps], rates)


def test_infobatch_weighs_the_samples_by_the_losses_of_the_epoch_before(phantom, recipe):
    trainer, steps = train(phantom, recipe, "infobatch:prune=0.5,anneal=0.25")
    before, losses = [], np.full(200, np.nan)
    real = trainer.saw

    def saw(rows, logits):
        losses[rows.numpy()] = functional.cross_entropy(logits, phantom["train"].labels[rows], reduction="none").numpy()
        real(rows, logits)

    trainer.saw = saw
    trainer.on_epoch = lambda progress: before.append(losses.copy())
    history = trainer.run().history
    sizes = [int(epoch["samples"]) for epoch in history]
    assert (sizes[0], sizes[3]) == (200, 200)
    assert sizes[1] < 200
    second = {
        row: weight
        for rows, weights, _ in _steps_of(steps, sizes, 1)
        for row, weight in zip(rows, weights, strict=True)
    }
    low = before[0] < before[0].mean()
    assert {weight for row, weight in second.items() if low[row]} == {2.0}
    assert {weight for row, weight in second.items() if not low[row]} == {1.0}
    assert set(np.flatnonzero(~low)) <= set(second)
    assert {weight for _, weights, _ in _steps_of(steps, sizes, 3) for weight in weights} == {1.0}


def _steps_of(steps, sizes, epoch):
    """The steps of an epoch, from 0."""
    ends = np.cumsum([len(rows) for rows, _, _ in steps])
    first, last = sum(sizes[:epoch]), sum(sizes[: epoch + 1])
    return [one for one, end in zip(steps, ends, strict=True) if first < end <= last]


def test_a_training_in_a_mode_that_is_resumed_ends_as_one_never_interrupted(phantom, recipe, cache):
    whole = train(phantom, recipe, "infobatch")[0].run()
    stops = iter([False, True, False, False])
    with pytest.raises(Interrupted):
        train(phantom, recipe, "infobatch", checkpoint=cache / "c.pt", should_stop=lambda: next(stops))[0].run()
    resumed = train(phantom, recipe, "infobatch", checkpoint=cache / "c.pt")[0].run()
    assert [epoch["samples"] for epoch in resumed.history] == [epoch["samples"] for epoch in whole.history]
    for name, value in whole.model.state_dict().items():
        assert torch.equal(resumed.model.state_dict()[name], value), name
