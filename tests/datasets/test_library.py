"""The image cache: found again by name and hash, never half-written, never silently another set of images."""

import json
import os
import shutil
from dataclasses import replace

import numpy as np
import pytest

from coreset_engine.datasets import catalogue, corruptions, library
from coreset_engine.datasets.corruptions import Corruption
from coreset_engine.errors import DatasetError, UnknownNameError


def rewrite(path, **changes):
    """Write the file again with some members changed, and a later time."""
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    for name, change in changes.items():
        arrays[name] = change(arrays[name].copy())
    np.savez(path, **arrays)
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 10**9))


def inverted(images):
    return 255 - images


def test_a_file_comes_back_from_the_cache_as_it_was_read(own, phantom_file):
    first, again = library.load(str(own)), library.load(str(own))
    with np.load(phantom_file) as file:
        for split in ("train", "val", "test"):
            for found in (first, again):
                np.testing.assert_array_equal(found.images[split], file[f"{split}_images"])
                np.testing.assert_array_equal(found.labels[split], file[f"{split}_labels"][:, 0])
    assert first.sha256 == again.sha256


def test_the_second_load_does_not_read_the_file(own, monkeypatch):
    library.load(str(own))
    monkeypatch.setattr(library.files, "read_medmnist_file", lambda path: pytest.fail("read again"))
    library.load(str(own))


def test_cached_images_are_read_only(own):
    images = library.load(str(own))
    with pytest.raises(ValueError, match="read-only"):
        images.images["train"][0, 0, 0] = 1


def test_a_changed_file_under_the_same_name_is_noticed(own):
    before = library.load(str(own))
    rewrite(own, train_images=inverted)
    after = library.load(str(own))
    assert (after.name, after.sha256 == before.sha256) == (before.name, False)
    np.testing.assert_array_equal(after.images["train"], 255 - before.images["train"])


def test_one_changed_label_gives_another_hash(own):
    before = library.load(str(own)).sha256

    def one_more(labels):
        labels[5] = (labels[5] + 1) % 11
        return labels

    rewrite(own, train_labels=one_more)
    assert library.load(str(own)).sha256 != before


def test_the_images_of_an_old_run_stay_when_the_file_changes(own):
    before = library.load(str(own))
    old = np.array(before.images["train"])
    rewrite(own, train_images=inverted)
    library.load(str(own))
    np.testing.assert_array_equal(library.cached(before.name, before.sha256, verify=True).images["train"], old)


def test_a_changed_file_is_told_of(own):
    before = library.load(str(own))
    assert library.changed_since(before) == ""
    rewrite(own, train_images=inverted)
    assert "has changed since it was cached" in library.changed_since(before)


def test_the_file_that_came_back_is_known_again(own, tmp_path):
    before = library.load(str(own))
    kept = shutil.copy2(own, tmp_path / "kept")
    rewrite(own, train_images=inverted)
    library.load(str(own))
    shutil.copy2(kept, own)
    assert library.load(str(own)).sha256 == before.sha256


@pytest.mark.parametrize("member", ["val_images", "test_images"])
def test_other_val_or_test_images_beside_the_same_train_images_are_refused(own, member):
    library.load(str(own))
    rewrite(own, **{member: inverted})
    with pytest.raises(DatasetError, match=f"{member[:-7]} split differs from the one cached"):
        library.load(str(own))


def test_a_touched_file_of_the_same_content_is_the_same_data_set(own):
    before = library.load(str(own))
    os.utime(own, ns=(0, 1))
    assert library.load(str(own)).sha256 == before.sha256
    assert len(list((library.paths.datasets_folder()).iterdir())) == 1


def test_tampered_train_images_are_refused_when_verified(own):
    images = library.load(str(own))
    path = next(library.paths.datasets_folder().glob("*/train_images.npy"))
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(DatasetError, match=r"damaged \(train_images.npy: not what was written\)"):
        library.cached(images.name, images.sha256, verify=True)
    with pytest.raises(DatasetError, match=r"damaged \(train_images.npy: not what was written\)"):
        library.load(str(own))


