"""A command run in this process."""

import signal
import sys

import pytest

from coreset_engine import __main__


@pytest.fixture
def run(monkeypatch, capfd):
    """Run one command in this process; returns exit code, stdout and stderr."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["coreset_engine", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            __main__.main()
        return ended.value.code, *capfd.readouterr()

    yield command
    for number, handler in handlers.items():
        signal.signal(number, handler)
