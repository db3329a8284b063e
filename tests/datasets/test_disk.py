"""The cached arrays on disk: several processes may write the same data set at once, and half an entry is none."""

import fcntl
import json
import mmap
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from coreset_engine import pieces
from coreset_engine.datasets import catalogue, disk, files, library, locked
from coreset_engine.errors import DatasetError

ROUNDS, WORKERS = 25, 3
# Waits for a line before each round, so that all processes start it together.
WORKER = """
import sys
from pathlib import Path
from coreset_engine.datasets import disk, files
images = files.read_medmnist_file(Path(sys.argv[1]))
print("ready", flush=True)
for line in sys.stdin:
    name = line.strip()
    kept = disk.keep(files.checked(**{**vars(images), "name": name}), name, "mark")
    print(kept.sha256, flush=True)
"""


@pytest.fixture
def images(phantom_file):
    return files.read_medmnist_file(phantom_file)


def test_processes_that_cache_the_same_set_at_once_do_not_collide(phantom_file, images):
    command = [sys.executable, "-c", WORKER, str(phantom_file)]
    root = Path(__file__).resolve().parents[2]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    workers = [subprocess.Popen(command, cwd=root, text=True, **pipes) for _ in range(WORKERS)]
    try:
        assert [worker.stdout.readline() for worker in workers] == ["ready\n"] * WORKERS
        for number in range(ROUNDS):
            for worker in workers:
                worker.stdin.write(f"set{number}\n")
                worker.stdin.flush()
            answers = [worker.stdout.readline() for worker in workers]
            assert answers == [f"{images.sha256}\n"] * WORKERS, [worker.communicate()[1] for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate()
    assert sorted(entry["name"] for entry in disk.entries()) == sorted(f"set{n}" for n in range(ROUNDS))
    folders = list(disk.paths.datasets_folder().iterdir())
    assert len(folders) == ROUNDS  # nothing half-written stays behind
    for folder in folders:
        np.testing.assert_array_equal(disk.read(folder).images["train"], images.images["train"])


def test_an_entry_without_its_description_is_written_again(images):
    disk.keep(images, "spec", "mark")
    folder = disk.folder_of(images.name, images.sha256)
    (folder / "dataset.json").unlink()
    (folder / "train_images.npy").write_bytes(b"cut short")
    kept = disk.keep(images, "spec", "mark")
    np.testing.assert_array_equal(kept.images["train"], images.images["train"])


def test_the_same_arrays_from_another_place_are_one_entry_that_names_the_later_place(images):
    disk.keep(images, "here", "1")
    disk.keep(images, "there", "2")
    assert [(entry["spec"], entry["fingerprint"]) for entry in disk.entries()] == [("there", "2")]


def test_folders_that_processes_are_still_writing_are_not_listed(images):
    disk.keep(images, "spec", "mark")
    facts = disk.entries()[0]
    part = disk.paths.datasets_folder() / ".part-x"
    part.mkdir()
    (part / "dataset.json").write_text(json.dumps(facts | {"name": "half"}))
    assert [entry["name"] for entry in disk.entries()] == [images.name]


def test_what_a_killed_process_was_writing_is_removed_and_what_a_living_one_writes_stays(images):
    root = disk.paths.datasets_folder()
    for name in (".part-dead", ".part-alive"):
        (root / name).mkdir(parents=True)
        (root / name / "train_images.npy").write_bytes(b"half")
    with locked(root / ".part-alive"):
        disk.keep(images, "own.npz", "mark")
        assert sorted(path.name for path in root.glob(".part-*")) == [".part-alive"]
    disk.keep(images, "own.npz", "another mark")
    assert not list(root.glob(".part-*"))


def test_a_locked_folder_is_free_again_afterwards_even_after_an_error(tmp_path):
    other = os.open(tmp_path, os.O_RDONLY)
    try:
        with pytest.raises(KeyError), locked(tmp_path):
            with pytest.raises(BlockingIOError):
                fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
            raise KeyError("an error")
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        os.close(other)
    assert list(tmp_path.iterdir()) == []


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
    assert any(row["dataset"] == "demo" and row["cached"] == ["demo"] for row in catalogue.catalogue())
    with pytest.raises(DatasetError, match="are damaged"):
        library.cached(images.name, images.sha256)


def test_a_full_disk_leaves_no_part_behind(own, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    with pytest.raises(DatasetError, match=r"The images of own .*No space"):
        library.load(str(own))
    assert list(library.paths.datasets_folder().iterdir()) == []


@pytest.mark.parametrize("limits", [(2**31, mmap.PAGESIZE), (mmap.PAGESIZE, 2**31)])
def test_images_in_one_file_and_in_many_are_one_entry_as_it_was_first_written(images, monkeypatch, limits):
    folder = disk.folder_of(images.name, images.sha256)
    seen = []
    for spec, limit in zip(("here", "there"), limits, strict=True):
        monkeypatch.setattr(pieces, "PIECE", limit)
        kept = disk.keep(images, spec, "mark")
        np.testing.assert_array_equal(kept.images["train"], images.images["train"])
        seen.append(sorted(file.name for file in folder.iterdir()))
    assert seen[0] == seen[1]
    assert ("train_images.npy" in seen[0]) == (limits[0] == 2**31)
    assert ("train_images.npy.001" in seen[0]) == (limits[0] < 2**31)
    (entry,) = disk.entries()
    assert entry["spec"] == "there"
    assert sorted([*entry["files"], "dataset.json"]) == seen[0]


@pytest.mark.parametrize("damage", ["gone", "changed"])
def test_one_damaged_file_of_many_is_named(images, monkeypatch, damage):
    monkeypatch.setattr(pieces, "PIECE", mmap.PAGESIZE)
    disk.keep(images, "spec", "mark")
    path = disk.folder_of(images.name, images.sha256) / "train_images.npy.002"
    content = path.read_bytes()
    path.unlink()
    if damage == "changed":
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(DatasetError, match=r"are damaged \(.*train_images\.npy\.002"):
        disk.read(path.parent)
