"""Each network is the published one at its standard size, and the stated form of it on small images."""

import sys
from itertools import pairwise

import pytest
import torch
from torch import nn
from torchvision.models.resnet import BasicBlock

from coreset_engine import architectures


def built(name, channels, outputs, side):
    """A network without memory for its weights: only their shapes count here."""
    with torch.device("meta"):
        return architectures.get(name).build(channels, outputs, side).eval()


def weights(model):
    return sum(weight.numel() for weight in model.parameters())


def grids(model, side, layers):
    """Side in px of the outputs of some layers."""
    seen = {}
    for name in layers:
        model.get_submodule(name).register_forward_hook(lambda _, __, out, name=name: seen.update({name: out.shape}))
    model(torch.empty(1, 1, side, side, device="meta"))
    return [seen[name][2] for name in layers]


# Of torchvision's weights files for ImageNet, as its documentation lists them; Inception without the auxiliary head.
PUBLISHED = {
    "alexnet": 61_100_840,
    "vgg11": 132_868_840,
    "vgg16": 138_365_992,
    "resnet18": 11_689_512,
    "resnet34": 21_797_672,
    "resnet50": 25_557_032,
    "mobilenet_v2": 3_504_872,
    "mobilenet_v3_small": 2_542_856,
    "mobilenet_v3_large": 5_483_032,
    "shufflenet_v2_x1_0": 2_278_604,
    "swin_t": 28_288_354,
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_at_its_standard_size_a_network_has_the_published_number_of_weights(name):
    assert weights(built(name, 3, 1000, 224)) == PUBLISHED[name]


def test_inception_is_the_published_one_less_its_auxiliary_head():
    # the auxiliary head: 1x1 convolution 768 -> 128, 5x5 to 768, two weights a channel for normalisation, one layer
    auxiliary = 768 * 128 + 2 * 128 + 25 * 128 * 768 + 2 * 768 + 769 * 1000
    assert weights(built("inception_v3", 3, 1000, 299)) == 27_161_264 - auxiliary


# By hand, kernels x inputs x outputs. LeNet: convolutions with biases, three linear layers. ResNet-8: stem, blocks of
# 16, 32 and 64 channels, two 1x1 shortcuts, 2 weights a channel for each normalisation, one linear layer.
LENET = (25 + 1) * 6 + (25 * 6 + 1) * 16 + 401 * 120 + 121 * 84 + 85 * 10
BLOCKS = 2 * 9 * 16 * 16 + 9 * 16 * 32 + 9 * 32 * 32 + 9 * 32 * 64 + 9 * 64 * 64
RESNET8 = 9 * 16 + BLOCKS + 16 * 32 + 32 * 64 + 2 * 3 * (16 + 32 + 64) + 65 * 10
MLP = 785 * 128 + 129 * 128 + 129 * 10
# WRN-16-8: per group two blocks of two 3x3 convolutions, a 1x1 shortcut, and normalisation before each convolution.
WIDE_BLOCKS = sum(9 * a * b + 3 * 9 * b * b + a * b + 2 * (a + 3 * b) for a, b in ((16, 128), (128, 256), (256, 512)))
WIDE = 9 * 16 + WIDE_BLOCKS + 2 * 512 + 513 * 10
# DeepCore's AlexNet: five convolutions with biases, one linear layer.
CONVOLUTIONS = ((25, 1, 128), (25, 128, 192), (9, 192, 256), (9, 256, 192), (9, 192, 192))
ALEXNET = sum((area * a + 1) * b for area, a, b in CONVOLUTIONS) + (192 * 16 + 1) * 10
# VGG-11: eight 3x3 convolutions with biases and normalisation, one linear layer.
COLUMN_A = (1, 64, 128, 256, 256, 512, 512, 512, 512)
VGG11 = sum((9 * a + 3) * b for a, b in pairwise(COLUMN_A)) + 513 * 10
AT_28_PX = {"lenet": LENET, "resnet8": RESNET8, "mlp": MLP, "wide_resnet16_8": WIDE, "alexnet": ALEXNET}
AT_28_PX["vgg11"] = VGG11


@pytest.mark.parametrize(
    ("name", "expected"),
    list(AT_28_PX.items()),
)
def test_at_28_px_a_network_has_as_many_weights_as_its_description_says(name, expected):
    assert weights(built(name, 1, 10, 28)) == expected


@pytest.mark.parametrize(("inside", "outside", "stride"), [(16, 16, 1), (16, 32, 2)])
def test_the_blocks_of_resnet8_are_those_of_torchvision(inside, outside, stride):
    block = architectures.build("resnet8", 1, 10, 28)[3 if stride == 1 else 4]
    shortcut = nn.Sequential(nn.Conv2d(inside, outside, 1, stride, bias=False), nn.BatchNorm2d(outside))
    theirs = BasicBlock(inside, outside, stride, shortcut if stride > 1 else None)
    theirs.load_state_dict(block.state_dict())  # the same names and shapes
    x = torch.rand(8, inside, 28, 28)
    assert torch.equal(block(x), theirs(x))


@pytest.mark.parametrize("name", ["lenet", "resnet8"])
def test_the_networks_of_a_cpu_do_without_torchvision(name, monkeypatch):
    """Its import takes a process as long as torch's."""
    monkeypatch.setitem(sys.modules, "torchvision", None)  # whoever imports it now fails
    monkeypatch.setitem(sys.modules, "torchvision.models.resnet", None)
    built(name, 1, 10, 28)


def test_the_weights_of_resnet8_of_a_seed_stay_what_they_were():
    torch.manual_seed(0)
    model = architectures.build("resnet8", 3, 7, 28)
    sums = [model.get_parameter(name).sum().item() for name in ("3.conv1.weight", "5.downsample.0.weight", "8.weight")]
    assert sums == pytest.approx([-0.39711, -1.56306, -0.92656], abs=1e-4)  # with torchvision's blocks


def test_wide_resnet_has_the_eleven_million_weights_of_its_paper():
    assert round(weights(built("wide_resnet16_8", 3, 10, 32)) / 1e6, 1) == 11.0  # Table 4


@pytest.mark.parametrize("name", ["resnet18", "resnet34", "resnet50"])
@pytest.mark.parametrize(
    ("side", "kernel", "stride", "pooled"),
    [(28, (3, 3), (1, 1), False), (64, (3, 3), (1, 1), False), (65, (7, 7), (2, 2), True), (224, (7, 7), (2, 2), True)],
)
@pytest.mark.parametrize("channels", [1, 3])
def test_a_resnet_has_the_stem_that_fits_its_images(name, side, kernel, stride, pooled, channels):
    model = built(name, channels, 3, side)
    assert (model.conv1.kernel_size, model.conv1.stride, model.conv1.in_channels) == (kernel, stride, channels)
    assert isinstance(model.maxpool, nn.MaxPool2d) is pooled


@pytest.mark.parametrize(("side", "grid"), [(28, [28, 7, 4]), (64, [64, 16, 8]), (224, [112, 14, 7])])
@pytest.mark.parametrize("name", ["mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large"])
def test_a_mobilenet_ends_on_more_than_one_pixel(name, side, grid):
    middle = {"mobilenet_v2": "features.13", "mobilenet_v3_small": "features.8", "mobilenet_v3_large": "features.12"}
    model = built(name, 1, 3, side)
    last = f"features.{len(model.features) - 1}"
    assert grids(model, side, ["features.0", middle[name], last]) == grid


@pytest.mark.parametrize(("side", "grid"), [(28, [28, 14, 7, 4]), (64, [64, 32, 16, 8]), (224, [112, 28, 14, 7])])
def test_shufflenet_reaches_its_last_stage_with_the_stated_grids(side, grid):
    model = built("shufflenet_v2_x1_0", 1, 3, side)
    assert grids(model, side, ["conv1", "stage2", "stage3", "stage4"]) == grid


@pytest.mark.parametrize(
    ("side", "grid"),
    [(28, [26, 12, 5]), (32, [30, 14, 6]), (64, [30, 14, 6]), (128, [29, 14, 6]), (224, [25, 12, 5])],
)
def test_inception_sees_about_thirty_px_at_its_first_block(side, grid):
    assert grids(built("inception_v3", 1, 3, side), side, ["Mixed_5b", "Mixed_6a", "Mixed_7a"]) == grid


@pytest.mark.parametrize(("side", "grid"), [(28, [14, 7, 4, 2]), (64, [32, 16, 8, 4]), (224, [56, 28, 14, 7])])
def test_swin_has_the_stated_patches_in_each_stage(side, grid):
    model = built("swin_t", 1, 3, side)
    seen = []
    for number in (1, 3, 5, 7):
        model.features[number].register_forward_hook(lambda _, __, out: seen.append(out.shape[1]))  # B H W C
    model(torch.empty(1, 1, side, side, device="meta"))
    assert seen == grid


@pytest.mark.parametrize("side", [28, 32])
@pytest.mark.parametrize(("name", "layer"), [("alexnet", "9"), ("vgg11", "0.24"), ("vgg16", "0.39")])
def test_alexnet_and_vgg_bring_28_px_to_the_map_of_32(name, layer, side):
    # before the last pool: AlexNet 8x8, VGG 2x2
    assert grids(built(name, 1, 3, side), side, [layer]) == [8 if name == "alexnet" else 2]


def test_above_64_px_a_network_is_the_one_of_torchvision():
    from torchvision import models  # here: every worker imports this file, and torch's compiler with it

    torch.manual_seed(0)
    ours, theirs = architectures.build("shufflenet_v2_x1_0", 3, 5, 96), models.shufflenet_v2_x1_0(num_classes=5)
    theirs.load_state_dict(ours.state_dict())
    images = torch.rand(2, 3, 96, 96)
    with torch.inference_mode():
        torch.testing.assert_close(ours.eval()(images), theirs.eval()(images))


def test_a_wide_block_adds_its_input_to_what_it_computes():
    model = architectures.build("wide_resnet16_8", 1, 3, 28).eval()
    block = model[2]  # the second of the first group: no change of shape
    with torch.no_grad():
        block.inner[3].weight.zero_()
        images = torch.rand(2, 128, 6, 6)
        assert torch.equal(block(images), images)


def test_where_the_shape_changes_a_wide_block_adds_a_projection_of_the_normalised_input():
    block = architectures.build("wide_resnet16_8", 1, 3, 28).eval()[3]  # the first of the second group
    images = torch.rand(2, 128, 6, 6) - 0.5
    with torch.no_grad():
        block.inner[3].weight.zero_()
        # fresh normalisation in eval mode divides by sqrt(1 + eps) alone
        ready = (images / (1 + 1e-5) ** 0.5).clamp(min=0)
        expected = nn.functional.conv2d(ready, block.shortcut.weight, stride=2)
        torch.testing.assert_close(block(images), expected)


@pytest.mark.parametrize("name", ["mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large"])
def test_a_mobilenet_learns_its_running_statistics_within_a_small_coreset(name):
    moving = {m.momentum for m in built(name, 1, 3, 28).modules() if isinstance(m, nn.BatchNorm2d)}
    assert moving == {0.1}
