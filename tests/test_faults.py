"""Faults of the machine become one sentence with the advice that fits; defects of the program do not."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from coreset_engine.errors import ConfigError
from coreset_engine.executors import commands
from coreset_engine.faults import end_of, sentence_of, unwritable
from coreset_engine.training import checkpoints
from tests.browser import ROOT


def failed(number: int) -> OSError:
    return OSError(number, os.strerror(number), "/cache/x")


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.EROFS, "Read-only file system. Mount it for writing"),
        (errno.EACCES, "Permission denied. Allow this user to write there"),
        (errno.ENOSPC, "No space left on device. Free some space"),
        (errno.EDQUOT, "Disk quota exceeded. Delete something"),
        (errno.EMFILE, r"Too many open files. Raise the limit on open files \(`ulimit -n`\)"),
        (errno.EIO, "Input/output error. The disk or the network behind it fails"),
        (errno.ENOENT, "No such file or directory. Its folder is gone"),
        (errno.EFBIG, "File too large. Raise the limit on the size of files"),
    ],
)
def test_every_reason_has_its_own_advice(number, advice):
    import re

    assert re.fullmatch(f"The map can't be written: {advice}.*", unwritable("The map", failed(number)))


def test_a_library_that_hides_the_reason_is_seen_through():
    try:
        try:
            raise failed(errno.EROFS)
        except OSError:
            raise RuntimeError("writing failed")  # noqa: B904 - as libraries do
    except RuntimeError as error:
        assert "Mount it for writing" in unwritable("x", error)
    assert "Free some space" in unwritable("x", RuntimeError("write failed: errno = 28, error message = '...'"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_numpy_names_no_reason_where_the_disk_fills_while_it_writes():
    with open("/dev/full", "wb") as full, pytest.raises(OSError, match="requested and") as met:
        np.zeros(2**20, np.uint8).tofile(full)
    assert unwritable("x", met.value).startswith("x can't be written: No space left on device. Free some space")


MEMORY = [
    MemoryError(),
    np._core._exceptions._ArrayMemoryError((2**40,), np.dtype("f8")),
    RuntimeError("[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory: you tried"),
    OSError(errno.ENOMEM, os.strerror(errno.ENOMEM)),
]


@pytest.mark.parametrize("error", MEMORY)
def test_memory_that_ran_out_is_a_sentence(error):
    assert sentence_of(error).startswith("This can't be done here: memory ran out. Try a smaller batch")


def test_memory_of_a_gpu_is_called_so():
    assert "the GPU's memory ran out" in sentence_of(torch.cuda.OutOfMemoryError("CUDA out of memory. Tried 2 GiB"))


@pytest.mark.parametrize("error", [ValueError("x"), KeyError("x"), RuntimeError("shapes differ"), failed(errno.ENOENT)])
def test_a_defect_stays_one(error):
    assert sentence_of(error) == ""


def test_a_process_that_was_killed_is_explained():
    assert "probably since memory ran out" in end_of(-9)
    assert end_of(-11) == "was ended by SIGSEGV; try it again"


def test_a_command_that_is_killed_says_so_instead_of_nothing(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    real = subprocess.run
    kill = ["/bin/sh", "-c", "kill -9 $$"]
    monkeypatch.setattr(commands.subprocess, "run", lambda _, **given: real(kill, **given))
    with pytest.raises(ConfigError, match="memory ran out"):
        commands.answer(["runs"], 10, "too long")


@pytest.mark.parametrize(
    ("error", "code"), [("MemoryError()", 2), ("OSError(30, 'Read-only', 'x')", 2), ("KeyError(1)", 1)]
)
def test_the_command_line_turns_a_fault_into_a_sentence_and_leaves_a_defect(error, code, tmp_path):
    lines = f"""
from coreset_engine import store, __main__
def fail(*_): raise {error}
store.run_names = fail
import sys; sys.argv = ["x", "runs"]
__main__.main()
"""
    done = subprocess.run([sys.executable, "-c", lines], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    assert ("Traceback" in done.stderr) == (code == 1)
    assert done.stderr.startswith("Error: ") == (code == 2)


def test_a_checkpoint_where_nobody_can_write_keeps_the_systems_reason(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    with pytest.raises(Exception, match="A file stands where a folder is needed"):
        checkpoints.write(tmp_path / "file" / "x.pt", {"a": 1})
