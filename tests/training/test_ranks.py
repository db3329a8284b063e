"""Recording in several processes: real ones, on the CPU, started by torchrun or as torchrun starts them."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from coreset_engine import paths, pipeline, results, store
from coreset_engine.config import Recipe
from coreset_engine.training.place import Place, place
from coreset_engine.training.ranks import share_of

ROOT = Path(__file__).resolve().parents[2]
SIGNALS = ("error_norm", "target_probability", "margin", "loss")


# Imports once what torchrun would import in itself and in each process, seconds of the processor's time; then runs the
# command line in so many forks for every line of stdin, each told its rank as torchrun tells it.
_FORKS = """
import json, os, sys
import torch._dynamo, coreset_engine.__main__ as main
from coreset_engine.cli import record
from coreset_engine.pipeline import recording
from coreset_engine.training import energy, ranks, recorder
answers = os.fdopen(os.dup(1), "w")
for line in sys.stdin:
    sys.argv, count, files, more = json.loads(line)
    children = []
    for rank in range(count):
        children.append(os.fork())
        if not children[-1]:
            os.environ |= more | {"RANK": str(rank), "LOCAL_RANK": str(rank)}
            for number, file in enumerate(files, 1):
                os.dup2(os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT), number)
            main.main()
    print(*(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children), file=answers, flush=True)
"""


@pytest.fixture(scope="module")
def forks():
    """The process that forks others; one for the tests of this file."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", _FORKS], text=True, cwd=ROOT, **pipes) as process:
        yield process
        process.stdin.close()


@pytest.fixture
def together(forks, tmp_path):
    """Run a command of torchrun in forks and return their exit codes, and what all wrote to stdout and stderr."""

    def run(words):
        count, words = words[words.index("--nproc-per-node") + 1], words[words.index("--") + 1 :]
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = str(free.getsockname()[1])
        more = {"WORLD_SIZE": count, "LOCAL_WORLD_SIZE": count, "TORCHELASTIC_RUN_ID": "none"}
        more |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "CORESET_CACHE": os.environ["CORESET_CACHE"]}
        files = [str(tmp_path / name) for name in ("out", "err")]
        print(json.dumps([words, int(count), files, more]), file=forks.stdin, flush=True)
        codes = list(map(int, forks.stdout.readline().split()))
        return codes, *(Path(file).read_text() for file in files)

    return run


def command(processes, images, run, architecture, epochs, batch, *more):
    options = ["--architecture", architecture, "--epochs", epochs, "--batch-size", batch, "--lr", "0.02", "--seed", "4"]
    launcher = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", processes, "-m", "--"]
    return list(
        map(
            str,
            [
                *launcher,
                "coreset_engine",
                "record",
                "--dataset",
                images,
                *options,
                "--device",
                "cpu",
                "--run",
                run,
                *more,
            ],
        )
    )


def record_alone(images, run, architecture, epochs, batch, augment=False):
    recipe = Recipe(epochs=epochs, batch_size=batch, learning_rate=0.02, augment=augment)
    pipeline.record(pipeline.RecordingRequest(run, str(images), architecture, recipe, seed=4, device="cpu"))


def assert_close(run, other, tolerance):
    files = [store.RunFile(paths.run_folder(name)) for name in (run, other)]
    for name in SIGNALS:
        np.testing.assert_allclose(*(file.read(f"epochs/{name}") for file in files), rtol=0, atol=tolerance)


def test_shares_hold_every_place_once_and_some_hold_none():
    assert [share_of(2, rank, 3) for rank in range(3)] == [slice(0, 0), slice(0, 1), slice(1, 2)]
    assert [share_of(7, rank, 2) for rank in range(2)] == [slice(0, 3), slice(3, 7)]
    for length in range(9):
        seen = [row for rank in range(4) for row in range(length)[share_of(length, rank, 4)]]
        assert seen == list(range(length))


def test_a_process_that_torchrun_did_not_start_trains_alone(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "4")
    monkeypatch.setenv("RANK", "1")
    assert place() == Place(0, 1, 0, 1)


def test_three_processes_write_what_one_writes_although_the_last_batch_has_two_samples(phantom_file, cache, together):
    record_alone(phantom_file, "alone", "lenet", 3, 66)
    codes, out, err = together(command(3, phantom_file, "shared", "lenet", 3, 66))
    assert codes == [0, 0, 0], err
    assert out.count("recorded as 'shared'") == 1
    assert err.count("epoch 3/3") == 1
    assert store.verify("shared") == {"run": "shared", "epochs_done": 3, "epochs": 3, "damaged": []}
    assert_close("alone", "shared", 1e-5)
    losses = [store.load_run(run).val_loss for run in ("alone", "shared")]
    np.testing.assert_allclose(*losses, rtol=1e-4)
    names = [{path.name for path in paths.run_folder(run).iterdir()} for run in ("alone", "shared")]
    assert names[0] == names[1]


