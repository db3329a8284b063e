"""Images that lie in two splits are told by every way that images come in."""

import json
import shutil

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from coreset_engine import images_from_arrays, named_json
from coreset_engine.cli.images import datasets
from coreset_engine.datasets import disk, leakage, library, own_names
from coreset_engine.datasets.corruptions import Corruption
from coreset_engine.datasets.repeats import repeats, sentences
from tests.test_pages import opened

TOLD = (
    "Leakage: 1 image of val is in train, too, the same in every pixel (row 1 of val is row 2 of train): accuracies there "
    "are too high. Remove the copies from one of the two.",
    "Leakage: 2 images of test are in train, too, the same in every pixel (row 0 of test is row 3 of train): accuracies "
    "there are too high. Remove the copies from one of the two.",
)


@pytest.fixture
def splits():
    """Images (10, 9, 9), (3, 9, 9) and (4, 9, 9): one of val and two of test are among those of train."""
    pixels = np.random.default_rng(0).integers(0, 256, (17, 9, 9), np.uint8)
    found = {"train": pixels[:10], "val": pixels[10:13], "test": pixels[13:]}
    found["val"][1] = pixels[2]
    found["test"][0] = found["test"][3] = pixels[3]
    return found


@pytest.fixture
def given(splits):
    """The same with labels, as `images_from_arrays` takes them."""
    parts = {split: (pixels, np.arange(len(pixels)) % 2) for split, pixels in splits.items()}
    return ("scans", *parts["train"]), {"val": parts["val"], "test": parts["test"]}


def test_rows_are_those_of_both_splits_and_the_first_of_equal_ones(splits):
    splits["train"][7] = splits["train"][3]
    assert repeats(splits) == {("train", "val"): [(1, 2)], ("train", "test"): [(0, 3), (3, 3)]}
    assert sentences(splits) == list(TOLD)


def test_one_pixel_makes_another_image_and_repeats_within_a_split_are_no_leakage(splits):
    for split, rows in (("val", [1]), ("test", [0, 3])):
        splits[split][rows, 0, 0] ^= 1
    splits["train"][4] = splits["train"][5]
    assert sentences(splits) == []


def test_arrays_and_files_tell_it_and_so_does_what_is_planted_into_them(cache, given):
    (name, *train), more = given
    found = images_from_arrays(name, *train, **more)
    assert found.read_as == TOLD
    assert library.load(found.spec).read_as == TOLD  # from the cache, once
    assert library.load(found.spec, corruption=Corruption(label_noise=0.2)).read_as == TOLD


@pytest.fixture
def old(cache, tmp_path, given):
    """The same in the cache as it was kept before images in two splits were looked for, patients in two splits, too."""
    (name, pixels, labels), more = given
    path = tmp_path / f"{name}.npz"
    arrays = {"train_images": pixels, "train_labels": labels}
    arrays |= {
        f"{split}_{what}": part
        for split, parts in more.items()
        for what, part in zip(("images", "labels"), parts, strict=True)
    }
    groups = {"train_groups": ["P1"] * 10, "val_groups": ["P2"] * 3, "test_groups": ["P1"] * 4}
    np.savez(path, **arrays, **groups)
    images = library.load(str(path))
    plain = [one for one in images.read_as if not one.startswith("Leakage")]
    file = disk.folder_of(images.name, images.sha256) / "dataset.json"
    facts, _ = named_json.unsealed(file)
    assert facts.pop(disk.LOOKED)
    file.write_bytes(named_json.sealed(facts | {"read_as": plain}))
    return images


def test_what_was_in_the_cache_before_tells_it_and_is_looked_through_once(old, monkeypatch):
    found = library.load(old.spec)
    assert set(old.read_as) == set(found.read_as)
    assert sum(one.startswith("Leakage: 1 group occurs in train and test") for one in found.read_as) == 1
    monkeypatch.setattr("coreset_engine.datasets.repeats.repeats", None)
    assert library.load(old.spec).read_as == found.read_as == library.cached(old.name, old.sha256).read_as


def test_lists_of_data_sets_tell_it(old):
    assert leakage.of_names([old.name, "gone"]) == {old.name: (*TOLD, old.read_as[1])}
    out = CliRunner().invoke(datasets, []).output
    assert [line for line in out.splitlines() if "Leakage" in line] == [
        f"scans: {one}" for one in (*TOLD, old.read_as[1])
    ]
    rows = json.loads(CliRunner().invoke(datasets, ["--json"]).output)
    assert {len(row["leakage"]) for row in rows} == {0, 3}


def test_the_record_page_warns_of_it_for_a_set_of_the_cache(old):
    page = opened("pages/1_Record.py", dataset=own_names.listed(old.spec))
    assert [one.value for one in page.warning if "Leakage" in one.value]


def test_in_a_cache_that_can_not_be_written_it_is_told_all_the_same(old, monkeypatch):
    monkeypatch.setenv("CORESET_VIEWER", "1")
    assert leakage.of_names([old.name])
    monkeypatch.delenv("CORESET_VIEWER")
    assert not disk.is_looked_through(disk.folder_of(old.name, old.sha256))


def test_a_folder_tells_it(cache, tmp_path):
    draw = np.random.default_rng(1)
    for split in ("train", "val", "test"):
        for label in ("liver", "spleen"):
            (tmp_path / "scans" / split / label).mkdir(parents=True)
            for number in range(3):
                picture = Image.fromarray(draw.integers(0, 256, (28, 28), np.uint8))
                picture.save(tmp_path / "scans" / split / label / f"{number}.png")
    shutil.copy(tmp_path / "scans" / "train" / "spleen" / "1.png", tmp_path / "scans" / "test" / "spleen" / "9.png")
    (told,) = [sentence for sentence in library.load(str(tmp_path / "scans")).read_as if "Leakage" in sentence]
    assert told.startswith(
        "Leakage: 1 image of test is in train, too, the same in every pixel (row 6 of test is row 4 of"
    )
