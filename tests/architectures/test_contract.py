"""What every architecture promises: any channels, 28 and 64 px, a head that can be found."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from coreset_engine import architectures
from coreset_engine.config import Recipe
from coreset_engine.errors import UnknownNameError
from coreset_engine.training import loop

NAMES = list(architectures.all_architectures())
LARGE = {"resnet34", "resnet50"}  # only evaluated, for the time's sake
CPU = torch.device("cpu")


def split_of(channels, side, count=4):
    draw = np.random.default_rng(0)
    shape = (count, side, side) if channels == 1 else (count, side, side, 3)
    return loop.put_on(CPU, draw.integers(0, 256, shape, np.uint8), np.arange(count) % 3)


def test_the_promised_architectures_are_there():
    assert set(NAMES) >= {"lenet", "resnet8", "resnet18", "resnet34", "resnet50", "mobilenet_v2"}


@pytest.mark.parametrize(
    ("name", "channels", "side"),
    [(name, c, s) for name in NAMES for c in (1, 3) for s in (28, 64) if name not in LARGE or (c, s) != (3, 28)],
)
def test_a_network_gives_one_row_of_logits_an_image(name, channels, side):
    logits = loop.predict(architectures.build(name, channels, 3, side), split_of(channels, side, 2))
    assert (logits.shape, logits.dtype) == ((2, 3), torch.float32)
    assert torch.isfinite(logits).all()


@pytest.mark.parametrize(("channels", "side"), [(1, 28), (3, 64)])
@pytest.mark.parametrize("name", sorted(set(NAMES) - LARGE))
def test_one_step_of_training_moves_every_weight(name, channels, side):
    split = split_of(channels, side)
    before = {}

    def build():
        model = architectures.build(name, channels, 3, side)
        before.update(copy.deepcopy(dict(model.named_parameters())))
        return model

    done = loop.Trainer(build, Recipe(epochs=1, batch_size=4, learning_rate=0.05, warmup=0), 0, split, split).run()
    same = [key for key, value in done.model.named_parameters() if torch.equal(value, before[key])]
    assert same == []


@pytest.mark.parametrize("name", NAMES)
def test_the_head_is_the_last_layer_and_has_one_output_a_class(name):
    model = architectures.build(name, 1, 7, 28)
    layer = architectures.head(model)
    assert (type(layer), layer.out_features) == (nn.Linear, 7)
    assert list(model.modules())[-1] is layer


@pytest.mark.parametrize("name", sorted(set(NAMES) - LARGE))
def test_the_logits_are_the_head_applied_to_the_features(name):
    split, model = split_of(1, 28), architectures.build(name, 1, 3, 28)
    features, logits = architectures.features_and_logits(model, lambda: loop.predict(model, split))
    layer = architectures.head(model)
    assert features.shape == (4, layer.in_features)
    torch.testing.assert_close(logits, features @ layer.weight.T + layer.bias)


def test_looking_at_features_leaves_no_hook_behind():
    model = architectures.build("lenet", 1, 3, 28)
    architectures.features_and_logits(model, lambda: loop.predict(model, split_of(1, 28)))
    assert not architectures.head(model)._forward_pre_hooks


def test_a_copy_of_a_network_uses_its_own_head():
    model = architectures.build("lenet", 1, 3, 28)
    twin = copy.deepcopy(model)
    with torch.no_grad():
        architectures.head(model).weight.zero_()
        architectures.head(model).bias.zero_()
    assert loop.predict(model, split_of(1, 28)).abs().max() == 0
    assert loop.predict(twin, split_of(1, 28)).abs().max() > 0


@pytest.mark.parametrize("name", ["resnet18", "resnet34", "resnet50"])
@pytest.mark.parametrize(
    ("side", "kernel", "stride", "pooled"),
    [(28, (3, 3), (1, 1), False), (64, (3, 3), (1, 1), False), (65, (7, 7), (2, 2), True), (224, (7, 7), (2, 2), True)],
)
@pytest.mark.parametrize("channels", [1, 3])
def test_a_resnet_has_the_stem_that_fits_its_images(name, side, kernel, stride, pooled, channels):
    model = architectures.build(name, channels, 3, side)
    assert (model.conv1.kernel_size, model.conv1.stride, model.conv1.in_channels) == (kernel, stride, channels)
    assert isinstance(model.maxpool, nn.MaxPool2d) is pooled


@pytest.mark.parametrize("name", ["lenet", "resnet8", "resnet18", "mobilenet_v2"])
def test_images_of_128_px_go_through(name):
    assert loop.predict(architectures.build(name, 1, 3, 128), split_of(1, 128, 2)).shape == (2, 3)


# By hand, kernels x inputs x outputs. LeNet: convolutions with biases, three linear layers. ResNet-8: stem, blocks of
# 16, 32 and 64 channels, two 1x1 shortcuts, 2 weights a channel for each normalisation, one linear layer.
LENET = (25 + 1) * 6 + (25 * 6 + 1) * 16 + 401 * 120 + 121 * 84 + 85 * 10
BLOCKS = 2 * 9 * 16 * 16 + 9 * 16 * 32 + 9 * 32 * 32 + 9 * 32 * 64 + 9 * 64 * 64
RESNET8 = 9 * 16 + BLOCKS + 16 * 32 + 32 * 64 + 2 * 3 * (16 + 32 + 64) + 65 * 10


@pytest.mark.parametrize(("name", "weights"), [("lenet", LENET), ("resnet8", RESNET8)])
def test_a_network_has_as_many_weights_as_its_paper_says(name, weights):
    assert sum(p.numel() for p in architectures.build(name, 1, 10, 28).parameters()) == weights


def test_the_same_seed_gives_the_same_weights():
    built = []
    for _ in range(2):
        torch.manual_seed(5)
        built.append(architectures.build("resnet8", 1, 3, 28).state_dict())
    assert all(torch.equal(built[0][key], built[1][key]) for key in built[0])


def test_an_unknown_name_lists_those_that_exist():
    with pytest.raises(UnknownNameError, match="lenet, resnet8"):
        architectures.build("alexnet", 1, 3, 28)


@pytest.mark.parametrize("name", NAMES)
def test_every_entry_states_its_source_and_a_rate_that_can_train(name):
    entry = architectures.get(name)
    assert entry.source
    assert 0 < entry.learning_rate <= 0.1
