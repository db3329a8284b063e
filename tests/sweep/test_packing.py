"""Trainings that share GPUs: as many as fit and together train faster, each kept on its GPU. No GPU is needed here."""

import sys
from collections import Counter

import pytest

from coreset_engine import results
from coreset_engine.pipeline.requests import SweepRequest
from coreset_engine.sweep import gpus
from coreset_engine.sweep.executors import local
from coreset_engine.sweep.gpus import Gpu
from coreset_engine.sweep.packing import Packing

GB = 10**9


def settled(seconds_of, *, free=40 * GB, taken=3 * GB, most=16, gpus=1):
    """The trainings per GPU in the end, where an epoch beside k - 1 others takes `seconds_of(k)` seconds."""
    packing = Packing([Gpu(str(number), free) for number in range(gpus)], most)
    for _ in range(40):
        for slot in range(packing.count):
            busy, seconds = packing.count, seconds_of(packing.per_device)
            packing.hear(slot, "lenet 0.1", taken=taken, seconds=seconds, first=False, busy=busy)
    return packing.per_device


def test_as_many_trainings_share_a_gpu_as_fit_and_are_faster_together():
    # nine tenths of 40 GB hold 12 of 3 GB, so 8 is the last doubling that fits; of 40 GB with 12 GB each, 2
    assert settled(lambda k: 1.0) == 8
    assert settled(lambda k: 1.0, taken=12 * GB) == 2
    assert settled(lambda k: 1.0, most=4, gpus=2) == 4
    # twice as many at twice the time is no gain, four at 2.2 times the time of two is a loss
    assert settled(float) == 1
    assert settled(lambda k: {1: 1.0, 2: 1.2, 4: 2.64}[k]) == 2
    # where nothing is known of memory, nothing is shared
    assert settled(lambda k: 1.0, taken=0) == settled(lambda k: 1.0, free=0) == 1


def test_a_larger_training_and_a_lost_worker_make_fewer_and_what_is_told_stays():
    packing = Packing([Gpu("0", 40 * GB)], 16)
    for _ in range(3):
        packing.hear(0, "lenet 0.1", taken=3 * GB, seconds=1.0, first=False, busy=1)
    assert packing.per_device == 2
    packing.lose()
    assert packing.per_device == 1
    # while it is found out how many are fastest, a lost worker leaves half, which were measured; afterwards one less
    probing = Packing([Gpu("0", 40 * GB)], 16)
    for _ in range(20):
        for slot in range(probing.count):
            if probing.per_device < 8:
                probing.hear(slot, "lenet 0.1", taken=3 * GB, seconds=1.0, first=False, busy=probing.count)
    assert probing.per_device == 8
    probing.lose()
    assert probing.per_device == 4
    probing.lose()
    assert probing.per_device == 3
    told = Packing([Gpu("0", 40 * GB), Gpu("1", 40 * GB)], 16, 3)
    told.hear(0, "lenet 0.1", taken=39 * GB, seconds=1.0, first=False, busy=6)
    told.lose()
    assert (told.count, told.environment(3)) == (6, {"CUDA_VISIBLE_DEVICES": "1"})


@pytest.fixture
def driver_of_two(tmp_path, monkeypatch):
    """A driver that tells of two GPUs."""
    file = tmp_path / "nvidia-smi"
    file.write_text("#!/bin/sh\necho '0, GPU-aa, 8000'\necho '1, GPU-bb, 6000'\n")
    file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")


def test_gpus_are_those_that_may_be_seen_with_what_the_driver_says_is_free(driver_of_two, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-bb,0,7")
    assert gpus.found("auto") == [Gpu("GPU-bb", 6000 << 20), Gpu("0", 8000 << 20), Gpu("7", 0)]
    assert gpus.found("cpu") == []
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    assert gpus.found("auto") == []
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    monkeypatch.setattr(gpus, "names", lambda device: ["0", "1"])
    assert gpus.found("cuda") == [Gpu("GPU-aa", 8000 << 20), Gpu("GPU-bb", 6000 << 20)]


WORKER = """#!{python}
import json, os, sys, time
open({log!r}, "a").write(os.environ["CUDA_VISIBLE_DEVICES"] + "\\n")
while len(open({log!r}).read().split()) < 2:
    time.sleep(0.01)  # for the other one, which may be slow to start: alone this one would train all cells
for number, line in enumerate(sys.stdin):
    for epoch in range(1, 9):
        time.sleep(0.02)
        print(json.dumps({{"epoch": epoch, "epochs": 8, "seconds": 0.02, "bytes": 2 << 30}}), flush=True)
    print(json.dumps({{"key": "row"}}), flush=True)
"""


def test_a_sweep_on_two_gpus_keeps_each_worker_on_one_and_adds_some_as_long_as_that_is_faster(
    driver_of_two, tmp_path, monkeypatch
):
    log, file = tmp_path / "devices", tmp_path / "python"
    file.write_text(WORKER.format(python=sys.executable, log=str(log)))
    file.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(file))
    monkeypatch.setattr(results, "get", lambda key: {"key": key})
    monkeypatch.setattr(local, "slots_here", lambda: 16)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    request = SweepRequest("tiny", ("aum",), (0.1,), architectures=("lenet",), training_seeds=tuple(range(12)))
    with local.EXECUTOR.open(request, cells=12) as pool:
        assert pool.count == 2
        outcomes = list(pool.train(request.cells(12), watch=lambda *_: None, should_stop=lambda: False, note={}))
        # nine tenths of 6000 MiB hold two of 2 GiB
        assert pool.count == 4
    assert {outcome.row["key"] for outcome in outcomes} == {"row"}
    assert Counter(log.read_text().split()) == {"0": 2, "1": 2}


HUNGRY = """#!{python}
import json, os, pathlib, sys, time
seats = pathlib.Path({seats!r})
mine = seats / str(os.getpid())
mine.touch()
try:
    for line in sys.stdin:
        time.sleep(0.05)
        if json.loads(line)["item"]["seed"] == 1 and len(list(seats.iterdir())) > 1:
            sys.exit(1)
        print(json.dumps({{"key": "row"}}), flush=True)
finally:
    mine.unlink()
"""


@pytest.mark.parametrize("tries", [2, 3])  # of 2 the last one begins in a slot whose idle worker was just ended
def test_a_training_that_needs_all_the_memory_is_tried_alone_at_last(tries, tmp_path, monkeypatch):
    monkeypatch.setattr(local, "TRIES", tries)
    file, seats = tmp_path / "python", tmp_path / "seats"
    seats.mkdir()
    file.write_text(HUNGRY.format(python=sys.executable, seats=str(seats)))
    file.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(file))
    monkeypatch.setattr(results, "get", lambda key: {"key": key})
    monkeypatch.setattr(local, "_BUSY_SECONDS", 0.01)
    request = SweepRequest("tiny", ("aum",), (0.1,), architectures=("lenet",), training_seeds=tuple(range(30)), slots=3)
    with local.EXECUTOR.open(request, cells=30) as pool:
        outcomes = list(pool.train(request.cells(12), watch=lambda *_: None, should_stop=lambda: False, note={}))
    assert len(outcomes) == 30
    assert [outcome.error for outcome in outcomes if outcome.row is None] == []
