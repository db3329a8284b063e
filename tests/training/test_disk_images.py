"""Images larger than memory: the same training to the bit, in the memory that was stated."""

import mmap
import tracemalloc

import numpy as np
import pytest
import torch

from coreset_engine import memory, pieces, pipeline, results, spill, store
from coreset_engine.arrays import read_npz
from coreset_engine.datasets import library
from coreset_engine.errors import EngineError
from coreset_engine.training import batches, disk_images
from tests.conftest import record

CPU = torch.device("cpu")


def everything_of(cache):
    """The rows of run `tiny`, its network and what retraining on half of it reaches."""
    record("tiny", cache / "images.npz", 2, batch_size=32)
    asked = pipeline.RetrainingRequest("tiny", ("random",), (0.5,), seeds=(0,), epochs=1, device="cpu")
    list(pipeline.retrain(asked))
    file = store.RunFile(cache / "runs" / "tiny")
    found = {
        name: file.read(f"epochs/{name}").tobytes() for name in ("error_norm", "prediction", "train_loss", "val_loss")
    }
    figures = [row["test_acc_last"] for row in results.rows()]
    return found, (cache / "runs" / "tiny" / "model.safetensors").read_bytes(), figures


def test_a_set_that_memory_does_not_bear_is_recorded_and_retrained_to_the_same_bit(phantom_file, tmp_path, monkeypatch):
    found = []
    for budget in ("", "4 KiB"):  # an image has 784 bytes; a quarter of 4 KiB bears one
        monkeypatch.setenv("CORESET_CACHE", str(tmp_path / f"cache{budget}"))
        monkeypatch.setenv("CORESET_MEMORY", budget)
        monkeypatch.setattr(pieces, "PIECE", mmap.PAGESIZE if budget else 2**31)  # the second set lies in many files
        (tmp_path / f"cache{budget}").mkdir()
        (tmp_path / f"cache{budget}" / "images.npz").write_bytes(phantom_file.read_bytes())
        found.append(everything_of(tmp_path / f"cache{budget}"))
    assert found[0] == found[1]
    images = library.load(str(tmp_path / "cache4 KiB" / "images.npz"))
    assert not batches.put_on(CPU, images.images["train"], images.labels["train"]).is_held
    assert len(list(tmp_path.glob("cache4 KiB/datasets/*/train_images.npy.*"))) > 10


@pytest.fixture
def map_of_16_mib(tmp_path):
    """A map of 4,096 images of 64 x 64 px on the disk, each of one value, and their rows' labels."""
    images = np.lib.format.open_memmap(tmp_path / "images.npy", "w+", np.uint8, (4096, 64, 64))
    images[:] = (np.arange(4096) % 251)[:, None, None]
    images.flush()
    return np.load(tmp_path / "images.npy", mmap_mode="r"), np.arange(4096) % 251


def test_an_epoch_over_16_mib_takes_a_few_batches_of_memory(map_of_16_mib, monkeypatch):
    images, labels = map_of_16_mib
    monkeypatch.setenv("CORESET_MEMORY", "2 MiB")
    monkeypatch.setattr(disk_images, "AHEAD_BYTES", 2**18)  # a batch of 32 has 128 KiB
    split = batches.put_on(CPU, images, labels)
    order = torch.from_numpy(np.random.default_rng(0).permutation(4096))
    tracemalloc.start()
    split.expect(order.split(32))
    # slices of `order` are made anew, as a training makes them
    right = all((split.images[order[at : at + 32]] == split.labels[order[at : at + 32]][:, None, None, None]).all()
                for at in range(0, 4096, 32))  # fmt: skip
    shown = torch.cat([part[:, 0, 0, 0].clone() for part in split.images.split(256)])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert right
    assert shown.tolist() == labels.tolist()
    assert peak < 4 * 2**20  # of 256 images of 4 KiB each: those looked at, those before, and the next


def test_batches_that_nobody_expected_are_right_too(map_of_16_mib, monkeypatch):
    images, labels = map_of_16_mib
    monkeypatch.setenv("CORESET_MEMORY", "64 KiB")
    some = batches.put_on(CPU, images, labels).take(np.arange(10, 110))
    assert not some.is_held
    some.expect([torch.tensor([1, 2])])
    assert some.images[torch.tensor([3, 0])][:, 0, 0, 0].tolist() == [13, 10]
    assert some.take(np.array([5, 6])).images[:, 0, 0, 0].tolist() == [15, 16]  # 8 KiB are held
    assert (len(some), some.images.shape) == (100, (100, 1, 64, 64))


@pytest.mark.parametrize(
    ("text", "stated"), [("", None), ("2 GiB", 2**31), ("512m", 2**29), ("1.5K", 1536), ("70", 70)]
)
def test_memory_is_stated_in_the_usual_ways(monkeypatch, text, stated):
    monkeypatch.setenv("CORESET_MEMORY", text)
    assert memory.stated_bytes() == stated


@pytest.mark.parametrize("text", ["much", "-1", "0", "2 GiB more"])
def test_memory_that_is_no_amount_is_refused_in_one_sentence(monkeypatch, text):
    monkeypatch.setenv("CORESET_MEMORY", text)
    with pytest.raises(EngineError, match="is no amount of memory"):
        memory.room_bytes()


def test_a_compressed_file_larger_than_memory_is_unpacked_onto_the_disk(tmp_path, monkeypatch):
    values = np.random.default_rng(0).integers(0, 256, (100, 8, 8), np.uint8)
    np.savez_compressed(tmp_path / "a.npz", values=values, few=np.arange(3))
    monkeypatch.setenv("CORESET_MEMORY", "1 KiB")
    found = read_npz(tmp_path / "a.npz", spilling=True)
    assert [type(found[name]) for name in ("values", "few")] == [np.memmap, np.ndarray]
    np.testing.assert_array_equal(found["values"], values)
    monkeypatch.setattr(spill.os, "posix_fallocate", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left")))
    with pytest.raises(EngineError, match="No space left"):
        read_npz(tmp_path / "a.npz", spilling=True)


def test_what_is_unpacked_onto_the_disk_takes_no_file_above_the_limit(tmp_path, monkeypatch):
    values = np.random.default_rng(0).integers(0, 2**16, (3000, 5), np.uint16)  # 30,000 bytes, which no row divides
    np.savez_compressed(tmp_path / "a.npz", values=values)
    monkeypatch.setenv("CORESET_MEMORY", "1 KiB")
    monkeypatch.setattr(pieces, "PIECE", mmap.PAGESIZE)
    taken, allocate = [], spill.os.posix_fallocate
    monkeypatch.setattr(
        spill.os, "posix_fallocate", lambda file, start, size: taken.append(size) or allocate(file, start, size)
    )
    found = read_npz(tmp_path / "a.npz", spilling=True)["values"]
    np.testing.assert_array_equal(found, values)
    assert sum(taken) == 30_000
    assert max(taken) == mmap.PAGESIZE
    found[7:2000] = 3  # folders move their pictures forwards in place
    assert (found[7:2000] == 3).all()
    np.testing.assert_array_equal(found[2000:], values[2000:])
