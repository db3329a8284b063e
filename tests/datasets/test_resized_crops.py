"""Crops that are enlarged: the same pixels and the same boxes as torchvision's, and a draw that a seed decides."""

import pytest
import torch
from torchvision import transforms
from torchvision.transforms import functional

from coreset_engine.datasets import modality, resized_crops

CPU = torch.device("cpu")


@pytest.mark.parametrize(("channels", "height", "width"), [(1, 32, 32), (3, 40, 64)])
def test_a_box_is_enlarged_as_torchvision_does_it(channels, height, width):
    torch.manual_seed(0)
    batch = torch.randint(0, 256, (64, channels, height, width), dtype=torch.uint8)
    found = resized_crops.boxes(64, height, width, CPU)
    found[0] = torch.tensor([0, 0, height, width])  # the whole image stays as it is
    found[1] = torch.tensor([3, 5, 1, 1])
    flipped = torch.arange(64) % 2 == 1
    changed = resized_crops.resized(batch, found, flipped)
    wanted = torch.stack(
        [
            functional.resized_crop(image, *box, [height, width], antialias=True)
            for image, box in zip(batch, found.int().tolist(), strict=True)
        ]
    )
    wanted[1::2] = wanted[1::2].flip(3)
    apart = (changed.int() - wanted.int()).abs()
    assert changed.dtype == torch.uint8
    assert apart.max() <= 1  # halves are rounded up or down
    assert (apart > 0).float().mean() < 0.01
    torch.testing.assert_close(changed[0], batch[0])


@pytest.mark.parametrize(("height", "width"), [(32, 32), (9, 32), (32, 9)])
def test_boxes_are_drawn_as_torchvisions_and_the_middle_one_as_often(height, width):
    torch.manual_seed(1)
    found = resized_crops.boxes(4000, height, width, CPU)
    image = torch.empty(1, height, width)
    draw = transforms.RandomResizedCrop.get_params
    wanted = torch.tensor([draw(image, [0.08, 1.0], [3 / 4, 4 / 3]) for _ in range(4000)]).float()
    assert (found >= 0).all()
    assert (found[:, 0] + found[:, 2]).max() <= height
    assert (found[:, 1] + found[:, 3]).max() <= width
    error = 4 * wanted.std(0) * (2 / 4000) ** 0.5 + 1e-6  # of the difference of two means of 4,000
    assert ((found.mean(0) - wanted.mean(0)).abs() <= error).all()
    middle = torch.tensor(resized_crops.central(height, width)).float()
    shares = [(drawn == middle).all(1).float().mean() for drawn in (found, wanted)]
    assert abs(shares[0] - shares[1]) < 0.03
    assert height == width or shares[0] > 0.05  # of long images ten tries fail often


def test_a_seed_decides_the_crops_of_grey_and_colour_images_and_half_are_flipped():
    for kind in (modality.GREY, modality.RGB):
        rising = torch.arange(16, dtype=torch.uint8).expand(400, kind.channels, 16, 16) * 10
        draws = []
        for seed in (0, 0, 1):
            torch.manual_seed(seed)
            draws.append(kind.augment(rising, "resized-crop-flip"))
        assert torch.equal(draws[0], draws[1])
        assert not torch.equal(draws[0], draws[2])
        falling = (draws[0][:, 0, 0, 0] > draws[0][:, 0, 0, -1]).float().mean()
        assert 0.4 < falling < 0.6
