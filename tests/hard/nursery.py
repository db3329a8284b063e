"""A process that starts commands without importing torch each time, and kills them after so much work of theirs."""

import atexit
import json
import os
import subprocess
import sys

from tests.browser import ROOT

# Imports once, then runs the command line in a fork for every list of arguments on stdin; checkpoints every 0.1 s.
# The moment of a kill is one of the child's own clock: on a busy machine it lies as far into the work as on an idle one.
_SCRIPT = """
import json, os, signal, sys, time
import torch._dynamo, coreset_engine.__main__ as main
from coreset_engine import export
from coreset_engine.cli import jobs, record, retrain
from coreset_engine.pipeline import importing, recording, retraining
from coreset_engine.training import energy, recorder, trainer
trainer.CHECKPOINT_SECONDS = 0.1
answers = os.fdopen(os.dup(1), "w")
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

def worked(child):
    return time.clock_gettime((~child << 3) | 2)

for line in sys.stdin:
    sys.argv, seconds, cache = json.loads(line)
    child = os.fork()
    if not child:
        os.environ["CORESET_CACHE"] = cache
        main.main()
    while not os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT | os.WNOHANG):
        if seconds is not None and worked(child) > seconds:
            os.kill(child, signal.SIGKILL)
            break
        time.sleep(0.001)
    _, status, used = os.wait4(child, 0)
    print(os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, file=answers, flush=True)
"""


_started: list[subprocess.Popen] = []  # one for all tests of a process: its imports take seconds


class Nursery:
    """Starts commands on the cache of now; what they write to stderr goes where the test's does."""

    def __enter__(self):
        """Start the process, where none lives."""
        if not _started or _started[-1].poll() is not None:
            words = [sys.executable, "-c", _SCRIPT]
            _started.append(subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT))
        self._process = _started[-1]
        return self

    def __exit__(self, kind, *error):
        """End it where something went wrong, since it may still be at work."""
        if kind is not None:
            _end(self._process)

    def run(self, arguments, seconds=None):
        """Run a command, killed after so many seconds of the processor's time; return its exit code."""
        return self._run(arguments, seconds)[0]

    def timed(self, arguments):
        """Run a command to its end and return the seconds of the processor's time that it took."""
        code, seconds = self._run(arguments, None)
        assert code == 0
        return seconds

    def _run(self, arguments, seconds):
        line = ["coreset_engine", *map(str, arguments)], seconds, os.environ["CORESET_CACHE"]
        print(json.dumps(line), file=self._process.stdin, flush=True)
        code, used = self._process.stdout.readline().split()
        return int(code), float(used)


def _end(process):
    """End a process."""
    process.kill()
    process.communicate()


@atexit.register
def _end_all():
    """End what still lives when the tests are over."""
    for process in _started:
        if process.poll() is None:
            _end(process)
