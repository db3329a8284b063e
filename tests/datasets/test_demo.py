"""The phantom data set: its seed, its formats, and the truth about the errors planted in train."""

import numpy as np
import pytest

from coreset_engine.datasets import demo
from coreset_engine.datasets.demo import CLASS_NAMES, generate

SIZES = (300, 40, 60)
LEFT_RIGHT = {1: 2, 2: 1, 4: 5, 5: 4, 7: 8, 8: 7}


@pytest.fixture(scope="module")
def data():
    return generate(seed=3, sizes=SIZES)


def pixel_distances(data, rows, others):
    """Mean absolute grey difference between train images `rows` and `others`."""
    images = data["train_images"].astype(int)
    return np.abs(images[rows] - images[others]).mean(axis=(1, 2))


def duplicates(data):
    """Rows of the near-duplicates, rows of their originals."""
    rows = np.flatnonzero(data["train_duplicate_of"] >= 0)
    return rows, data["train_duplicate_of"][rows]


def test_the_same_seed_gives_the_same_bytes(data):
    again = generate(seed=3, sizes=SIZES)
    assert again.keys() == data.keys()
    for name, values in data.items():
        assert again[name].tobytes() == values.tobytes(), name


def test_another_seed_gives_other_images_and_labels(data):
    other = generate(seed=4, sizes=SIZES)
    for name in ("train_images", "train_labels", "val_images", "val_labels", "test_images", "test_labels"):
        assert not np.array_equal(other[name], data[name]), name


def test_the_test_split_stays_when_the_train_split_grows(data):
    larger = generate(seed=3, sizes=(350, 40, 60))
    np.testing.assert_array_equal(larger["test_images"], data["test_images"])


def test_arrays_have_the_promised_shapes_and_types(data):
    formats = {name: (values.shape, values.dtype.name) for name, values in data.items()}
    assert formats == {
        "train_images": ((300, 28, 28), "uint8"),
        "train_labels": ((300,), "int64"),
        "train_true_label": ((300,), "int64"),
        "train_wrong_label": ((300,), "bool"),
        "train_duplicate_of": ((300,), "int64"),
        "val_images": ((40, 28, 28), "uint8"),
        "val_labels": ((40,), "int64"),
        "test_images": ((60, 28, 28), "uint8"),
        "test_labels": ((60,), "int64"),
    }


def test_the_classes_are_the_eleven_organs_in_their_order():
    assert len(CLASS_NAMES) == 11
    assert (CLASS_NAMES[0], CLASS_NAMES[6], CLASS_NAMES[10]) == ("bladder", "liver", "spleen")


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_every_class_is_in_a_small_split(split):
    small = generate(seed=0, sizes=(60, 20, 20))
    labels = small["train_true_label" if split == "train" else f"{split}_labels"]
    assert set(labels.tolist()) == set(range(11))


def test_liver_is_the_largest_class_with_its_promised_share():
    counts = np.bincount(generate(seed=0, sizes=(20, 20, 1000))["test_labels"])
    # 0.178 and 0.039 of 1,000.
    assert (counts.argmax(), counts.max()) == (6, 178)
    assert (counts.argmin(), counts.min()) == (2, 39)


def test_four_percent_of_train_labels_are_wrong(data):
    assert data["train_wrong_label"].sum() == 12
    np.testing.assert_array_equal(data["train_wrong_label"], data["train_labels"] != data["train_true_label"])


def test_about_half_of_the_wrong_labels_name_the_other_side():
    data = generate(seed=0, sizes=(3000, 20, 20))
    wrong = data["train_wrong_label"] & np.isin(data["train_true_label"], list(LEFT_RIGHT))
    true, given = data["train_true_label"][wrong], data["train_labels"][wrong]
    share = np.mean([LEFT_RIGHT[label] == other for label, other in zip(true.tolist(), given.tolist(), strict=True)])
    # Half by choice and a tenth of the rest by chance: 0.55, with about 65 labels +- 0.06.
    assert 0.35 < share < 0.75


def test_ten_percent_of_train_are_duplicates_of_different_originals(data):
    rows, originals = duplicates(data)
    assert len(rows) == 30
    assert len(set(originals.tolist())) == 30
    assert not set(rows.tolist()) & set(originals.tolist())


def test_a_duplicate_has_the_true_class_of_its_original(data):
    rows, originals = duplicates(data)
    np.testing.assert_array_equal(data["train_true_label"][rows], data["train_true_label"][originals])


def test_a_duplicate_is_near_its_original_but_not_identical(data):
    rows, originals = duplicates(data)
    near = pixel_distances(data, rows, originals)
    assert near.min() > 0
    assert np.median(near) < 10
    # The nearest sample of all others is farther away than the original.
    for row, original, distance in zip(rows, originals, near, strict=True):
        others = np.setdiff1d(np.arange(300), [row, original])
        assert distance < pixel_distances(data, others, row).min()


def test_duplicates_do_not_stand_beside_their_originals(data):
    rows, originals = duplicates(data)
    assert np.median(np.abs(rows - originals)) > 30


def test_val_and_test_hold_no_copy_of_another_image(data):
    images = np.concatenate([data["val_images"], data["test_images"]]).astype(int)
    distances = np.abs(images[:, None] - images).mean(axis=(2, 3))
    np.fill_diagonal(distances, np.inf)
    rows, originals = duplicates(data)
    assert distances.min() > np.median(pixel_distances(data, rows, originals))


def test_val_labels_name_the_organ_drawn(data):
    # Bone is the brightest tissue, lung is air: the middle of a crop tells femur, lung and soft organs apart.
    labels = np.concatenate([data["val_labels"], data["test_labels"]])
    middles = np.concatenate([data["val_images"], data["test_images"]])[:, 10:18, 10:18].mean(axis=(1, 2))
    femur, lung = np.isin(labels, [1, 2]), np.isin(labels, [7, 8])
    assert np.median(middles[lung]) < 40 < np.median(middles[~lung & ~femur]) < 180 < np.median(middles[femur])


def test_images_use_the_grey_range_of_a_ct_window(data):
    # Fat darker than organs, organs in the middle, air black and bone white.
    greys = data["train_images"]
    assert (greys == 0).mean() > 0.01
    assert (greys == 255).mean() > 0.001
    assert 0.4 < ((greys > 64) & (greys < 200)).mean() < 0.9


def test_the_registered_set_carries_the_truth_beside_the_images(data, monkeypatch):
    monkeypatch.setattr(demo, "generate", lambda: data)
    loaded = demo.DATASET.load(28)
    assert [len(loaded.images[split]) for split in ("train", "val", "test")] == [300, 40, 60]
    assert loaded.truth["wrong_label"].sum() == 12
    assert (loaded.truth["duplicate_of"] >= 0).sum() == 30
    np.testing.assert_array_equal(loaded.truth["true_label"] != loaded.labels["train"], loaded.truth["wrong_label"])
    assert loaded.synthetic


def test_the_registered_set_promises_nine_thousand_samples():
    assert demo.DATASET.samples == (6000, 1000, 2000)
