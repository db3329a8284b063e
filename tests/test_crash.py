"""kill -9 of a real recording at random moments: resumed, it equals one that was never interrupted."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest

from coreset_engine import pipeline, store
from coreset_engine.config import Recipe

EPOCHS = 40

# Imports once, then runs the command line in a fork for every list of arguments on stdin; checkpoints every 0.1 s.
_NURSERY = """
import json, os, sys
import torch._dynamo, coreset_engine.__main__ as main
from coreset_engine.training import trainer
trainer.CHECKPOINT_SECONDS = 0.1
for line in sys.stdin:
    child = os.fork()
    if not child:
        sys.argv = json.loads(line)
        main.main()
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def arguments(phantom_file, run, *more):
    options = ["--architecture", "lenet", "--epochs", str(EPOCHS), "--batch-size", "64", "--lr", "0.02", "--seed", "4"]
    return ["record", "--dataset", str(phantom_file), *options, "--run", run, "--device", "cpu", *more]


def contents(cache, run):
    """Every byte of a run that has nothing to do with time."""
    file = store.RunFile(cache / "runs" / run)
    rows = {name: file.read(name).tobytes() for name in file._arrays if not name.endswith(("seconds", "metrics_crc32"))}
    return rows | {"model": (cache / "runs" / run / "model.safetensors").read_bytes()}


@pytest.fixture(scope="module")
def whole(phantom_file, tmp_path_factory):
    """The contents of a recording nobody disturbed."""
    cache = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CORESET_CACHE", str(cache))
        recipe = Recipe(epochs=EPOCHS, batch_size=64, learning_rate=0.02)
        pipeline.record(pipeline.RecordingRequest("whole", str(phantom_file), "lenet", recipe, seed=4, device="cpu"))
    return contents(cache, "whole")


def test_one_kill_and_a_resume_give_the_bytes_of_an_undisturbed_recording(phantom_file, cache, whole):
    command = [sys.executable, "-m", "coreset_engine", *arguments(phantom_file, "killed")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    for _ in range(12):
        process.stderr.readline()
    time.sleep(random.Random(0).random() * 0.05)
    process.kill()
    process.communicate()
    found = store.verify("killed")
    assert 11 <= found["epochs_done"] < EPOCHS
    assert found["damaged"] == []
    pipeline.record(pipeline.RecordingRequest.of_run("killed"), resume=True)
    assert contents(cache, "killed") == whole


@pytest.fixture
def nursery():
    """A process that starts recordings without importing torch each time."""
    process = subprocess.Popen(
        [sys.executable, "-c", _NURSERY],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


def test_six_kills_with_checkpoints_give_the_bytes_of_an_undisturbed_recording(phantom_file, cache, whole, nursery):
    draw, done = random.Random(1), []
    for attempt in range(6):
        more = ["--resume"] if attempt else []
        print(json.dumps(["coreset_engine", *arguments(phantom_file, "killed", *more)]), file=nursery.stdin, flush=True)
        child = int(nursery.stdout.readline())
        for _ in range(draw.randrange(3, 7)):
            nursery.stderr.readline()
        time.sleep(draw.random() * 0.05)
        os.kill(child, signal.SIGKILL)
        assert nursery.stdout.readline() == "-9\n"
        found = store.verify("killed")
        assert found["damaged"] == []
        done.append(found["epochs_done"])
    assert done[-1] > done[0]  # checkpoints carried it on
    pipeline.record(pipeline.RecordingRequest.of_run("killed"), resume=True)
    assert store.verify("killed") == {"run": "killed", "epochs_done": EPOCHS, "epochs": EPOCHS, "damaged": []}
    assert contents(cache, "killed") == whole
