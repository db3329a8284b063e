"""A light command answers at once: it imports no library that takes long, and the list of commands imports none of them."""

import json
import subprocess
import sys

import click
import numpy as np
import pytest

from coreset_engine import Recorder, lazy
from coreset_engine.cli import COMMANDS, cli, group
from tests.browser import ROOT

HEAVY = ("matplotlib", "pandas", "plotly", "pyarrow", "scipy", "sklearn", "streamlit", "torch", "torchvision")
PROBE = """
import json, sys
from coreset_engine import __main__

heavy, commands = map(json.loads, sys.argv[1:])
for arguments in commands:
    sys.argv = ["coreset_engine", *arguments]
    try:
        __main__.main()
    except SystemExit as ended:
        assert ended.code == 0, arguments
    found = [name for name in heavy if name in sys.modules]
    if found:
        sys.exit(f"{' '.join(arguments)} imports {', '.join(found)}")
"""


def imported_by(*asked):
    """Run commands one after another in one fresh process; return what it says of the first that imports too much."""
    arguments = [sys.executable, "-c", PROBE, json.dumps(HEAVY), json.dumps(asked)]
    ended = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode == 0) == (not ended.stderr), ended.stderr
    return ended.stderr.strip()


@pytest.fixture
def own_run(cache):
    """A run of 2 epochs and 3 samples in the test's cache."""
    with Recorder("own", labels=np.array([0, 1, 0]), classes=2, epochs=2) as recorder:
        for epoch in (1, 2):
            recorder.record(epoch, np.arange(3), np.zeros((3, 2), np.float32))
            recorder.end_epoch(epoch)


def test_no_help_imports_a_heavy_library():
    assert imported_by(["--version"], ["--help"], *([name, "--help"] for name in COMMANDS)) == ""


def test_lists_of_runs_jobs_methods_and_data_sets_import_no_heavy_library(own_run):
    asked = (["runs"], ["runs", "--json"], ["jobs"], ["methods"], ["methods", "eva"], ["verify", "own"], ["datasets"])
    assert imported_by(*asked) == ""


def test_the_probe_sees_what_a_command_imports():
    assert imported_by(["runs"], ["results"]).startswith("results imports pandas")


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_the_command_says_of_itself(name):
    command = cli.commands[name]
    listed = click.Command(name, help=COMMANDS[name].help)
    assert (command.name, command.get_short_help_str(200)) == (name, listed.get_short_help_str(200))


def test_the_list_of_commands_imports_none_of_them():
    code = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from coreset_engine.cli import COMMANDS, cli\n"
        "shown = CliRunner().invoke(cli, ['--help']).output\n"
        "assert all(name in shown for name in COMMANDS), shown\n"
        "print(*(name for name in sys.modules if name.startswith('coreset_engine.')))\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(ended.stdout.split()) == {lazy.__name__, "coreset_engine.cli", group.__name__}