def test_batch_normalisation_and_augmentation_are_those_of_the_whole_batch(phantom_file, cache, together):
    record_alone(phantom_file, "alone", "resnet8", 1, 67, augment=True)
    codes, _, err = together(command(2, phantom_file, "shared", "resnet8", 1, 67, "--augment"))
    assert codes == [0, 0], err
    alone, shared = (store.RunFile(paths.run_folder(run)).read("epochs/loss")[0] for run in ("alone", "shared"))
    order = np.random.default_rng([4, 1]).permutation(200)  # by seed and epoch
    for number, rows in enumerate((order[:67], order[67:134], order[134:])):
        # rounding grows tenfold with each of these first updates; statistics of a share alone would be off at once
        np.testing.assert_allclose(shared[rows], alone[rows], rtol=0, atol=1e-4 * 10**number)


def test_a_killed_process_ends_all_with_a_sentence_and_the_run_goes_on(phantom_file, cache):
    process = subprocess.Popen(
        command(2, phantom_file, "killed", "lenet", 400, 32), cwd=ROOT, stderr=subprocess.PIPE, text=True
    )
    for line in process.stderr:
        if "epoch 2/" in line:
            break
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    by_rank = {_rank(child): int(child) for child in children}
    os.kill(by_rank["1"], signal.SIGKILL)
    told = process.stderr.read()
    process.wait()
    process.stderr.close()
    assert told.count("Error: Another process of this training ended") == 1
    found = store.verify("killed")
    assert found["damaged"] == []
    assert 2 <= found["epochs_done"] < 400


_EAGER = """
from coreset_engine.training import trainer
trainer.CHECKPOINT_SECONDS = 0
from coreset_engine.__main__ import main
main()
"""


@pytest.mark.hard
def test_a_training_whose_process_was_killed_goes_on_to_the_file_of_one_that_was_not(
    phantom_file, cache, tmp_path, monkeypatch
):
    eager = tmp_path / "eager.py"  # keeps a checkpoint after every epoch, not after 20 s
    eager.write_text(_EAGER)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    whole = subprocess.run(command(2, phantom_file, "whole", "lenet", 40, 66), cwd=ROOT, capture_output=True, text=True)
    assert whole.returncode == 0, whole.stderr
    given = command(2, phantom_file, "begun", "lenet", 40, 66)
    at = given.index("-m", 2)
    given[at : given.index("coreset_engine") + 1] = ["--", str(eager)]
    process = subprocess.Popen(given, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if "epoch 5/" in line:
            break
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill({_rank(child): int(child) for child in children}["1"], signal.SIGKILL)
    process.stderr.read()
    assert process.wait() != 0
    process.stderr.close()
    assert 5 <= store.verify("begun")["epochs_done"] < 40
    done = subprocess.run([*given, "--resume"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "epoch 4/40" not in done.stderr
    assert_close("whole", "begun", 0.0)
    names = [{path.name for path in paths.run_folder(run).iterdir()} for run in ("whole", "begun")]
    assert names[0] == names[1]


def _rank(child):
    """The rank in a process's environment, "" where it has none."""
    found = re.search(r"\x00RANK=(\d+)", "\0" + Path(f"/proc/{child}/environ").read_text())
    return found[1] if found else ""


def test_a_run_that_one_process_began_goes_on_with_two(phantom_file, cache, together):
    record_alone(phantom_file, "whole", "lenet", 4, 66)
    recipe = Recipe(epochs=4, batch_size=66, learning_rate=0.02)
    with pytest.raises(Exception, match="stopped after epoch 2"):
        asked = iter([False, True])
        request = pipeline.RecordingRequest("begun", str(phantom_file), "lenet", recipe, seed=4, device="cpu")
        pipeline.record(request, should_stop=lambda: next(asked))
    codes, _, err = together(command(2, phantom_file, "begun", "lenet", 4, 66, "--resume"))
    assert codes == [0, 0], err
    assert "epoch 2/4" not in err
    assert_close("whole", "begun", 1e-5)


def test_the_command_of_the_documentation_records(phantom_file, cache):
    text = (ROOT / "docs" / "experiments.md").read_text(encoding="utf-8")
    line = re.search(r"^python (-m torch\.distributed\.run .*)$", text, re.MULTILINE)[1]
    assert " --dataset demo " in line
    words = shlex.split(line.replace(" demo ", f" {phantom_file} "))  # fewer images than the demo's
    done = subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert store.verify("shared")["epochs_done"] == 2
    assert len(results.rows()) == 1
