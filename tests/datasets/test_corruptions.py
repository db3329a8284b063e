"""Planted errors: exact shares, a true record of what is wrong, and nothing else touched."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coreset_engine.datasets import checked, corruptions, demo, train_hash
from coreset_engine.datasets.corruptions import TYPES, Corruption, apply
from coreset_engine.errors import ConfigError, DatasetError


def image_set(samples=60, classes=4, side=12, channels=1, **facts):
    """A checked set whose images are noise and whose labels go round."""
    rng, images, labels = np.random.default_rng(0), {}, {}
    for split, count in (("train", samples), ("val", 9), ("test", 9)):
        images[split] = rng.integers(0, 256, (count, side, side, 3)[: 3 + (channels == 3)], np.uint8)
        labels[split] = np.arange(count) % classes
    names = tuple(f"class {c}" for c in range(classes))
    given_facts = {"name": "set", "title": "Set", "task": "multi-class", "class_names": names} | facts
    return checked(**({"images": images, "labels": labels} | given_facts))


def changed(before, after):
    """Which train images differ, (N,) bool."""
    return (before.images["train"] != after.images["train"]).reshape(len(before.labels["train"]), -1).any(1)


@given(samples=st.integers(40, 90), percent=st.integers(2, 100), seed=st.integers(0, 2**32), classes=st.integers(2, 5))
def test_exactly_the_share_of_labels_becomes_another_class(samples, percent, seed, classes):
    before = image_set(samples, classes)
    try:
        after = apply(before, Corruption(label_noise=percent / 100, seed=seed))
    except DatasetError as error:
        assert "leaves no train image" in str(error)  # possible, and told
        return
    old, new = before.labels["train"], after.labels["train"]
    assert (old != new).sum() == (percent * samples + 50) // 100  # half a sample is rounded up
    np.testing.assert_array_equal(after.truth["wrong_label"], old != new)
    np.testing.assert_array_equal(after.truth["true_label"], old)
    assert set(new.tolist()) == set(range(classes))
    assert not changed(before, after).any()


@given(
    samples=st.integers(30, 60),
    percent=st.integers(2, 100),
    image=st.sampled_from([*TYPES, "mixed"]),
    channels=st.sampled_from([1, 3]),
    seed=st.integers(0, 2**32),
)
def test_exactly_the_share_of_images_is_spoiled_and_marked(samples, percent, image, channels, seed):
    before = image_set(samples, channels=channels)
    after = apply(before, Corruption(image=image, image_share=percent / 100, seed=seed))
    codes = after.truth["corrupted"]
    assert (codes > 0).sum() == (percent * samples + 50) // 100
    np.testing.assert_array_equal(changed(before, after), codes > 0)
    np.testing.assert_array_equal(after.labels["train"], before.labels["train"])
    assert image == "mixed" or set(codes.tolist()) <= {0, 1 + TYPES.index(image)}


@pytest.mark.parametrize(("share", "samples", "count"), [(0.145, 100, 15), (0.125, 100, 13), (0.2, 11958, 2392)])
def test_half_a_sample_is_rounded_up(share, samples, count):
    # 14.5, which floating point makes 14.499999999999998; 12.5; 2391.6
    assert apply(image_set(samples), Corruption(label_noise=share)).truth["wrong_label"].sum() == count


@pytest.mark.parametrize("corruption", [Corruption(label_noise=0.3), Corruption(image="mixed", image_share=0.3)])
def test_val_test_and_the_given_set_stay_as_they_are(corruption):
    before, untouched = image_set(), image_set()
    after = apply(before, corruption)
    for split in ("train", "val", "test"):
        np.testing.assert_array_equal(before.images[split], untouched.images[split])
        np.testing.assert_array_equal(before.labels[split], untouched.labels[split])
    assert before.truth == {}
    for split in ("val", "test"):
        assert after.images[split] is before.images[split]
        assert after.labels[split] is before.labels[split]


def test_the_same_seed_plants_the_same_errors_and_another_seed_others():
    asked = Corruption(label_noise=0.3, image="mixed", image_share=0.3)
    one, two, other = (apply(image_set(), replace(asked, seed=seed)) for seed in (1, 1, 2))
    assert one.sha256 == two.sha256
    for name in ("true_label", "wrong_label", "corrupted"):
        np.testing.assert_array_equal(one.truth[name], two.truth[name])
    assert not np.array_equal(one.truth["wrong_label"], other.truth["wrong_label"])
    assert not np.array_equal(one.truth["corrupted"], other.truth["corrupted"])


def test_the_wrong_labels_do_not_depend_on_what_is_done_to_the_images():
    plain = apply(image_set(), Corruption(label_noise=0.3))
    both = apply(image_set(), Corruption(label_noise=0.3, image="fog", image_share=0.5))
    np.testing.assert_array_equal(plain.labels["train"], both.labels["train"])


def test_wrong_labels_are_spread_evenly_over_the_other_classes():
    before = image_set(6000)
    after = apply(before, Corruption(label_noise=0.5))
    steps = np.bincount((after.labels["train"] - before.labels["train"]) % 4, minlength=4)
    # 3,000 wrong labels over three classes: 1,000 each, standard deviation 26
    assert steps[0] == 3000
    assert (np.abs(steps[1:] - 1000) < 100).all()


def test_wrong_labels_and_spoiled_images_are_drawn_apart():
    after = apply(image_set(4000), Corruption(label_noise=0.5, image="occlusion", image_share=0.5))
    both = (after.truth["wrong_label"] & (after.truth["corrupted"] > 0)).sum()
    assert abs(both - 1000) < 130  # a quarter; standard deviation 16


@pytest.mark.parametrize(("samples", "counts"), [(100, [4, 4, 4, 4, 4]), (115, [5, 5, 5, 4, 4])])
def test_mixed_gives_each_type_a_fifth(samples, counts):
    codes = apply(image_set(samples), Corruption(image="mixed", image_share=0.2)).truth["corrupted"]
    assert np.bincount(codes, minlength=6)[1:].tolist() == counts


def test_planted_labels_of_the_demo_stay_wrong_and_new_ones_are_added():
    arrays = demo.generate(0, (200, 20, 20))
    splits = ("train", "val", "test")
    truth = {name: arrays[f"train_{name}"] for name in ("true_label", "wrong_label", "duplicate_of")}
    before = demo.DATASET.image_set(
        name="demo",
        images={split: arrays[f"{split}_images"] for split in splits},
        labels={split: arrays[f"{split}_labels"] for split in splits},
        truth=truth,
    )
    after = apply(before, Corruption(label_noise=0.2))
    planted = truth["wrong_label"]
    assert (planted.sum(), after.truth["wrong_label"].sum()) == (8, 8 + 40)
    np.testing.assert_array_equal(after.labels["train"][planted], before.labels["train"][planted])
    np.testing.assert_array_equal(after.truth["true_label"], truth["true_label"])
    np.testing.assert_array_equal(after.truth["wrong_label"], after.labels["train"] != truth["true_label"])
    np.testing.assert_array_equal(after.truth["duplicate_of"], truth["duplicate_of"])
    with pytest.raises(DatasetError, match="100% of the labels of demo are 200, but 192 of 200 are clean"):
        apply(before, Corruption(label_noise=1))


def test_a_second_corruption_spoils_only_what_is_clean():
    once = apply(image_set(100), Corruption(label_noise=0.2, image="fog", image_share=0.3))
    twice = apply(once, Corruption(label_noise=0.1, image="occlusion", image_share=0.2, seed=5))
    assert twice.truth["wrong_label"].sum() == 30
    assert np.bincount(twice.truth["corrupted"], minlength=6).tolist() == [50, 0, 20, 0, 30, 0]
    np.testing.assert_array_equal(twice.truth["true_label"], image_set(100).labels["train"])
    assert not (changed(once, twice) & (once.truth["corrupted"] > 0)).any()


def test_a_true_class_that_nobody_knows_is_minus_one():
    wrong = np.arange(60) < 6
    after = apply(image_set(truth={"wrong_label": wrong}), Corruption(label_noise=0.5))
    assert after.truth["wrong_label"].sum() == 36
    np.testing.assert_array_equal(after.truth["true_label"][:6], np.full(6, -1))


def test_images_of_a_multi_label_set_can_be_spoiled_and_its_labels_can_not():
    rows = {split: np.eye(n, 4, dtype=np.uint8) for split, n in (("train", 60), ("val", 9), ("test", 9))}
    many = image_set(task="multi-label, binary-class", labels=rows)
    after = apply(many, Corruption(image="fog", image_share=0.5))
    assert set(after.truth) == {"corrupted"}
    with pytest.raises(DatasetError, match="not defined for set, where a sample can have several labels"):
        apply(many, Corruption(label_noise=0.1))


def test_the_labels_of_a_single_class_can_not_be_wrong():
    with pytest.raises(DatasetError, match="there is only one class"):
        apply(image_set(classes=1), Corruption(label_noise=0.1))


def test_a_share_of_no_sample_is_refused():
    with pytest.raises(DatasetError, match=r"0.1% of the images of set are 0"):
        apply(image_set(60), Corruption(image="fog", image_share=0.001))


def test_a_class_that_would_lose_its_last_label_is_named():
    few = image_set(3, classes=2)  # labels 0, 1, 0: a third is one label, and for some seeds it is the only 1
    refused = 0
    for seed in range(20):
        try:
            assert set(apply(few, Corruption(label_noise=1 / 3, seed=seed)).labels["train"].tolist()) == {0, 1}
        except DatasetError as error:
            assert "no train image of set labelled 'class 1'" in str(error)
            refused += 1
    assert 0 < refused < 20


def test_a_corrupted_set_has_a_name_and_hash_of_its_own_and_the_licence_of_its_origin():
    before = image_set(licence="CC BY 4.0", citation="Somebody 2020", homepage="h", synthetic=True)
    asked = Corruption(label_noise=0.2, image="motion-blur", image_share=0.125)
    after = apply(before, asked)
    assert after.name == "set+labels20%+motion-blur12.5%"
    assert after.title == "Set, 20% of the labels wrong, 12.5% of the images with motion blur"
    assert after.sha256 == train_hash(after.images["train"], after.labels["train"]) != before.sha256
    assert (after.origin_sha256, after.corruption) == (before.sha256, asked.to_dict())
    for name in ("licence", "citation", "homepage", "synthetic", "class_names", "task"):
        assert getattr(after, name) == getattr(before, name)


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        (Corruption(), ""),
        (Corruption(seed=3), ""),
        (Corruption(label_noise=0.2, seed=3), "+labels20%+seed3"),
        (Corruption(image="mixed", image_share=1, strength=0.8), "+mixed100%x0.8"),
        (Corruption(label_noise=0.005, image="fog", image_share=0.1), "+labels0.5%+fog10%"),
    ],
)
def test_the_name_says_all_that_differs(asked, name):
    assert str(asked) == name


def test_nothing_asked_gives_the_same_set():
    images = image_set()
    assert apply(images, Corruption(seed=7)) is images


@given(
    label_noise=st.floats(0, 1),
    image=st.sampled_from([*TYPES, "mixed"]),
    image_share=st.floats(0.001, 1),
    strength=st.floats(0.001, 1),
    seed=st.integers(0, 2**40),
)
def test_a_corruption_comes_back_from_json(**values):
    asked = Corruption(**values)
    assert Corruption.from_dict(json.loads(json.dumps(asked.to_dict()))) == asked


def test_an_empty_description_plants_nothing():
    assert not Corruption.from_dict({})


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"label_noise": -0.1}, "label_noise=-0.1 is not possible: give a number from 0 to 1"),
        ({"label_noise": 20}, "label_noise=20"),
        ({"label_noise": float("nan")}, "label_noise=nan"),
        ({"label_noise": "0.2"}, "label_noise='0.2'"),
        ({"label_noise": True}, "label_noise=True"),
        ({"image_share": 1.01, "image": "fog"}, "image_share=1.01"),
        ({"strength": 0}, "strength=0 spoils nothing"),
        ({"image": "snow", "image_share": 0.1}, "no image corruption 'snow'.*gaussian-noise, occlusion"),
        ({"image": "fog"}, "image='fog' does not go with image_share=0"),
        ({"image_share": 0.1}, "image='none' does not go with image_share=0.1"),
        ({"seed": -1}, "seed=-1 is not possible"),
        ({"seed": 1.5}, "seed=1.5"),
        ({"noise": 0.1}, "has no field noise"),
    ],
)
def test_what_can_not_be_planted_is_refused_with_a_sentence(values, message):
    with pytest.raises(ConfigError, match=message):
        Corruption.from_dict(values)


def test_the_types_are_numbered_as_the_kinds_are_listed():
    listed = ["gaussian-noise", "occlusion", "low-resolution", "fog", "motion-blur"]
    assert (list(corruptions.KINDS), list(TYPES)) == (["none", *listed, "mixed"], listed)
