"""Images on their device: every sample in one batch, scaled, moved and flipped."""

import numpy as np
import pytest
import torch

from coreset_engine.datasets import modality
from coreset_engine.training import batches


@pytest.mark.parametrize(
    ("samples", "batch", "bounds"),
    [
        (10, 4, [(0, 4), (4, 8), (8, 10)]),
        (9, 4, [(0, 4), (4, 9)]),  # a last batch of one joins the one before
        (5, 4, [(0, 5)]),
        (8, 4, [(0, 4), (4, 8)]),
        (3, 4, [(0, 3)]),
        (1, 4, [(0, 1)]),
        (3, 1, [(0, 1), (1, 3)]),
    ],
)
def test_batches_cover_every_sample_and_never_end_with_a_single_one(samples, batch, bounds):
    assert batches.batch_bounds(samples, batch) == bounds


@pytest.mark.parametrize(
    ("samples", "bounds"), [(10, [(0, 4), (4, 8)]), (9, [(0, 4), (4, 8)]), (8, [(0, 4), (4, 8)]), (3, [])]
)
def test_a_last_batch_that_is_short_is_dropped_where_that_is_asked_for(samples, bounds):
    assert batches.batch_bounds(samples, 4, drop_last=True) == bounds


@pytest.mark.parametrize(("grey", "value"), [(0, -1.0), (255, 1.0), (51, -0.6)])
def test_images_are_scaled_to_minus_one_to_one(grey, value):
    scaled = modality.scale(torch.full((1, 1, 2, 2), grey, dtype=torch.uint8))
    assert scaled.dtype == torch.float32
    torch.testing.assert_close(scaled, torch.full((1, 1, 2, 2), value))


@pytest.mark.parametrize("channels", [1, 3])
def test_augmented_images_are_the_originals_moved_and_flipped(channels):
    torch.manual_seed(0)
    images = torch.randint(1, 256, (40, channels, 9, 11), dtype=torch.uint8)
    moved = modality.augmented(images, padding=2)
    assert (moved.shape, moved.dtype) == (images.shape, torch.uint8)
    kinds = set()
    for image, result in zip(images, moved, strict=True):
        padded = torch.zeros((channels, 13, 15), dtype=torch.uint8)
        padded[:, 2:11, 2:13] = image
        found = [
            (top, left, flip)
            for top in range(5)
            for left in range(5)
            for flip in (False, True)
            if torch.equal(result.flip(2) if flip else result, padded[:, top : top + 9, left : left + 11])
        ]
        assert len(found) == 1
        kinds.add(found[0])
    assert {flip for _, _, flip in kinds} == {False, True}
    assert {top for top, _, _ in kinds} == {left for _, left, _ in kinds} == set(range(5))


def test_augmenting_leaves_the_originals_alone():
    images = torch.arange(2 * 64, dtype=torch.uint8).reshape(2, 1, 8, 8)
    before = images.clone()
    modality.augmented(images)
    assert torch.equal(images, before)


def test_colour_images_come_channels_first(phantom):
    images = np.arange(2 * 8 * 9 * 3, dtype=np.uint8).reshape(2, 8, 9, 3)
    split = batches.put_on(torch.device("cpu"), images, np.array([0, 1]))
    assert split.images.shape == (2, 3, 8, 9)
    np.testing.assert_array_equal(split.images[1, 2].numpy(), images[1, :, :, 2])
