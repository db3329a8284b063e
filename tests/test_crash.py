"""kill -9 of a real recording at random moments: resumed, it equals one that was never interrupted."""

import random
import subprocess
import sys

import pytest

from coreset_engine import store

EPOCHS = 60
_MAIN = [sys.executable, "-m", "coreset_engine"]
# the same command, with a checkpoint every 0.1 s instead of every 20 s
_OFTEN = "from coreset_engine.training import loop; loop.CHECKPOINT_SECONDS = 0.1; import coreset_engine.__main__ as m; m.main()"
_MAIN_OFTEN = [sys.executable, "-c", _OFTEN]


def command(main, phantom_file, run, *more):
    options = ["--architecture", "lenet", "--epochs", str(EPOCHS), "--batch-size", "64", "--seed", "4", "--device", "cpu"]
    return [*main, "record", "--dataset", str(phantom_file), *options, "--run", run, *more]


def kill_after(lines, arguments, draw):
    """Start a recording, kill it some moments after its `lines`-th epoch, and return the last line it wrote."""
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    last = ""
    for _ in range(lines):
        last = process.stderr.readline() or last
    try:
        process.wait(draw.random() * 0.08)
    except subprocess.TimeoutExpired:
        process.kill()
    process.wait()
    process.stderr.close()
    return last


def contents(cache, run):
    file = store.RunFile(cache / "runs" / run)
    rows = {name: file.read(name).tobytes() for name in file._arrays if not name.endswith("seconds")}
    return rows | {"model": (cache / "runs" / run / "model.safetensors").read_bytes()}


@pytest.fixture
def whole(phantom_file, cache):
    """The contents of a recording nobody disturbed."""
    subprocess.run(command(_MAIN, phantom_file, "whole"), check=True, capture_output=True)
    return contents(cache, "whole")


def test_one_kill_and_a_resume_give_the_bytes_of_an_undisturbed_recording(phantom_file, cache, whole):
    draw = random.Random(0)
    kill_after(12, command(_MAIN, phantom_file, "killed"), draw)
    found = store.verify("killed")
    assert 11 <= found["epochs_done"] < EPOCHS
    assert found["damaged"] == []
    subprocess.run(command(_MAIN, phantom_file, "killed", "--resume"), check=True, capture_output=True)
    assert contents(cache, "killed") == whole


def test_five_kills_with_checkpoints_give_the_bytes_of_an_undisturbed_recording(phantom_file, cache, whole):
    draw, done = random.Random(1), []
    for attempt in range(5):
        more = ["--resume"] if attempt else []
        kill_after(draw.randrange(2, 12), command(_MAIN_OFTEN, phantom_file, "killed", *more), draw)
        found = store.verify("killed")
        assert found["damaged"] == []
        done.append(found["epochs_done"])
    assert done[-1] > done[0]  # checkpoints carried it on
    subprocess.run(command(_MAIN, phantom_file, "killed", "--resume"), check=True, capture_output=True)
    assert store.verify("killed") == {"run": "killed", "epochs_done": EPOCHS, "epochs": EPOCHS, "damaged": []}
    assert contents(cache, "killed") == whole
