"""A sample in words and as pictures, worked out by hand."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from coreset_engine.analysis.samples import Stretch
from coreset_engine.dashboard.sample_dialog import texts

NAMES = ("liver", "heart", "spleen")


def test_stretching_spreads_the_values_over_the_whole_range_and_leaves_one_grey_alone():
    image = np.array([[10, 30], [70, 110]], np.uint8)
    np.testing.assert_array_equal(texts.stretched(image), [[0, 51], [153, 255]])
    np.testing.assert_array_equal(texts.stretched(np.full((2, 2), 7, np.uint8)), np.full((2, 2), 7))


def test_stretching_moves_all_channels_of_a_colour_image_alike():
    image = np.array([[[50, 70, 150]]], np.uint8)
    np.testing.assert_array_equal(texts.stretched(image), [[[0, 51, 255]]])


@pytest.mark.parametrize(("width", "factors"), [(28, [1, 4, 8]), (64, [1, 4, 8]), (128, [1, 4]), (224, [1, 2])])
def test_an_image_is_enlarged_by_whole_factors_that_a_screen_holds(width, factors):
    assert texts.sizes(width) == factors


@pytest.mark.parametrize("shape", [(28, 28), (28, 28, 3)])
def test_the_browser_gets_the_pixels_of_the_file_and_is_told_not_to_mix_them(shape):
    image = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    html = texts.pictures(image, "Row 3")
    sources = re.findall(r'src="data:image/png;base64,([^"]+)"', html)
    assert re.findall(r'width="(\d+)"', html) == ["28", "112", "224"]
    assert html.count("image-rendering:pixelated") == len(sources) == 3
    for source in sources:
        np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(base64.b64decode(source)))), image)


def test_a_stretched_contrast_is_said():
    image = np.array([[10, 30], [70, 110]], np.uint8)
    assert "10–110 of 0–255 as in the file" in texts.grey_range(image, False)
    assert "**Contrast stretched**: 10–110 is shown as 0–255" in texts.grey_range(image, True)


def test_stretches_of_predictions_are_told_in_words_and_of_many_the_last_ones():
    assert texts.stretch_text([Stretch(1, 3, 2), Stretch(4, 4, 0)], NAMES, False) == "1–3 spleen, 4 liver"
    many = [Stretch(epoch, epoch, epoch % 2) for epoch in range(1, 16)]
    told = texts.stretch_text(many, NAMES, False)
    assert told.startswith("3 earlier stretches; 4 liver, 5 heart")
    assert told.endswith("15 heart")


def test_a_set_of_labels_is_named_by_its_bits():
    assert texts.predicted(0b101, NAMES, True) == "liver+spleen"
    assert texts.predicted(0, NAMES, True) == "no label"
