"""The optimizer: torch's SGD with Nesterov momentum, of which torch's compiler is no part."""

import sys

import torch

from coreset_engine.training.optimizer import LeanSGD


def stepped(weight, optimizer, steps):
    """Descend along a loss of slope 1 and return the weight after each step."""
    found = []
    for _ in range(steps):
        optimizer.zero_grad(set_to_none=True)
        weight.sum().backward()
        optimizer.step()
        found.append(float(weight.detach()))
    return found


def test_two_steps_are_those_worked_by_hand_without_the_compiler_and_a_loaded_state_goes_on(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch._dynamo", None)  # whoever imports it now fails
    options = {"lr": 0.5, "momentum": 0.5, "weight_decay": 0.5, "nesterov": True}
    weight = torch.ones(1, requires_grad=True)
    optimizer = LeanSGD([weight], **options)
    # gradient 1 + 0.5 * 1 = 1.5 = velocity; 1 - 0.5 * (1.5 + 0.5 * 1.5) = -0.125
    # gradient 1 - 0.5 * 0.125 = 0.9375; velocity 0.5 * 1.5 + 0.9375 = 1.6875; -0.125 - 0.5 * (0.9375 + 0.84375)
    first, second = -0.125, -1.015625
    assert stepped(weight, optimizer, 1) == [first]
    resumed = LeanSGD([weight], **options)
    resumed.load_state_dict(optimizer.state_dict())
    assert stepped(weight, resumed, 1) == [second]


def test_a_training_imports_no_compiler(trainer, recipe, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "torch._dynamo", None)
    monkeypatch.setattr("coreset_engine.training.trainer.CHECKPOINT_SECONDS", 0)
    result = trainer(recipe(epochs=2), checkpoint=tmp_path / "checkpoint.pt").run()
    assert len(result.history) == 2
    assert trainer(recipe(epochs=2), checkpoint=tmp_path / "checkpoint.pt").run().history == result.history
