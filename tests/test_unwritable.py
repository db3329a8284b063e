"""A cache that is read-only or full: every command that must write says so in one sentence, all others and pages work."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from tests.browser import ROOT
from tests.unwritable import COMMANDS

READING = ("datasets", "jobs", "methods", "results", "runs", "sample", "score", "select", "suspects", "verify", "area")
WRITING = sorted(set(COMMANDS) - set(READING) - {"estimate"})
ADVICE = {
    "read-only": ("Mount it for writing", "Free some space"),
    "full": ("Free some space", "Mount it for writing"),
}


@pytest.fixture(scope="module", params=["read-only", "full"])
def told(request, explored_once, tmp_path_factory):
    """How the mount is, and what commands and pages said on it."""
    can = subprocess.run(["unshare", "-m", "sh", "-c", "mount -t tmpfs tmpfs /mnt"], capture_output=True, check=False)
    if can.returncode:
        pytest.skip("needs the right to mount")
    folder = tmp_path_factory.mktemp(request.param)
    cache = shutil.copytree(explored_once, folder / "cache")
    child = [sys.executable, "-m", "tests.unwritable", request.param, str(cache), str(folder)]
    done = subprocess.run(
        ["unshare", "-m", *child],
        cwd=ROOT,
        env=os.environ | {"CORESET_CACHE": str(cache)},
        capture_output=True,
        text=True,
        check=True,
    )
    return request.param, json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", WRITING)
def test_a_command_that_must_write_ends_with_one_sentence_that_fits(told, name):
    how, said = told
    found = said["commands"][name]
    right, wrong = ADVICE[how]
    last = found["err"].strip().splitlines()[-1]
    assert (found["code"], "Traceback" in found["err"]) == (2, False), found
    assert last.startswith("Error: ")
    assert right in last
    assert wrong not in last


@pytest.mark.parametrize("name", READING)
def test_a_command_that_only_reads_does_so(told, name):
    _, said = told
    found = said["commands"][name]
    assert (found["code"], found["err"]) == (0, "")


def test_every_page_is_drawn(told):
    _, said = told
    assert {file: page for file, page in said["pages"].items() if page["exceptions"] or page["errors"]} == {}
