"""The first signal ends a command at once where no epoch is under way: it waits, downloads, hashes or reads."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest
from PIL import Image

from coreset_engine import store
from coreset_engine.executors import local, table
from coreset_engine.executors.base import ENVIRONMENT
from tests.browser import ROOT
from tests.cli.helpers import MAIN

EARLY = "Interrupted: stopped before its end; nothing half-written is kept.\n"
# a FIFO stands for a file on a disk that does not answer; a short patience, so that the test need not wait long
_RUN = """
import sys, pathlib
import coreset_engine.__main__ as main, coreset_engine.cli.process as process
process.PATIENCE = 2
{}
sys.argv = ["x", "record", "--run", "own", "--architecture", "lenet", "--dataset", sys.argv[1]]
main.main()
"""
_FIFO = "pathlib.Path.is_file = lambda path: path.exists() and not path.is_dir()"


def begun(code, dataset, **environment):
    words = [sys.executable, "-c", _RUN.format(code), str(dataset)]
    return subprocess.Popen(
        words, cwd=ROOT, env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )


def ended(process, sign):
    """Signal a process once and check that it ends with 130 and one sentence."""
    process.send_signal(sign)
    _, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (130, EARLY)


def opened_for_reading(path, process, seconds=120):
    """Wait until a process reads a FIFO; return the end that is written to."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:  # nobody reads it yet
            time.sleep(0.05)
    return pytest.fail(f"{path} was not read: {process.communicate()[1]}")


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_while_it_waits_for_its_turn(cache, sign):
    with table.entering("local", ["methods"], "first") as first:
        lock = local._new_lock(first)  # it lives as long as this is open
    with table.entering("local", ["methods"], "second") as second:
        own = local._new_lock(second)
    process = subprocess.Popen(
        [*MAIN, "methods"], cwd=ROOT, env=os.environ | {ENVIRONMENT: str(second)}, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 60
    while "waits for job" not in table.row(second).message and time.monotonic() < deadline:
        time.sleep(0.05)
    assert table.row(second).message == f"waits for job {first}"
    ended(process, sign)
    assert (table.row(second).state, table.row(second).message) == ("interrupted", EARLY[13:-2])
    os.close(lock)
    os.close(own)


@pytest.fixture
def stalled():
    """The address of a server that sends the first bytes of a file and then no more, and what tells that it has."""
    sent, listener = threading.Event(), socket.create_server(("127.0.0.1", 0))
    held = []

    def serve():
        connection, _ = listener.accept()
        held.append(connection)
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n" + bytes(100_000))
        sent.set()

    threading.Thread(target=serve, daemon=True).start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/file.npz", sent
    for connection in (*held, listener):
        connection.close()


def test_it_ends_while_it_downloads_and_no_part_has_the_final_name(cache, tmp_path, stalled):
    address, sent = stalled
    code = f"import medmnist; medmnist.INFO['breastmnist']['url'] = {address!r}"
    process = begun(code, "breastmnist", MEDMNIST_ROOT=str(tmp_path / "sets"))
    assert sent.wait(120)
    time.sleep(0.3)
    ended(process, signal.SIGTERM)
    assert list((tmp_path / "sets").rglob("*.npz")) == []


def test_it_ends_while_it_hashes_a_file(cache, tmp_path):
    os.mkfifo(tmp_path / "breastmnist.npz")
    process = begun(_FIFO, "breastmnist", MEDMNIST_ROOT=str(tmp_path))
    writer = opened_for_reading(tmp_path / "breastmnist.npz", process)
    ended(process, signal.SIGTERM)
    os.close(writer)


def test_it_ends_while_it_reads_images(cache, tmp_path):
    os.mkfifo(tmp_path / "own.npz")
    process = begun(_FIFO, tmp_path / "own.npz")
    writer = opened_for_reading(tmp_path / "own.npz", process)
    ended(process, signal.SIGTERM)
    os.close(writer)


@pytest.mark.parametrize(
    "words", [("record", "--run", "own", "--dataset"), ("import", "--run", "own"), ("datasets", "--load")]
)
def test_a_pipe_in_the_place_of_a_file_is_refused_and_not_waited_for(cache, tmp_path, words):
    os.mkfifo(tmp_path / "own.npz")
    done = subprocess.run(
        [*MAIN, *words, tmp_path / "own.npz"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert f"{tmp_path / 'own.npz'} is no regular file" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_recording_of_a_folder_with_a_pipe_leaves_it_out_and_one_signal_ends_it(cache, tmp_path, sign):
    for name in "ab":
        (tmp_path / "own" / name).mkdir(parents=True)
        for number in range(5):
            Image.new("L", (28, 28), 9 * number).save(tmp_path / "own" / name / f"{number}.png")
    os.mkfifo(tmp_path / "own" / "a" / "pipe.png")
    words = ["record", "--run", "own", "--dataset", tmp_path / "own", "--size", "28", "--architecture", "lenet"]
    process = subprocess.Popen([*MAIN, *words, "--epochs", "100000"], cwd=ROOT, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while not (cache / "runs" / "own" / "dynamics.h5").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert "pipe, socket or device in the place of a file (a/pipe.png)" in " ".join(
        store.read_as(cache / "runs" / "own")
    )
    process.send_signal(sign)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 130
    assert said.splitlines()[-1].startswith("Interrupted: stopped after epoch ")
