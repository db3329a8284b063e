"""MedMNIST: the twelve 2D sets, and the checksum that stands between a file and its use."""

import shutil

import medmnist
import numpy as np
import pytest

from coreset_engine.datasets import library, medmnist_sets
from coreset_engine.errors import DatasetError

FLAGS = {
    "pathmnist", "chestmnist", "dermamnist", "octmnist", "pneumoniamnist", "retinamnist", "breastmnist", "bloodmnist",
    "tissuemnist", "organamnist", "organcmnist", "organsmnist",
}  # fmt: skip


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("MEDMNIST_ROOT", str(tmp_path / "medmnist"))
    return medmnist_sets.root()


def test_the_twelve_2d_sets_are_known_at_four_sizes():
    flat = [source for source in medmnist_sets.DATASETS if not source.volumes]
    assert {source.name: source.sides for source in flat} == dict.fromkeys(FLAGS, (28, 64, 128, 224))


@pytest.mark.parametrize("flag", sorted(FLAGS))
def test_an_entry_says_what_the_package_says(flag):
    source, info = medmnist_sets.SOURCES[flag], medmnist.INFO[flag]
    assert (source.task, source.channels, source.licence) == (info["task"], info["n_channels"], info["license"])
    assert source.samples == tuple(info["n_samples"][split] for split in ("train", "val", "test"))
    assert dict(enumerate(source.class_names)) == {int(key): name for key, name in info["label"].items()}


@pytest.mark.parametrize("flag", sorted(FLAGS))
def test_every_size_has_an_address_and_a_checksum(flag):
    info = medmnist_sets.INFO[flag]
    assert all(len(info[f"MD5{size}"]) == 32 and info[f"url{size}"] for size in ("", "_64", "_128", "_224"))


def test_names_carry_the_size_as_the_files_do():
    source = medmnist_sets.SOURCES["organsmnist"]
    assert (source.name_at(28), source.name_at(64)) == ("organsmnist", "organsmnist_64")


def test_importing_the_table_does_not_import_torch():
    import subprocess
    import sys

    code = "import sys; from coreset_engine.datasets import all_sources; all_sources(); print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "False"


def test_the_md5_is_that_of_the_content(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert medmnist_sets.md5(tmp_path / "a") == "900150983cd24fb0d6963f7d28e17f72"  # RFC 1321, A.5


def test_a_file_that_is_not_the_official_one_is_refused(root, phantom_file):
    shutil.copy(phantom_file, root / "organsmnist.npz")
    with pytest.raises(DatasetError, match="is not the official file of organsmnist at 28 px"):
        library.load("organsmnist")


def test_a_file_cut_short_is_refused_by_its_checksum(root, phantom_file):
    (root / "organsmnist_64.npz").write_bytes(phantom_file.read_bytes()[:1000])
    with pytest.raises(DatasetError, match="is not the official file of organsmnist at 64 px"):
        library.load("organsmnist", 64)


def test_a_file_with_the_checksum_of_the_table_is_read(root, phantom_file, monkeypatch):
    shutil.copy(phantom_file, root / "organsmnist.npz")
    monkeypatch.setitem(medmnist_sets.INFO["organsmnist"], "MD5", medmnist_sets.md5(phantom_file))
    found = library.load("organsmnist")
    assert (found.name, found.classes, found.licence) == ("organsmnist", 11, "CC BY 4.0")
    with np.load(phantom_file) as file:
        np.testing.assert_array_equal(found.images["test"], file["test_images"])


def test_other_sizes_are_kept_apart(root, phantom_file, monkeypatch):
    for size in ("", "_64"):
        shutil.copy(phantom_file, root / f"organsmnist{size}.npz")
        monkeypatch.setitem(medmnist_sets.INFO["organsmnist"], f"MD5{size}", medmnist_sets.md5(phantom_file))
    assert [library.load(spec).name for spec in ("organsmnist", "organsmnist_64")] == ["organsmnist", "organsmnist_64"]


def test_a_failed_download_is_a_sentence_and_leaves_no_part(root, monkeypatch):
    class Offline:
        def __init__(self, split, download, size, root):
            with open(f"{root}/breastmnist.npz", "wb") as file:
                file.write(b"half a file")
            raise RuntimeError("Something went wrong when downloading!")

    monkeypatch.setattr(medmnist, "BreastMNIST", Offline)
    with pytest.raises(DatasetError, match=r"breastmnist at 28 px could not be downloaded .*https?://"):
        library.load("breastmnist")
    assert list(root.iterdir()) == []


def test_a_signal_that_the_package_takes_for_an_error_goes_on(root, monkeypatch):
    class Interrupted:
        def __init__(self, split, download, size, root):
            try:
                raise KeyboardInterrupt
            except:  # noqa: E722 - as the package does
                raise RuntimeError("Automatic download failed!")  # noqa: B904

    monkeypatch.setattr("medmnist.BreastMNIST", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        medmnist_sets.SOURCES["breastmnist"].load(28)
    assert list(root.iterdir()) == []
