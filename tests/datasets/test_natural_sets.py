"""The natural sets, read by torchvision from files in their true formats; asked for as packages and papers spell them."""

import hashlib
import pickle
import struct

import numpy as np
import pytest
import scipy.io
from PIL import Image

from coreset_engine.datasets import all_sources, catalogue, cifar, library, spelling, tiny_imagenet
from coreset_engine.datasets.torchvision_sets import KNOWN
from coreset_engine.errors import DatasetError
from coreset_engine.pipeline.requests import augments


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCHVISION_ROOT", str(tmp_path / "tv"))
    return tmp_path / "tv"


def idx(path, values, kind):
    """Write an array as LeCun's IDX: two zeros, the type, the dimensions, each length and the values big-endian."""
    path.parent.mkdir(parents=True, exist_ok=True)
    head = bytes([0, 0, kind, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape)
    path.write_bytes(head + values.astype(values.dtype.newbyteorder(">")).tobytes())


def drawn(count, *shape):
    return np.random.default_rng(count).integers(0, 256, (count, *shape), np.uint8)


def labels_of(count):
    return (np.arange(count) * 7 % 10).astype(np.uint8)


@pytest.mark.parametrize("name", ["mnist", "fashionmnist", "qmnist"])
def test_files_of_mnist_s_format_become_a_data_set(root, name):
    for file in KNOWN[name].files:
        count = 40 if "train" in file else 20
        if "images" in file:
            idx(root / file, drawn(count, 28, 28), 8)
        elif name == "qmnist":  # eight numbers of each digit, of which the class is the first
            idx(root / file, np.eye(1, 8, dtype=np.int32) * labels_of(count)[:, None].astype(np.int32), 12)
        else:
            idx(root / file, labels_of(count), 8)
    found = library.load(KNOWN[name].package_name)  # as torchvision spells it
    assert (found.name, found.classes, found.licence) == (name, 10, KNOWN[name].licence)
    np.testing.assert_array_equal(found.images["train"], drawn(40, 28, 28))
    np.testing.assert_array_equal(found.labels["train"], labels_of(40))
    # two of each class in the test split, in the order 0 7 4 1 8 5 2 9 6 3: the first of each is val's
    np.testing.assert_array_equal(found.images["val"], drawn(20, 28, 28)[:10])
    np.testing.assert_array_equal(found.labels["test"], labels_of(20)[10:])


def test_matlab_files_of_svhn_become_a_data_set_with_ten_as_zero(root, monkeypatch):
    from torchvision import datasets

    root.mkdir()
    official = dict(datasets.SVHN.split_list)
    for split, count in (("train", 40), ("test", 20)):
        labels = np.where(labels_of(count) == 0, 10, labels_of(count))
        file = root / f"{split}_32x32.mat"
        scipy.io.savemat(file, {"X": drawn(count, 32, 32, 3).transpose(1, 2, 3, 0), "y": labels[:, None]})
        official[split] = [*official[split][:2], hashlib.md5(file.read_bytes()).hexdigest()]
    with pytest.raises(DatasetError, match=r"SVHN under .* can't be read: Dataset not found or corrupted"):
        library.load("svhn")  # these are not the official files
    monkeypatch.setattr(datasets.SVHN, "split_list", official)
    found = library.load("SVHN")
    np.testing.assert_array_equal(found.images["train"], drawn(40, 32, 32, 3))
    np.testing.assert_array_equal(found.labels["train"], labels_of(40))
    assert found.images["test"].shape == (10, 32, 32, 3)


def test_pickled_batches_of_cifar_are_read_without_a_network(root, monkeypatch):
    from torchvision import datasets

    folder = root / "cifar-10-batches-py"
    folder.mkdir(parents=True)

    def written(name, content):
        (folder / name).write_bytes(pickle.dumps(content))
        return [name, hashlib.md5((folder / name).read_bytes()).hexdigest()]

    parts = drawn(20, 3, 32, 32).reshape(20, 3072)
    train = written("data_batch_1", {"data": parts, "labels": labels_of(20).tolist()})
    test = written("test_batch", {"data": parts, "labels": labels_of(20).tolist()})
    names = [str(number) for number in range(10)]
    meta = written("batches.meta", {"label_names": names})
    monkeypatch.setattr(datasets.CIFAR10, "train_list", [train])
    monkeypatch.setattr(datasets.CIFAR10, "test_list", [test])
    monkeypatch.setattr(datasets.CIFAR10, "meta", {"filename": meta[0], "key": "label_names", "md5": meta[1]})
    found = library.load("CIFAR-10")
    np.testing.assert_array_equal(found.images["train"], drawn(20, 3, 32, 32).transpose(0, 2, 3, 1))
    assert found.class_names == tuple(names)


def test_what_is_not_there_is_not_downloaded_and_it_is_said_where_it_belongs(root):
    with pytest.raises(DatasetError, match=r"MNIST/raw/train-images-idx3-ubyte is missing.*--load mnist --download"):
        library.load("mnist")
    with pytest.raises(DatasetError, match=r"TinyImageNet is not at .*tiny-imagenet-200"):
        library.load("TinyImageNet")
    assert not root.exists()


def test_a_file_cut_short_is_told_of(root):
    for file in KNOWN["mnist"].files:
        idx(root / file, drawn(20, 28, 28) if "images" in file else labels_of(20), 8)
    cut = root / KNOWN["mnist"].files[0]
    cut.write_bytes(cut.read_bytes()[:-5])
    with pytest.raises(DatasetError, match=r"MNIST under .* can't be read: .* Delete its files"):
        library.load("mnist")


def test_names_are_known_in_every_spelling():
    asked = ["MNIST", "Fashion-MNIST", "fashion_mnist", "CIFAR-100", "PathMNIST", "PathMNIST_64", "tiny-imagenet-200"]
    wanted = ["mnist", "fashionmnist", "fashionmnist", "cifar100", "pathmnist", "pathmnist_64", "tinyimagenet"]
    assert [spelling.canonical(name) for name in asked] == wanted
    for other in ("my-MNIST", "./MNIST", "MNIST.npz", "mnist/raw", ""):
        assert spelling.canonical(other) == other
    assert [augments(name) for name in ("CIFAR-10", "cifar100", "TinyImageNet", "svhn", "mnist", "PathMNIST")] == [
        True, True, True, False, False, False,
    ]  # fmt: skip


def test_every_row_tells_licence_citation_size_and_whether_it_is_here(root):
    rows = {row["dataset"]: row for row in catalogue.catalogue()}
    for name in (*KNOWN, "cifar10", "cifar100", "tinyimagenet", "pathmnist"):
        row = rows[name]
        assert row["licence"], name
        assert row["citation"], name
        assert row["here"] is False, name
    assert rows["mnist"]["bytes"] == 70_000 * 28 * 28
    assert rows["svhn"]["bytes"] == 99_289 * 32 * 32 * 3
    assert rows["demo"]["here"] is None
    (root / "cifar-10-batches-py").mkdir(parents=True)
    assert all_sources()["cifar10"].here()


@pytest.fixture
def tiny(root):
    """A folder like TinyImageNet's: two classes, train in folders, val in a list, test without labels."""
    folder = root / tiny_imagenet.FOLDER

    def picture(path, value):
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((64, 64, 3), value, np.uint8)).save(path, quality=95)

    (folder / "val").mkdir(parents=True)
    lines = []
    for number, wnid in enumerate(("n02", "n01")):
        for i in range(3):
            picture(folder / "train" / wnid / "images" / f"{wnid}_{i}.JPEG", 100 + 50 * number + i)
        for i in range(4):
            picture(folder / "val" / "images" / f"val_{number}{i}.JPEG", 10 + 100 * number + i)
            lines.append(f"val_{number}{i}.JPEG\t{wnid}\t0\t0\t9\t9")
    picture(folder / "test" / "images" / "test_0.JPEG", 1)
    (folder / "val" / "val_annotations.txt").write_text("\n".join(lines))
    (folder / "wnids.txt").write_text("n02\nn01\n")
    (folder / "words.txt").write_text("n01\tgoldfish, Carassius auratus\nn02\tcrane\nn03\tcrane\n")
    return folder


