"""The image cache: found again by name and hash, never half-written, never silently another set of images."""

import json
import os
import shutil

import numpy as np
import pytest

from coreset_engine.datasets import demo, library
from coreset_engine.errors import DatasetError, UnknownNameError


@pytest.fixture
def own(tmp_path, phantom_file):
    """A copy of the tiny file that a test may change."""
    return shutil.copy(phantom_file, tmp_path / "own.npz")


@pytest.fixture
def small_demo(monkeypatch):
    arrays = demo.generate(0, (100, 30, 30))
    monkeypatch.setattr(demo, "generate", lambda: arrays)


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
    with pytest.raises(DatasetError, match="have changed since they were cached"):
        library.cached(images.name, images.sha256, verify=True)
    with pytest.raises(DatasetError, match="have changed since they were cached"):
        library.load(str(own))


@pytest.mark.parametrize("name", ["train_images.npy", "val_labels.npy", "test_images.npy"])
@pytest.mark.parametrize("damage", ["gone", "cut", "garbage"])
def test_a_damaged_cache_is_a_sentence(own, name, damage):
    images = library.load(str(own))
    path = next(library.paths.datasets_folder().glob(f"*/{name}"))
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:200] if damage == "cut" else b"nothing")
    with pytest.raises(DatasetError, match="are damaged"):
        library.cached(images.name, images.sha256)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}"])
def test_a_damaged_description_hides_no_other_data_set(own, small_demo, text):
    images = library.load(str(own))
    (library.paths.datasets_folder() / f"own-{images.sha256[:12]}" / "dataset.json").write_text(text)
    library.load("demo")
    assert any(row["dataset"] == "demo" and row["cached"] == ["demo"] for row in library.catalogue())
    with pytest.raises(DatasetError, match="are damaged"):
        library.cached(images.name, images.sha256)


def test_images_that_were_never_cached_say_how_to_load_them():
    with pytest.raises(DatasetError, match="`datasets --load SPEC`"):
        library.cached("own", "0" * 64)


def test_an_imported_run_without_images_is_told_so():
    with pytest.raises(DatasetError, match="The images of this run are not in the cache"):
        library.cached("", "")


def test_a_full_disk_leaves_no_part_behind(own, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    with pytest.raises(DatasetError, match=r"No room for the images of own .*No space"):
        library.load(str(own))
    assert list(library.paths.datasets_folder().iterdir()) == []


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
    rows = {row["dataset"]: row for row in library.catalogue()}
    assert rows["organsmnist"]["cached"] == []
    assert rows[str(own.resolve())]["cached"] == ["own"]
    assert (rows[str(own.resolve())]["train"], rows[str(own.resolve())]["test"]) == (200, 60)
    json.dumps(library.catalogue())
