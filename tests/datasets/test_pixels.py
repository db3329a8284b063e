"""The five ways to spoil images: each does what its name says, on grey and colour images of any size."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coreset_engine.datasets import pixels
from coreset_engine.datasets.pixels import spoil

KINDS = list(pixels.SPOILS)


def draw(seed=0):
    return np.random.default_rng(seed)


def flat(value, count=1, side=20, channels=1):
    return np.full((count, side, side) if channels == 1 else (count, side, side, channels), value, np.uint8)


def textured(count, height, width, channels, seed=0):
    shape = (count, height, width) if channels == 1 else (count, height, width, channels)
    return draw(seed).integers(0, 256, shape, np.uint8)


@given(
    kind=st.sampled_from(KINDS),
    strength=st.floats(0.05, 1),
    height=st.integers(8, 40),
    width=st.integers(8, 40),
    channels=st.sampled_from([1, 3]),
)
def test_every_image_is_changed_and_keeps_its_shape_and_type(kind, strength, height, width, channels):
    images = textured(3, height, width, channels)
    given_images = images.copy()
    spoiled = spoil(images, kind, strength, draw())
    assert (spoiled.shape, spoiled.dtype) == (images.shape, np.uint8)
    assert all((a != b).any() for a, b in zip(spoiled, images, strict=True))
    np.testing.assert_array_equal(images, given_images)
    np.testing.assert_array_equal(spoil(images, kind, strength, draw()), spoiled)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("channels", [1, 3])
def test_images_of_224_pixels_are_spoiled_in_several_blocks(kind, channels, monkeypatch):
    monkeypatch.setattr(pixels, "BLOCK_VALUES", 224 * 224 * 3)
    images = textured(4, 224, 224, channels)
    spoiled = spoil(images, kind, 0.5, draw())
    assert all((a != b).mean() > 0.1 for a, b in zip(spoiled, images, strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_a_stronger_corruption_moves_an_image_farther_away(kind):
    images = np.kron(textured(40, 4, 4, 1), np.ones((7, 7), np.uint8))  # 28 px with areas and edges
    distance = [np.abs(spoil(images, kind, s, draw()).astype(int) - images).mean() for s in (0.2, 0.5, 1.0)]
    assert distance[0] < distance[1] < distance[2]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_to_spoil_gives_nothing(kind):
    assert spoil(np.zeros((0, 9, 9), np.uint8), kind, 0.5, draw()).shape == (0, 9, 9)


def test_noise_on_middle_grey_has_its_mean_and_deviation():
    spoiled = spoil(flat(128, 200, 28), "gaussian-noise", 0.25, draw())
    # 0.4 * 0.25 * 255 = 25.5; one standard error over 156,800 pixels is 0.06
    assert spoiled.mean() == pytest.approx(128, abs=0.3)
    assert spoiled.std() == pytest.approx(25.5, abs=0.3)


def test_noise_is_another_in_every_colour_and_image():
    spoiled = spoil(flat(128, 2, 28, 3), "gaussian-noise", 0.5, draw()).astype(float)
    for a, b in ((spoiled[0], spoiled[1]), (spoiled[0, ..., 0], spoiled[0, ..., 1])):
        assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 0.15


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("value", "cover"), [(200, 0), (0, 255), (10, 255)])
def test_a_square_is_covered_in_black_or_where_it_is_dark_in_white(channels, value, cover):
    spoiled = spoil(flat(value, 50, 20, channels), "occlusion", 0.5, draw())
    assert set(np.unique(spoiled)) == {value, cover}
    for image in spoiled:
        rows, columns = np.nonzero(image.reshape(20, 20, -1)[..., 0] == cover)
        # 0.2 + 0.4 * 0.5 = 0.4 of 20 px are 8
        assert (len(rows), np.ptp(rows), np.ptp(columns)) == (64, 7, 7)


def test_squares_lie_anywhere_even_at_the_edges():
    covered = (spoil(flat(200, 400), "occlusion", 0.5, draw()) == 0).any(0)
    assert covered.all()


def test_low_resolution_shows_means_of_squares():
    images = textured(5, 28, 28, 3)
    spoiled = spoil(images, "low-resolution", 1.0, draw())
    # 28 / (1 + 3) = 7 squares of 4 x 4 px
    means = images.reshape(5, 7, 4, 7, 4, 3).mean((2, 4), keepdims=True)
    np.testing.assert_allclose(spoiled.reshape(5, 7, 4, 7, 4, 3), means.repeat(4, 2).repeat(4, 4), atol=0.51)


def test_low_resolution_by_hand_where_the_sides_do_not_divide():
    ramp = np.tile(np.array([0, 50, 100, 150, 200], np.uint8), (1, 5, 1))
    # two squares of 2.5 px: (0 + 50 + 100 / 2) / 2.5 = 40 and (100 / 2 + 150 + 200) / 2.5 = 160; pixel 2 has its middle
    # on the border and belongs to the second
    np.testing.assert_array_equal(
        spoil(ramp, "low-resolution", 0.5, draw())[0], np.tile([40, 40, 160, 160, 160], (5, 1))
    )


def test_fog_lightens_black_and_keeps_the_order_of_brightness():
    black, grey, white = (spoil(flat(value, 20), "fog", 0.5, draw()).astype(int) for value in (0, 120, 255))
    # thickness 1 +- 0.6 gives a transmission of exp(-1.6) to exp(-0.4): black becomes 0.85 * 255 * (1 - that)
    assert black.min() >= 71
    assert black.max() <= 174
    assert (black < grey).all()
    assert (grey < white).all()
    assert (white < 255).all()


def test_fog_is_uneven_but_smooth():
    spoiled = spoil(flat(0, 20, 28), "fog", 0.5, draw()).astype(int)
    assert (np.ptp(spoiled, (1, 2)) > 10).all()
    assert np.abs(np.diff(spoiled, axis=2)).max() <= 12


def test_motion_blur_draws_a_point_out_to_a_line_of_its_length():
    point = flat(0, 60, 41)
    point[:, 20, 20] = 255
    spoiled = spoil(point, "motion-blur", 0.5, draw()).astype(float)
    angles = set()
    for image in spoiled:
        assert image.sum() == pytest.approx(255, abs=12)  # every pixel is rounded
        places = np.argwhere(image) - 20.0
        narrow, wide = np.linalg.eigvalsh(np.cov(places.T, aweights=image[image > 0], bias=True))
        # 0.4 * 0.5 * 41 px is a line of 8 points: variance (8^2 - 1) / 12 = 5.25 along it, next to none across
        assert wide == pytest.approx(5.25, abs=0.4)
        assert narrow < 0.3
        y, x = np.linalg.eigh(np.cov(places.T, aweights=image[image > 0]))[1][:, 1]
        angles.add(round(np.degrees(np.arctan2(y, x)) / 22.5) % 8)
    assert angles == set(range(8))


@pytest.mark.parametrize("channels", [1, 3])
def test_motion_blur_and_low_resolution_leave_a_flat_image_as_it_is(channels):
    image = flat(77, 2, 20, channels)
    for kind in ("motion-blur", "low-resolution"):
        np.testing.assert_array_equal(spoil(image, kind, 1.0, draw()), image)
