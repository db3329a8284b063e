"""The images of a map's points: which are sent, how large ones are reduced, and that every row gets its own."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from coreset_engine.dashboard.data_map import thumbnails
from coreset_engine.datasets import modality

DRAWS = np.random.default_rng(3)


def unpacked(content):
    """Head and picture, taken apart as the browser does."""
    length = int.from_bytes(content[:4], "little")
    return json.loads(content[4 : 4 + length]), np.asarray(Image.open(io.BytesIO(content[4 + length :])))


def cut(content, row):
    """The image of one row, as the browser finds it."""
    head, picture = unpacked(content)
    place = head["rows"].index(row)
    top, left = place // head["columns"] * head["height"], place % head["columns"] * head["width"]
    return picture[top : top + head["height"], left : left + head["width"]]


@pytest.mark.parametrize("shape", [(28, 28), (28, 28, 3), (20, 27)])
def test_every_row_gets_its_own_image_with_the_grey_values_of_the_file(shape):
    images = DRAWS.integers(0, 256, (700, *shape)).astype(np.uint8)
    rows = np.sort(DRAWS.permutation(700)[:300])
    content = thumbnails.packed(images, rows, "some")
    assert unpacked(content)[0]["name"] == "some"
    for row in rows[[0, 1, 150, 299]].tolist():
        np.testing.assert_array_equal(cut(content, row), images[row])


def test_one_image_is_a_picture_of_its_own():
    images = DRAWS.integers(0, 256, (3, 28, 28)).astype(np.uint8)
    np.testing.assert_array_equal(unpacked(thumbnails.packed(images, np.array([2]), ""))[1], images[2])


@pytest.mark.parametrize(("side", "step", "sent"), [(28, 1, 28), (29, 2, 14), (64, 3, 21), (128, 5, 25), (224, 8, 28)])
def test_a_larger_image_is_reduced_by_a_whole_step_to_at_most_28_pixels(side, step, sent):
    images = np.zeros((2, side, side), np.uint8)
    assert thumbnails.step_of(images) == step
    assert modality.reduced(images, step).shape == (2, sent, sent)


def test_a_pixel_that_is_sent_is_the_mean_of_its_block_and_edges_are_left_out_evenly():
    # of 8 lines two blocks of 3 are taken, from the second line on
    tall = np.array([[90], [4], [8], [3], [4], [6], [7], [90]], np.uint8)[None]
    np.testing.assert_array_equal(modality.reduced(np.repeat(tall, 3, axis=2), 3)[0], [[5], [6]])


def test_a_colour_is_reduced_by_itself():
    image = np.zeros((1, 4, 4, 3), np.uint8)
    image[..., 1] = 7
    image[0, :2, :2, 2] = [[0, 10], [20, 30]]
    assert modality.reduced(image, 2)[0, 0, 0].tolist() == [0, 7, 15]


def test_all_points_of_grey_images_are_pictured_and_a_third_of_those_in_colour():
    rows, x, y = np.arange(3000), *DRAWS.random((2, 3000))
    grey = np.zeros((3000, 28, 28), np.uint8)
    np.testing.assert_array_equal(thumbnails.chosen(grey, rows, x, y), rows)
    large = np.broadcast_to(np.uint8(0), (3000, 224, 224, 3))
    for images in (np.broadcast_to(np.uint8(0), (3000, 28, 28, 3)), large):
        assert len(thumbnails.chosen(images, rows, x, y)) == 1000


def test_a_point_that_lies_alone_keeps_its_image_where_not_all_can_have_one():
    x, y = np.r_[DRAWS.normal(0, 0.01, 2999), 1.0], np.r_[DRAWS.normal(0, 0.01, 2999), 1.0]
    rows = np.arange(3000) * 2
    found = thumbnails.chosen(np.broadcast_to(np.uint8(0), (6000, 28, 28, 3)), rows, np.repeat(x, 2), np.repeat(y, 2))
    assert rows[-1] in found
    assert set(found) < set(rows)
    assert (np.diff(found) > 0).all()


def test_images_have_another_name_when_rows_or_data_set_differ():
    names = [thumbnails.name_of(sha, np.array(rows)) for sha, rows in (("a", [1]), ("a", [2]), ("b", [1]), ("a", [1]))]
    assert len(set(names[:3])) == 3
    assert names[0] == names[3]
