"""Commands of the engine that a page waits for: short ones, each in a process of its own."""

import subprocess
import sys
from collections.abc import Sequence

from coreset_engine.access import require_writable
from coreset_engine.errors import ConfigError
from coreset_engine.executors.base import PROJECT, environment
from coreset_engine.faults import end_of


def answer(arguments: Sequence[str], seconds: float, too_long: str) -> str:
    """Return what `python -m coreset_engine <arguments>` prints.

    Args:
        arguments: of the command.
        seconds: after which it is ended.
        too_long: what to say then.

    Raises:
        ConfigError: it was refused, with its own sentence, or took too long.
        ViewerError: this process only shows.
    """
    require_writable("run a command")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "coreset_engine", *arguments],
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
            cwd=PROJECT,
            env=environment(),
        )
    except subprocess.TimeoutExpired:
        raise ConfigError(too_long) from None
    if done.returncode < 0:
        raise ConfigError(f"The command {end_of(done.returncode)}.")
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        raise ConfigError(lines[-1].removeprefix("Error: ") if lines else "It ended without a word. Try it again.")
    return done.stdout.strip()
