"""What every architecture promises: any channels, 28 to 224 px, a head that can be found, a step that trains."""

import copy
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import nn

from coreset_engine import architectures
from coreset_engine.config import Recipe
from coreset_engine.datasets import modality
from coreset_engine.errors import UnknownNameError
from coreset_engine.training import batches, prediction
from coreset_engine.training.trainer import Trainer

NAMES = list(architectures.all_architectures())
# What a network is trained on here: name, channels, px. The smallest images ask most of a network; on larger ones in
# colour one of each family is trained, since all others are made by the same functions.
STEPS = [(name, 1, 28) for name in NAMES] + [(name, 3, 64) for name in ("lenet", "resnet18", "mobilenet_v3_small")]
CPU = torch.device("cpu")


def split_of(channels, side, count=4):
    draw = np.random.default_rng(0)
    shape = (count, side, side) if channels == 1 else (count, side, side, 3)
    return batches.put_on(CPU, draw.integers(0, 256, shape, np.uint8), np.arange(count) % 3)


@dataclass
class Step:
    """A network after one step on four images, its weights before, and what it was made of."""

    name: str
    channels: int
    side: int
    before: dict[str, torch.Tensor]
    model: nn.Module
    loss: float


@pytest.fixture(scope="module", params=STEPS, ids=str)
def step(request):
    """One step of a network, shared by all tests of it: a large one takes a second to build."""
    name, channels, side = request.param
    before = {}

    def build():
        model = architectures.build(name, channels, 3, side)
        before.update({key: value.detach().clone() for key, value in model.named_parameters()})
        return model

    split = split_of(channels, side)
    recipe = Recipe(epochs=1, batch_size=4, learning_rate=0.01, warmup=0, weight_decay=0)
    done = Trainer(build, recipe, 0, split, split_of(channels, side, 1)).run()
    return Step(name, channels, side, before, done.model, done.history[0]["train_loss"])


def test_the_promised_architectures_are_there():
    assert set(NAMES) >= {"lenet", "mlp", "resnet8", "resnet18", "resnet34", "resnet50", "wide_resnet16_8"}
    assert set(NAMES) >= {"alexnet", "vgg11", "vgg16", "inception_v3", "swin_t"}
    assert set(NAMES) >= {"mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large", "shufflenet_v2_x1_0"}


def test_the_loss_of_a_step_is_finite(step):
    assert np.isfinite(step.loss)


def test_one_step_of_training_moves_every_weight_with_a_gradient(step):
    # A scale in ShuffleNet that only a normalisation reads has none in the first step but rounding's, about 1e-9.
    weights = dict(step.model.named_parameters())
    same = {key for key, value in weights.items() if torch.equal(value, step.before[key])}
    assert {key for key in same if weights[key].grad is None or weights[key].grad.abs().max() > 1e-5} == set()
    assert len(same) < len(weights) / 10


def test_the_same_seed_gives_the_same_weights(step):
    torch.manual_seed(0)  # the trainer's
    again = architectures.build(step.name, step.channels, 3, step.side)
    assert all(torch.equal(value, step.before[key]) for key, value in again.named_parameters())


def test_a_single_image_gets_one_row_of_logits(step):
    logits = prediction.predict(step.model, split_of(step.channels, step.side, 1))
    assert (logits.shape, logits.dtype) == ((1, 3), torch.float32)
    assert torch.isfinite(logits).all()


def test_two_images_can_be_trained_on_and_their_logits_are_those_of_the_head_alone(step):
    given = []
    handle = architectures.head(step.model).register_forward_hook(lambda _, __, output: given.append(output))
    logits = step.model.train()(modality.scale(split_of(step.channels, step.side, 2).images))
    handle.remove()
    assert len(given) == 1
    assert torch.equal(logits, given[0])


def test_the_head_is_the_last_layer_and_has_one_output_a_class(step):
    layer = architectures.head(step.model)
    assert (type(layer), layer.out_features) == (nn.Linear, 3)
    assert list(step.model.modules())[-1] is layer


def test_the_logits_are_the_head_applied_to_the_features(step):
    split = split_of(step.channels, step.side, 2)
    features, logits = architectures.features_and_logits(step.model, lambda: prediction.predict(step.model, split))
    layer = architectures.head(step.model)
    assert features.shape == (2, layer.in_features)
    torch.testing.assert_close(logits, features @ layer.weight.T + layer.bias)


def test_under_autocast_the_head_still_computes_in_float32(step):
    layer = architectures.head(step.model)
    features = torch.rand(2, layer.in_features)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        logits = layer(features)
    assert logits.dtype == torch.float32
    torch.testing.assert_close(logits, features @ layer.weight.T + layer.bias)


@pytest.mark.parametrize(("channels", "side"), [(3, 29), (1, 45), (3, 65), (1, 128), (3, 224)])
@pytest.mark.parametrize("name", NAMES)
def test_images_of_any_side_go_through(name, channels, side):
    with torch.device("meta"):  # shapes only: nothing is computed, no weight held
        model = architectures.get(name).build(channels, 5, side).eval()
        assert model(torch.empty(2, channels, side, side)).shape == (2, 5)


def test_looking_at_features_leaves_no_hook_behind():
    model = architectures.build("lenet", 1, 3, 28)
    architectures.features_and_logits(model, lambda: prediction.predict(model, split_of(1, 28)))
    assert not architectures.head(model)._forward_pre_hooks


@pytest.mark.parametrize("name", ["lenet", "wide_resnet16_8"])
def test_a_copy_of_a_network_uses_its_own_head(name):
    model = architectures.build(name, 1, 3, 28)
    twin = copy.deepcopy(model)
    with torch.no_grad():
        architectures.head(model).weight.zero_()
        architectures.head(model).bias.zero_()
    assert prediction.predict(model, split_of(1, 28)).abs().max() == 0
    assert prediction.predict(twin, split_of(1, 28)).abs().max() > 0


def test_an_unknown_name_lists_those_that_exist():
    with pytest.raises(UnknownNameError, match="lenet, resnet8"):
        architectures.build("resnet9", 1, 3, 28)


@pytest.mark.parametrize("name", NAMES)
def test_every_entry_states_its_source_and_a_rate_that_can_train(name):
    entry = architectures.get(name)
    assert entry.source
    assert 0 < entry.learning_rate <= 0.1
    assert entry.speed > 0


def test_a_new_stem_keeps_what_is_not_asked_to_change():
    model = nn.Sequential(nn.Sequential(nn.Conv2d(3, 8, 5, stride=2, padding=2, bias=False)), nn.Conv2d(8, 4, 1))
    architectures.set_stem(model, 1, stride=1)
    stem = model[0][0]
    assert (stem.in_channels, stem.out_channels, stem.kernel_size) == (1, 8, (5, 5))
    assert (stem.stride, stem.padding, stem.bias) == ((1, 1), (2, 2), None)
    assert model[1].in_channels == 8
