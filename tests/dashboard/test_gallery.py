"""A gallery shows the file's own pixels, enlarged by a whole factor."""

import io

import numpy as np
import pytest
from PIL import Image

from coreset_engine.dashboard.gallery import CAPTION, GAP, KEPT, montage

DRAWS = np.random.default_rng(0)


@pytest.mark.parametrize("shape", [(9, 28, 28), (9, 28, 28, 3)])
def test_every_pixel_of_an_image_becomes_an_equal_square_of_its_own_value(shape):
    images = DRAWS.integers(0, 256, shape, np.uint8)
    rows = np.array([7, 2, 5])
    sheet = np.asarray(Image.open(io.BytesIO(montage(images, rows, np.zeros(9, bool), columns=2))))
    places = [(0, 0), (0, 84 + GAP), (84 + CAPTION + GAP, 0)]
    for row, (top, left) in zip(rows, places, strict=True):
        small = sheet[top : top + 84, left : left + 84][1::3, 1::3]
        expected = images[row] if images.ndim == 4 else images[row][..., None].repeat(3, axis=2)
        np.testing.assert_array_equal(small, expected)


def test_a_kept_image_is_marked_and_another_is_not():
    images = np.zeros((2, 28, 28), np.uint8)
    sheet = np.asarray(Image.open(io.BytesIO(montage(images, np.array([0, 1]), np.array([True, False]), columns=2))))
    assert tuple(sheet[84, 5]) == KEPT
    assert tuple(sheet[84, 84 + GAP + 5]) == (255, 255, 255)


def test_images_larger_than_a_tile_keep_their_size():
    images = DRAWS.integers(0, 256, (1, 128, 128), np.uint8)
    sheet = np.asarray(Image.open(io.BytesIO(montage(images, np.array([0]), np.zeros(1, bool), columns=1))))
    np.testing.assert_array_equal(sheet[:128, :128, 0], images[0])
