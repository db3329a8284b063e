"""How long light commands, an import of the package and the making of a network take: each in a process of its own.

python benchmarks/startup.py
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT, ROUNDS = Path(__file__).resolve().parent.parent, 7
MAKE = "from coreset_engine import architectures; architectures.build('{}', 1, 10, 28, 28)"
COMMANDS = ("--version", "--help", "runs", "jobs", "methods", "datasets", "select --help", "retrain --help", "results")


def seconds(arguments: list[str], cache: str) -> tuple[float, float]:
    """Return the seconds that pass while one process of Python runs, and its seconds of the processor."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environment = os.environ | {"CORESET_CACHE": cache}
    subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=True)
    passed, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return passed, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print one line per command: the least of several runs after one to warm up."""
    lines = {"(Python alone)": ["-c", "pass"], "(import coreset_engine)": ["-c", "import coreset_engine"]}
    lines |= {f"(make {name})": ["-c", MAKE.format(name)] for name in ("lenet", "resnet8", "resnet18")}
    lines |= {command: ["-m", "coreset_engine", *command.split()] for command in COMMANDS}
    with tempfile.TemporaryDirectory() as cache:
        for name, arguments in lines.items():
            seconds(arguments, cache)
            passed, busy = (
                min(found) for found in zip(*(seconds(arguments, cache) for _ in range(ROUNDS)), strict=True)
            )
            print(f"{name:<24} {passed:5.2f} s, {busy:5.2f} s of processor")


if __name__ == "__main__":
    main()
