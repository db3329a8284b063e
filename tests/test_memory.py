"""What needs more memory than is free, or unpacks to far more than it stores, is refused before any of it is taken."""

import resource
import subprocess
import sys
import zipfile

import h5py
import numpy as np
import pytest

from coreset_engine import memory
from coreset_engine.arrays import read_npy, read_npz
from coreset_engine.errors import EngineError
from coreset_engine.store import read_foreign
from tests.browser import ROOT


@pytest.fixture
def system(tmp_path, monkeypatch):
    """The system's files, which say what a test writes into them."""
    for name in ("meminfo", "cgroup", "statm"):
        (tmp_path / name).write_text("")
    monkeypatch.setattr(memory, "_MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(memory, "_OWN_GROUP", tmp_path / "cgroup")
    monkeypatch.setattr(memory, "_GROUPS", tmp_path / "groups")
    (tmp_path / "groups" / "jobs" / "one").mkdir(parents=True)
    return tmp_path


def test_the_machine_says_what_is_free(system):
    (system / "meminfo").write_text("MemTotal: 9000 kB\nMemAvailable: 2000 kB\n")
    assert memory.free_bytes() == 2000 * 1024


def test_a_control_group_and_those_above_it_limit_that(system):
    (system / "meminfo").write_text("MemAvailable: 2000 kB\n")
    (system / "cgroup").write_text("0::/jobs/one\n")
    own, above = system / "groups" / "jobs" / "one", system / "groups" / "jobs"
    (own / "memory.max").write_text("max\n")
    (above / "memory.max").write_text("1000000\n")
    (above / "memory.current").write_text("700000\n")
    (above / "memory.stat").write_text("anon 5\ninactive_file 40000\n")
    assert memory.free_bytes() == 1_000_000 - 700_000 + 40_000


def test_control_groups_of_the_first_version_are_known(system):
    (system / "cgroup").write_text("5:cpu:/x\n4:memory:/jobs\n")
    folder = system / "groups" / "memory" / "jobs"
    folder.mkdir(parents=True)
    (folder / "memory.limit_in_bytes").write_text("500000")
    (folder / "memory.usage_in_bytes").write_text("100000")
    assert memory.free_bytes() == 400_000


def test_a_system_that_says_nothing_refuses_nothing(system):
    assert memory.free_bytes() is None
    memory.refuse_beyond("x", 2**60)


def test_the_limit_of_a_process_counts():
    lines = (
        "import resource; from coreset_engine import memory\n"
        "resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))\n"
        "print(memory.free_bytes())"
    )
    done = subprocess.run([sys.executable, "-c", lines], cwd=ROOT, capture_output=True, text=True, check=True)
    assert 0 < int(done.stdout) < 2**30
    assert resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY


@pytest.fixture
def little(monkeypatch):
    """3 MiB of memory are free."""
    monkeypatch.setattr(memory, "free_bytes", lambda: 3 * 2**20)


def test_the_sum_of_what_is_wanted_counts_and_both_numbers_are_said(tmp_path, little):
    np.savez(tmp_path / "a.npz", x=np.zeros(2**18), y=np.zeros(2**18), z=np.zeros(3))  # 2 MiB each
    with pytest.raises(EngineError, match=r"a\.npz needs 4\.0 MiB of memory, but only 3\.0 MiB are free"):
        read_npz(tmp_path / "a.npz")
    assert read_npz(tmp_path / "a.npz", ["x", "z"])["x"].nbytes == 2**21


def test_hdf5_has_the_same_budget(tmp_path, little):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["labels"] = np.zeros(2**18, np.int64)
        file["logits"] = np.zeros((1, 2**18, 2), np.float32)
    with pytest.raises(EngineError, match=r"a\.h5 needs 4\.0 MiB of memory, but only 3\.0 MiB are free"):
        read_foreign(tmp_path / "a.h5")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, zipfile.ZIP_DEFLATED])
def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path, method, monkeypatch):
    monkeypatch.setattr(memory, "UNPACKED_FREELY", 2**20)
    np.save(tmp_path / "x.npy", np.zeros(2**20))
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w", method) as archive:
        archive.write(tmp_path / "x.npy", "x.npy")
    monkeypatch.setattr(zipfile.ZipFile, "open", None)
    with pytest.raises(EngineError, match=r"declares 8,388,736 bytes but stores [\d,]+, over 1,000 times less"):
        read_npz(tmp_path / "bomb.npz")


def test_two_members_of_one_name_are_refused(tmp_path):
    np.save(tmp_path / "x.npy", np.zeros(3))
    for names in (("x.npy", "x.npy"), ("x.npy", "x")):
        with zipfile.ZipFile(tmp_path / "twice.npz", "w") as archive, pytest.MonkeyPatch.context() as patch:
            patch.setattr("warnings.warn", lambda *_, **__: None)  # zipfile's own, of the second one
            for name in names:
                archive.write(tmp_path / "x.npy", name)
        with pytest.raises(EngineError, match="two members named 'x'"):
            read_npz(tmp_path / "twice.npz")


def test_a_header_as_long_as_a_bomb_is_not_read(tmp_path):
    content = b"\x93NUMPY\x02\x00" + (2**24).to_bytes(4, "little") + b" " * 2**24
    with zipfile.ZipFile(tmp_path / "long.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", content)
    with pytest.raises(EngineError, match="a header of 16,777,216 bytes"):
        read_npz(tmp_path / "long.npz")


def test_text_of_numbers_that_are_no_letters_is_refused(tmp_path):
    np.save(tmp_path / "x.npy", np.array([0xFFFFFFFF], np.uint32).view("<U1"))
    with pytest.raises(EngineError, match="no letters"):
        read_npy(tmp_path / "x.npy")


def test_a_sparse_npy_is_refused_by_its_size(tmp_path, little):
    with open(tmp_path / "x.npy", "wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<i8", "fortran_order": False, "shape": (2**30,)})
        file.truncate(file.tell() + 2**33)
    with pytest.raises(EngineError, match=r"needs 8\.0 GiB of memory"):
        read_npy(tmp_path / "x.npy")
