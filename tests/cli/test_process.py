"""The command line: exit codes, one line on stderr for bad input, and how it stops."""

import io
import os
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import click
import pytest

from coreset_engine import __version__, pipeline, store
from coreset_engine.__main__ import say_all_signs
from coreset_engine.cli.process import Process, SweepBar
from coreset_engine.errors import Interrupted
from coreset_engine.stopping import waits_for_epoch
from tests.cli.helpers import MAIN, recording, refused

BAD_COMMANDS = {
    "an unknown command": (["fly"], "No such command"),
    "a missing option": (["score", "tiny", "--method", "eva"], "--out"),
    "a missing argument": (["verify"], "RUN"),
    "an unknown run": (["verify", "nothing"], "no run at"),
    "an unknown method": (["score", "tiny", "--method", "evil", "--out", "a.csv"], "no method 'evil'"),
    "an unknown rule": (["select", "tiny", "--method", "el2n", "--rate", 0.1, "--rule", "odd", "--out", "a.csv"], "'odd'"),
    "a window past the end": (
        ["score", "tiny", "--method", "eva", "--early", 1, "--late", 9, "--length", 2, "--out", "a.csv"], "run",
    ),
    "a rate above 1": (["select", "tiny", "--method", "aum", "--rate", 1.5, "--out", "a.csv"], "1.5"),
    "a rate that is no number": (["select", "tiny", "--method", "aum", "--rate", "nan", "--out", "a.csv"], "nan"),
    "an unknown ending": (["select", "tiny", "--method", "aum", "--rate", 0.1, "--out", "a.xls"], "'xls'"),
    "scores as another kind of file": (["score", "tiny", "--method", "aum", "--out", "a.npy"], "as .csv only"),
    "an option without a value": (["score", "tiny", "--method", "el2n", "--option", "epochs", "--out", "a.csv"], "no value"),
    "an unknown option of a method": (["score", "tiny", "--method", "el2n", "--option", "x=1", "--out", "a.csv"], "'x'"),
    "a folder that is a file": (["score", "tiny", "--method", "aum", "--out", "/dev/null/a.csv"], "can't be written"),
    "an unknown job": (["jobs", "cancel", "7"], "no job 7"),
    "a file that is not there": (["import", "/none.npz", "--run", "x"], "no file"),
    "an impossible estimate": (["estimate", "--dataset", "demo", "--architecture", "lenet", "--epochs", 0], "epochs=0"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_COMMANDS)
def test_bad_input_is_one_line_on_stderr_and_exit_code_2(run, recorded, case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given, message = BAD_COMMANDS[case]
    assert message in refused(run(*given))
    assert not list(tmp_path.glob("a.*"))


@pytest.mark.parametrize("command", ["retrain", "sweep", "results", "import", "jobs", "cells"])
def test_a_command_that_torchrun_starts_several_times_is_refused_once(run, command, monkeypatch, cache):
    for name, value in {"TORCHELASTIC_RUN_ID": "none", "WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2"}.items():
        monkeypatch.setenv(name, value)
    for rank in ("0", "1"):
        monkeypatch.setenv("RANK", rank)
        monkeypatch.setenv("LOCAL_RANK", rank)
        found = run(command)
        if rank == "0":
            assert f"`{command}` can't be shared by the 2 processes that torchrun started" in refused(found)
    assert found == (2, "", "")  # the second one says nothing
    assert not cache.exists()


def test_torchrun_with_one_process_may_start_every_command(run, monkeypatch):
    for name in ("TORCHELASTIC_RUN_ID", "RANK", "LOCAL_RANK"):
        monkeypatch.setenv(name, "0")
    for name in ("WORLD_SIZE", "LOCAL_WORLD_SIZE"):
        monkeypatch.setenv(name, "1")
    assert run("methods")[0] == 0


def test_what_the_terminal_has_no_sign_for_is_written_as_a_number(monkeypatch):
    out = io.TextIOWrapper(io.BytesIO(), "latin-1")
    monkeypatch.setattr(sys, "stdout", out)
    say_all_signs()
    click.echo("für τ = 0.5")
    out.flush()
    assert out.buffer.getvalue() == b"f\xfcr \\u03c4 = 0.5\n"


def test_without_a_command_the_help_is_shown(run):
    code, out, err = run()
    assert code == 2
    assert "record" in out + err


@pytest.mark.parametrize("command", ["", "record", "score", "select", "retrain", "jobs", "results"])
def test_help_ends_with_0(run, command):
    code, out, _ = run(*[command] * bool(command), "--help")
    assert code == 0
    assert "Usage:" in out


def test_the_version_is_told(run):
    assert run("--version")[:2] == (0, f"coreset_engine, version {__version__}\n")


def test_a_defect_is_a_traceback_and_exit_code_1():
    code = (
        "import sys, coreset_engine.__main__ as m, coreset_engine.store as s\n"
        "s.run_names = lambda: 1 / 0; sys.argv[1:] = ['runs']; m.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, "ZeroDivisionError" in done.stderr) == (1, True)


def test_an_interrupt_ends_with_130_after_the_epoch_and_can_be_resumed(phantom_file):
    arguments = [*MAIN, *map(str, recording(phantom_file, epochs=50_000))]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process.stderr.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    done = store.verify("own")["epochs_done"]
    assert (process.returncode, out) == (130, "")
    assert err.splitlines()[-1] == f"Interrupted: stopped after epoch {done} of 50000."
    assert "Traceback" not in err
    seen = []
    with pytest.raises(Interrupted):
        pipeline.record(
            pipeline.RecordingRequest.of_run("own"), resume=True, watch=seen.append, should_stop=lambda: True
        )
    assert seen[0].epoch == done + 1


def test_a_second_interrupt_ends_at_once(tmp_path):
    # an epoch that never ends
    code = (
        "import time, sys, coreset_engine.__main__ as m, coreset_engine.pipeline as j\n"
        "from coreset_engine.stopping import waits_for_epoch\n"
        "def record(*a, **k):\n    with waits_for_epoch():\n        print('begun', flush=True); time.sleep(60)\n"
        "j.record = record; sys.argv[1:] = ['record', '--run', 'a', '--dataset', 'demo']; m.main()"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "begun\n"
    process.send_signal(signal.SIGINT)
    assert "once more" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=40)  # the epoch would end after 60 s
    assert process.returncode == 130


def test_a_first_interrupt_ends_a_read_that_blocks(tmp_path):
    os.mkfifo(tmp_path / "images.npz")
    code = (
        "import sys, coreset_engine.__main__ as m, coreset_engine.pipeline as j, coreset_engine.cli.process as p\n"
        "p.PATIENCE = 1000\n"  # so that it is the signal that ends the read
        "def record(request, **k):\n    print('begun', flush=True); open(request.dataset, 'rb')\n"
        "j.record = record; sys.argv[1:] = ['record', '--run', 'a', '--dataset', sys.argv[1]]; m.main()"
    )
    arguments = [sys.executable, "-c", code, tmp_path / "images.npz"]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "begun\n"
    time.sleep(0.2)
    interrupted(process)


def test_a_first_interrupt_ends_what_waits_for_a_thread_that_blocks(tmp_path):
    os.mkfifo(tmp_path / "images.npz")
    code = (
        "import sys, coreset_engine.__main__ as m, coreset_engine.pipeline as j, coreset_engine.cli.process as p\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "p.PATIENCE = 1\n"
        "def record(request, **k):\n"
        "    with ThreadPoolExecutor(1) as pool:\n"
        "        print('begun', flush=True); pool.submit(open, request.dataset).result()\n"
        "j.record = record; sys.argv[1:] = ['record', '--run', 'a', '--dataset', sys.argv[1]]; m.main()"
    )
    arguments = [sys.executable, "-c", code, tmp_path / "images.npz"]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "begun\n"
    time.sleep(0.2)
    interrupted(process)


def interrupted(process):
    """Interrupt a process once, which would wait for ever: it ends with 130 and one sentence."""
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.splitlines() == ["Interrupted: stopped before its end; nothing half-written is kept."]


HALF_MADE = """
import os, signal
from coreset_engine.cli.process import Process

class Archive:
    def __init__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        self.is_open = True

    def __del__(self):
        assert self.is_open

signal.signal(signal.SIGTERM, Process().ask_to_stop)
try:
    Archive()
except BaseException as error:
    print(type(error).__name__)
"""


def test_what_a_signal_leaves_half_made_prints_nothing_as_it_goes():
    done = subprocess.run([sys.executable, "-c", HALF_MADE], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("Stop\n", "", 0)


def test_a_worker_of_a_sweep_leaves_it_to_the_sweep_to_say_that_it_stops(run, recorded, monkeypatch):
    monkeypatch.setattr(Process, "_end_for_good", lambda self, reason: None)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(readline=lambda: os.kill(os.getpid(), signal.SIGINT)))
    assert run("cells", "tiny") == (130, "", "")


def test_a_worker_in_the_middle_of_an_epoch_says_nothing_either(capfd):
    with waits_for_epoch():
        for quiet in (False, True):
            process = Process(quiet=quiet)
            process.ask_to_stop(signal.SIGINT, None)
            assert process.stopped()
    assert capfd.readouterr().err.count("Stopping at the end of this epoch") == 1


def test_a_sweep_counts_trainings_that_have_ended_and_no_sum_of_fractions(capfd):
    with SweepBar(Process(), 4, 100.0) as bar:
        bar.show(1.8, "two trainings at nine tenths")
        assert bar.count == "0 of 4 trainings"
        bar.ended()
    with SweepBar(Process(), 4, 100.0, of_lengths=True) as bar:
        bar.show(1.8, "three short ones")
        assert bar.count == "1 of 4 trainings"
    assert [line.partition(",")[0] for line in capfd.readouterr().err.splitlines()] == ["1 of 4 trainings done"] * 2
