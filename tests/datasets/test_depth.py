"""Images that are not uint8: scaled for the whole set and said so, or refused; never black in silence."""

import numpy as np
import pytest

from coreset_engine.datasets import SPLITS, depth
from coreset_engine.errors import DatasetError


def of(values, dtype):
    return {split: np.asarray(values, dtype).reshape(1, 1, -1) for split in SPLITS}


@pytest.mark.parametrize(
    ("values", "dtype", "wanted"),
    [
        ([-1000, 0, 1000], np.int32, [0, 128, 255]),
        ([-1000, 0, 1000], np.float32, [0, 128, 255]),
        ([-1, 0, 1], np.float64, [0, 128, 255]),
        ([-3000, -2000, -1000], np.int16, [0, 128, 255]),
        ([0, 1020, 4080], np.uint16, [0, 64, 255]),
        ([0, 0.2, 1], np.float16, [0, 51, 255]),
    ],
)
def test_the_lowest_value_is_black_and_the_highest_white(values, dtype, wanted):
    found, said = depth.to_bytes(of(values, dtype), "a.npz")
    assert found["train"].ravel().tolist() == wanted
    assert np.dtype(dtype).name in said[0]
    assert "scaled" in said[0]


@pytest.mark.parametrize("dtype", [np.int64, np.float32])
def test_whole_numbers_up_to_255_stay(dtype):
    found, said = depth.to_bytes(of([3, 40, 200], dtype), "a.npz")
    assert found["test"].ravel().tolist() == [3, 40, 200]
    assert "kept as they are" in said[0]


def test_bytes_stay_and_nothing_is_said():
    found, said = depth.to_bytes(of([3, 40, 200], np.uint8), "a.npz")
    assert (found["val"].ravel().tolist(), said) == ([3, 40, 200], ())


def test_one_scale_holds_for_all_splits():
    images = of([0, 100], np.float32) | {"test": np.array([[[-100.0, 400.5]]])}
    found, _ = depth.to_bytes(images, "a.npz")
    assert found["train"].ravel().tolist() == [51, 102]  # 100/500.5 and 200/500.5 of 255


@pytest.mark.parametrize(
    ("values", "sentence"), [([7.5, 7.5], "nothing to see"), ([0, np.nan], r"train_images .*row 0")]
)
def test_what_has_no_scale_is_refused(values, sentence):
    with pytest.raises(DatasetError, match=sentence):
        depth.to_bytes(of(values, np.float32), "a.npz")
