"""A gallery sends the file's own pixels; the browser enlarges them by a whole factor."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from coreset_engine.dashboard.widgets import tiles

DRAWS = np.random.default_rng(0)


def picture(sheet):
    """The one picture of a sheet as an array."""
    head, _, content = sheet["sprite"].partition(",")
    assert head == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(content))))


@pytest.mark.parametrize("shape", [(40, 28, 28), (40, 28, 28, 3), (40, 9, 13)])
def test_every_image_stands_unchanged_at_its_place(shape):
    images = DRAWS.integers(0, 256, shape, np.uint8)
    rows = DRAWS.permutation(40)[:19].tolist()
    made = tiles.sheet(images, rows)
    shown, height, width = picture(made), shape[1], shape[2]
    for place, row in enumerate(rows):
        top, left = place // tiles.COLUMNS * height, place % tiles.COLUMNS * width
        np.testing.assert_array_equal(shown[top : top + height, left : left + width], images[row])


@pytest.mark.parametrize(("size", "zoom"), [("small", 2), ("medium", 3), ("large", 6)])
def test_a_size_that_is_chosen_is_a_whole_factor_too(size, zoom):
    assert tiles.sheet(np.zeros((1, 28, 28), np.uint8), [0], tiles.SIZES[size])["zoom"] == zoom


@pytest.mark.parametrize(("side", "zoom"), [(28, 3), (64, 1), (128, 1), (224, 1)])
def test_an_image_is_enlarged_by_a_whole_factor_and_never_made_smaller(side, zoom):
    assert tiles.sheet(np.zeros((1, side, side), np.uint8), [0])["zoom"] == zoom
