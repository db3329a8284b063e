"""What a recipe does to images and steps: channels, views, momentum and schedules, against plain loops of torch."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from torchvision.transforms import v2

from coreset_engine.config import Recipe
from coreset_engine.datasets import channels, resized_crops
from coreset_engine.datasets.channels import Channels
from coreset_engine.errors import ConfigError
from coreset_engine.training import batches
from coreset_engine.training.learning_rate import rate_of
from coreset_engine.training.trainer import Trainer

CPU, SIDE, COUNT, BATCH = torch.device("cpu"), 8, 70, 16
DRAW = np.random.default_rng(0)
IMAGES = (DRAW.integers(0, 256, (COUNT, SIDE, SIDE, 3)) // (1, 3, 2)).astype(np.uint8)
LABELS = DRAW.integers(0, 3, COUNT)


def network():
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * SIDE * SIDE, 8), nn.ReLU(), nn.Linear(8, 3))


def trained(**given):
    """The weights after two epochs of our training."""
    recipe = Recipe(epochs=2, batch_size=BATCH, warmup=0.0, **given)
    split = batches.put_on(CPU, IMAGES, LABELS).seen_by(recipe, channels.of(IMAGES))
    return list(Trainer(network, recipe, 0, split, split).run().model.parameters())


def by_plain_torch(see, *, nesterov=True):
    """The weights after two epochs of a loop of torch alone, on images as `see` makes them of whole numbers."""
    torch.manual_seed(0)
    model, step = network(), 0
    optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9, weight_decay=5e-4, nesterov=nesterov)
    for epoch in (1, 2):
        order = np.random.default_rng([0, epoch]).permutation(COUNT)
        for start in range(0, COUNT, BATCH):
            rows, step = order[start : start + BATCH], step + 1
            optimizer.param_groups[0]["lr"] = 0.1 * 0.5 * (1 + math.cos(math.pi * (step - 1) / 10))
            x = see(torch.from_numpy(IMAGES[rows]).permute(0, 3, 1, 2))
            loss = nn.functional.cross_entropy(model(x), torch.from_numpy(LABELS[rows]))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return list(model.parameters())


def plain(x):
    return x.to(torch.float32, memory_format=torch.channels_last) / 127.5 - 1


def normalised(x):
    values = torch.from_numpy(IMAGES).double() / 255
    return v2.functional.normalize(x.float() / 255, values.mean((0, 1, 2)), values.std((0, 1, 2), correction=0))


def test_the_usual_training_is_that_of_before_bit_by_bit():
    for ours, theirs in zip(trained(), by_plain_torch(plain), strict=True):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize(
    ("given", "see", "nesterov"),
    [
        ({"normalisation": "channels"}, normalised, True),
        ({"nesterov": False}, plain, False),
        ({"view": "centre"}, lambda x: plain(resized_crops.centred(x)), True),
    ],
)
def test_channels_momentum_and_view_train_as_a_plain_loop_does_and_otherwise_than_usual(given, see, nesterov):
    usual = list(by_plain_torch(plain))
    for ours, theirs, other in zip(trained(**given), by_plain_torch(see, nesterov=nesterov), usual, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)
        assert (ours - other).abs().max() > 1e-3


def test_mean_and_deviation_are_those_of_all_pixels_also_part_by_part_of_a_map_and_of_volumes(tmp_path, monkeypatch):
    np.save(tmp_path / "images.npy", IMAGES)
    monkeypatch.setattr(channels, "PART_BYTES", 5 * SIDE * SIDE * 3)
    for images in (np.load(tmp_path / "images.npy", mmap_mode="r"), np.repeat(IMAGES[:, None, ..., 0], 9, 1)):
        values = np.asarray(images, np.float64).reshape(
            -1, images.shape[-1] if images.ndim == 4 and images.shape[-1] == 3 else 1
        )
        found = channels.of(images)
        np.testing.assert_allclose(found.mean, values.mean(0) / 255, rtol=1e-12)
        np.testing.assert_allclose(found.deviation, values.std(0) / 255, rtol=1e-12)
    assert channels.of(np.full((2, 8, 8), 51, np.uint8)) == Channels((0.2,), (1.0,))  # nothing to divide by


def test_images_on_the_disk_and_volumes_are_normalised_batch_by_batch(monkeypatch):
    recipe, known = Recipe(normalisation="channels"), Channels((0.5,), (0.25,))
    volumes = DRAW.integers(0, 256, (4, 9, 8, 8), np.uint8)
    monkeypatch.setenv("CORESET_MEMORY", "1K")
    split = batches.put_on(CPU, volumes, np.arange(4)).seen_by(recipe, known)
    assert not split.is_held
    rows = torch.tensor([2, 0])
    want = (torch.from_numpy(volumes[[2, 0]])[:, None].float() / 255 - 0.5) / 0.25
    torch.testing.assert_close(split.inputs(rows, recipe), want)
    torch.testing.assert_close(split.take(np.array([2, 0])).inputs(torch.arange(2), recipe), want)
    with pytest.raises(ConfigError, match="volumes are shown whole"):
        split.seen_by(Recipe(view="centre"), None)
    with pytest.raises(ConfigError, match="not normalised or shown as the recipe says"):
        Trainer(network, Recipe(), 0, split, split)


def test_the_centre_is_what_resize_and_centre_crop_show_of_a_square_picture():
    picture = torch.from_numpy(DRAW.integers(0, 256, (1, 3, 224, 224), np.uint8))
    picture = v2.functional.gaussian_blur(picture, [21, 21], [4.0, 4.0])  # pictures are smooth; noise is not
    theirs = v2.functional.center_crop(v2.functional.resize(picture, [256], antialias=True), [224])
    assert (resized_crops.centred(picture).int() - theirs.int()).abs().max() <= 1
    assert (picture.int() - theirs.int()).abs().max() > 20


def test_a_cosine_falls_from_epoch_to_epoch_or_spans_the_steps_of_all_the_data():
    # the code of TDDS: 50,000 images in batches of 128, of which a coreset of 10 % has 40 steps per epoch, 200 epochs
    recipe = Recipe(epochs=200, batch_size=128, warmup=0.0, schedule="cosine-full")
    assert rate_of(recipe, 200, 39, 40, 50_000) == pytest.approx(0.0975, abs=1e-4)
    optimizer = torch.optim.SGD([torch.zeros(1)], 0.1)
    theirs = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=200 * 50_000 / 128)
    for step in range(81):
        assert rate_of(recipe, 1 + step // 40, step % 40, 40, 50_000) == pytest.approx(
            theirs.get_last_lr()[0], rel=1e-9
        )
        optimizer.step()
        theirs.step()
    slow = Recipe(epochs=4, warmup=0.0, schedule="cosine-epochs:0.02")
    told = [rate_of(slow, epoch, done, 10, 100) for epoch in (1, 3) for done in (0, 9)]
    assert told == pytest.approx([0.1, 0.1, 0.06, 0.06])
    for wrong in ("cosine-full:0", "cosine-epoch", "cosine-epochs:", 3, None):
        with pytest.raises(ConfigError, match="is not possible: give cosine, cosine-epochs, cosine-full"):
            Recipe(schedule=wrong)


def test_a_cosine_over_all_the_data_is_the_usual_one_where_the_training_takes_as_many_steps():
    # 200 images are 1.5625 batches of 128 and take 2 steps: past the end of a cosine over 1.5625 the rate would rise
    full, usual = (Recipe(epochs=3, batch_size=128, warmup=0.0, schedule=f"cosine{kind}") for kind in ("-full", ""))
    told = [
        [rate_of(recipe, epoch, done, 2, 200) for epoch in (1, 2, 3) for done in (0, 1)] for recipe in (full, usual)
    ]
    assert told[0] == told[1] == sorted(told[0], reverse=True)


def test_a_warm_up_goes_step_by_step_where_the_cosine_falls_from_epoch_to_epoch():
    recipe = Recipe(epochs=4, warmup=0.3, schedule="cosine-epochs")  # 12 of 40 steps
    told = [rate_of(recipe, epoch, done, 10, 100) for epoch, done in ((1, 0), (1, 9), (2, 1), (2, 2), (2, 9), (3, 5))]
    fallen = 0.05 * (1 + math.cos(math.pi * (20 - 12) / (40 - 12)))
    assert told == pytest.approx([0.1 / 13, 1 / 13, 1.2 / 13, 0.1, 0.1, fallen])