def test_images_that_were_never_cached_say_how_to_load_them():
    with pytest.raises(DatasetError, match="`datasets --load SPEC`"):
        library.cached("own", "0" * 64)


def test_an_imported_run_without_images_is_told_so():
    with pytest.raises(DatasetError, match="The images of this run are not in the cache"):
        library.cached("", "")


def test_a_folder_is_read_again_when_a_picture_moves_to_another_class(tmp_path):
    from PIL import Image

    for name in ("cat", "dog"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for number in range(5):
            Image.fromarray(np.full((30, 30), 20 * number, np.uint8)).save(tmp_path / "pets" / name / f"{number}.png")
    before = library.load(str(tmp_path / "pets"), 28)
    (tmp_path / "pets" / "cat" / "4.png").rename(tmp_path / "pets" / "dog" / "9.png")
    after = library.load(str(tmp_path / "pets"), 28)
    assert len(before.labels["train"]) == len(after.labels["train"]) == 6
    assert before.sha256 != after.sha256


def test_pictures_are_scaled_to_the_size_asked_for(tmp_path):
    from PIL import Image

    for name in ("cat", "dog"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for number in range(3):
            Image.fromarray(np.full((30, 30), number, np.uint8)).save(tmp_path / "pets" / name / f"{number}.png")
    assert [library.load(str(tmp_path / "pets"), side).side for side in (28, None)] == [28, 64]
    with pytest.raises(DatasetError, match="28, 64, 128, 224 px, not to 30"):
        library.load(str(tmp_path / "pets"), 30)


def test_a_size_for_a_file_is_refused(own):
    with pytest.raises(DatasetError, match="leave out the size"):
        library.load(str(own), 64)


@pytest.mark.parametrize("spec", ["nowhere/a.npz", "nowhere/folder", "a.txt"])
def test_a_path_that_is_not_there_is_named(spec):
    with pytest.raises(DatasetError, match=f"no file.* {spec}"):
        library.load(spec)


def test_an_unknown_name_lists_those_that_exist():
    with pytest.raises(UnknownNameError, match=r"no data set 'organmnist'.*organsmnist"):
        library.load("organmnist")


@pytest.mark.parametrize(
    ("spec", "side"), [("demo_64", None), ("demo", 64), ("organsmnist", 32), ("organsmnist_32", None)]
)
def test_a_size_that_a_set_has_not_lists_those_it_has(spec, side):
    with pytest.raises(DatasetError, match=r"has no images of .* px. Choose one of: 28"):
        library.shape_of(spec, side)


def test_the_demo_is_loaded_by_name_with_its_truth(small_demo):
    found = library.load("demo")
    assert (found.synthetic, found.truth["wrong_label"].sum()) == (True, 4)
    assert library.load("demo").truth.keys() == found.truth.keys()


def test_the_shape_of_a_known_set_needs_no_download():
    # MedMNIST v2, table 2: OrganSMNIST has 13,932 train (v3; 13,940 in v2) and 2,452 val images of 11 classes
    shape = library.shape_of("organsmnist_64")
    assert (shape.train, shape.val, shape.classes, shape.channels, shape.side) == (13_932, 2_452, 11, 1, 64)


def test_the_shape_of_a_file_is_read_from_it(own):
    shape = library.shape_of(str(own))
    assert (shape.train, shape.val, shape.classes, shape.channels, shape.side) == (200, 60, 11, 1, 28)


def test_the_catalogue_tells_what_is_cached(own):
    library.load(str(own))
    rows = {row["dataset"]: row for row in catalogue.catalogue()}
    assert rows["organsmnist"]["cached"] == []
    assert rows[str(own.resolve())]["cached"] == ["own"]
    assert (rows[str(own.resolve())]["train"], rows[str(own.resolve())]["test"]) == (200, 60)
    json.dumps(catalogue.catalogue())


NOISY = Corruption(label_noise=0.2, image="fog", image_share=0.1)


def test_a_corrupted_set_is_found_again_by_its_name_and_hash_with_its_truth(own):
    clean = library.load(str(own))
    asked = library.load(str(own), corruption=NOISY)
    again = library.cached("own+labels20%+fog10%", asked.sha256, verify=True)
    assert (again.name, again.origin_sha256, again.corruption) == (asked.name, clean.sha256, NOISY.to_dict())
    made = corruptions.apply(clean, NOISY)
    for name in ("true_label", "wrong_label", "corrupted"):
        np.testing.assert_array_equal(again.truth[name], made.truth[name])
    for split in ("train", "val", "test"):
        np.testing.assert_array_equal(again.images[split], made.images[split])
        np.testing.assert_array_equal(again.labels[split], made.labels[split])


def test_a_corrupted_set_is_made_once(own, monkeypatch):
    first = library.load(str(own), corruption=NOISY)
    monkeypatch.setattr(corruptions, "apply", lambda *_: pytest.fail("made again"))
    assert library.load(str(own), corruption=NOISY).sha256 == first.sha256


def test_each_corruption_is_a_data_set_of_its_own_and_the_clean_one_stays(own):
    clean = library.load(str(own)).sha256
    asked = [NOISY, replace(NOISY, seed=1), replace(NOISY, strength=0.8), Corruption(label_noise=0.2)]
    assert len({clean, *(library.load(str(own), corruption=one).sha256 for one in asked)}) == 5
    assert library.load(str(own)).sha256 == library.load(str(own), corruption=Corruption()).sha256 == clean


def test_a_changed_file_is_corrupted_anew(own):
    before = library.load(str(own), corruption=NOISY)
    rewrite(own, train_images=inverted)
    after = library.load(str(own), corruption=NOISY)
    assert (after.name, after.sha256 != before.sha256) == (before.name, True)
    assert after.origin_sha256 == library.load(str(own)).sha256
    assert "has changed since it was cached" in library.changed_since(before)


def test_a_named_set_can_be_corrupted(small_demo):
    noisy = library.load("demo", corruption=NOISY)
    assert (noisy.name, noisy.spec, noisy.synthetic) == ("demo+labels20%+fog10%", "demo", True)
    assert noisy.truth["wrong_label"].sum() == 4 + 20


def test_the_catalogue_lists_corrupted_sets_beside_their_origin(own, small_demo):
    library.load(str(own), corruption=NOISY)
    library.load("demo", corruption=Corruption(label_noise=0.1))
    rows = {row["dataset"]: row for row in catalogue.catalogue()}
    assert len(rows) == len(catalogue.catalogue())
    mine = rows[str(own.resolve())]
    assert (mine["title"], mine["cached"], mine["corrupted"]) == ("own.npz", ["own"], ["own+labels20%+fog10%"])
    assert (rows["demo"]["cached"], rows["demo"]["corrupted"]) == (["demo"], ["demo+labels10%"])
    assert rows["organsmnist"]["corrupted"] == []
    assert {name: row["synthetic"] for name, row in rows.items() if row["cached"]} == {
        "demo": True,
        str(own.resolve()): False,
    }


def test_a_cache_of_before_there_were_corruptions_can_be_read(own):
    sha256 = library.load(str(own)).sha256
    file = next(library.paths.datasets_folder().glob("*/dataset.json"))
    facts = json.loads(file.read_text())
    del facts["corruption"], facts["origin_sha256"], facts["files"], facts["sum"]
    file.write_text(json.dumps(facts))
    assert library.cached("own", sha256).corruption == {}
    assert [row["corrupted"] for row in catalogue.catalogue() if row["cached"] == ["own"]] == [[]]