def test_tiny_imagenet_is_read_by_its_name_and_by_its_folder(tiny):
    named, own = library.load("TinyImageNet"), library.load(str(tiny), 64)
    assert named.class_names == own.class_names == ("goldfish", "crane")
    for found in (named, own):
        assert found.labels["train"].tolist() == [0, 0, 0, 1, 1, 1]
        assert found.labels["val"].tolist() == found.labels["test"].tolist() == [0, 0, 1, 1]
        # grey pictures in colour files; the first of each class's pictures in the list is val's, the second test's
        assert abs(found.images["val"][0].astype(int) - 110).max() <= 1
        assert abs(found.images["test"][0].astype(int) - 111).max() <= 1
    assert any("1 picture of the official test split" in sentence for sentence in named.read_as)
    assert named.licence
    (tiny / "val" / "val_annotations.txt").write_text("gone.JPEG\tn01\t0\n")
    with pytest.raises(DatasetError, match=r"line 1: no picture 'gone.JPEG' of a class 'n01'"):
        tiny_imagenet.SOURCE.load(64)


def test_download_is_only_for_sets_that_are_not_read_by_downloading(root, monkeypatch):
    from click.testing import CliRunner

    from coreset_engine.cli.images import datasets as command
    from coreset_engine.datasets import torchvision_sets

    asked = []
    monkeypatch.setattr(
        torchvision_sets, "_builders", lambda name: [lambda folder, download: asked.append((name, download))]
    )
    refused = CliRunner().invoke(command, ["--load", "FashionMNIST", "--download"])
    assert asked == [("fashionmnist", True)]
    assert "is missing" in str(refused.exception)  # since nothing came
    for words in (["--download"], ["--load", "cifar10", "--download"], ["--load", "own.npz", "--download"]):
        assert "--download" in str(CliRunner().invoke(command, words).exception)
    assert cifar.peek_root() == root
