"""The talk of docs/demo.md as a script: every step can be taken, and every number said is that of the demo."""

import importlib.util
import json
import os
import re
import shlex
import shutil
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

from coreset_engine.__main__ import cli
from coreset_engine.dashboard.shell import links, pages
from coreset_engine.pipeline import demo
from tests.browser import ROOT

TEXT = (ROOT / "docs" / "demo.md").read_text(encoding="utf-8")
KEPT = json.loads((ROOT / "docs" / "demo.json").read_text(encoding="utf-8"))
STEPS = re.findall(r"^\| \d+ \| (\d:\d\d) \| `([^`]+)` \| (.*) \|$", TEXT, re.MULTILINE)
ADDRESSES = [step for _, step, _ in STEPS if step.startswith("/")]
COMMANDS = [shlex.split(step) for _, step, _ in STEPS if not step.startswith("/")]


def reached(name):
    """A mean accuracy as it is said."""
    return f"{100 * np.mean(KEPT['accuracies'][name]):.1f}"


def wrong(name):
    """How many label errors a selection keeps, as it is said."""
    return str(KEPT["errors_kept"][name])


ALL, ERRORS, SIZE = f"{KEPT['samples']:,}", str(KEPT["errors"]), str(KEPT["kept"])
PAIRS = str(sum(1 for early in range(1, 31) for late in range(early + 10, 31) if late + 9 <= 30))  # that fit 30 epochs
SAID = [
    [ALL, ERRORS, str(KEPT["epochs"]), reached("full")],
    [SIZE, ERRORS, wrong("el2n"), reached("el2n")],
    [wrong("eva"), reached("eva")],
    [str(KEPT["shared"]), SIZE, reached("eva_later"), reached("eva")],
    [PAIRS],
    [str(KEPT["suspects"]), str(KEPT["suspects_wrong"]), ERRORS],
    [wrong("el2n_without"), wrong("el2n"), reached("el2n_without"), reached("el2n")],
    [reached("random")],
    [wrong("auto"), reached("auto")],
]


def page_of(address):
    """Page and query of an address."""
    parts = urlsplit(address)
    return pages.at(parts.path.removeprefix("/")), dict(parse_qsl(parts.query))


def test_every_number_said_is_that_of_the_demo_that_is_kept():
    assert [re.findall(r"\*\*([\d.,]+)\*\*", said) for _, _, said in STEPS] == SAID
    assert {len(found) for found in KEPT["accuracies"].values()} == {len(demo.SEEDS)}


def test_the_steps_are_in_time_and_take_three_minutes():
    seconds = [60 * int(at[0]) + int(at[2:]) for at, _, _ in STEPS]
    assert seconds == sorted(seconds)
    assert seconds[0] == 0 < seconds[-1] < 180


def test_every_address_is_a_page_with_these_controls_and_every_command_is_understood():
    for address in ADDRESSES:
        page, query = page_of(address)
        assert set(query) <= set(links.KINDS[page.controls]), address
    for words in COMMANDS:
        assert words[:3] == ["python", "-m", "coreset_engine"]
        command = cli.get_command(None, words[3])
        assert command.make_context(words[3], list(words[4:])).params["run"] == "demo"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A cache with the demo: a copy of $CORESET_DEMO where that names one, else made anew, in some minutes."""
    folder = tmp_path_factory.mktemp("demo") / "cache"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CORESET_CACHE", str(folder))
        if os.environ.get("CORESET_DEMO"):
            shutil.copytree(os.environ["CORESET_DEMO"], folder)
        list(demo.make(lambda *_: None, lambda: False))
    return folder


@pytest.fixture
def at_demo(made, monkeypatch):
    """That cache, read by the test."""
    monkeypatch.setenv("CORESET_CACHE", str(made))
    return made


@pytest.mark.hard
def test_a_demo_made_anew_gives_the_numbers_said_but_for_a_few(at_demo):
    spec = importlib.util.spec_from_file_location("talk", ROOT / "docs" / "talk.py")
    talk = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(talk)
    found = talk.figures()
    for name in ("samples", "errors", "epochs", "kept"):
        assert found[name] == KEPT[name], name
    for name, count in KEPT["errors_kept"].items():
        assert abs(found["errors_kept"][name] - count) <= 5, name
    for name in ("shared", "suspects", "suspects_wrong"):
        assert abs(found[name] - KEPT[name]) <= 30, name
    for name, values in KEPT["accuracies"].items():
        assert abs(np.mean(found["accuracies"][name]) - np.mean(values)) < 0.03, name


@pytest.mark.hard
@pytest.mark.parametrize("address", ADDRESSES)
def test_every_address_opens_on_the_demo_as_it_asks(address, at_demo):
    page, query = page_of(address)
    opened = AppTest.from_file(str(ROOT / page.file), default_timeout=120)
    for name, value in query.items():
        opened.query_params[name] = value
    opened.run()
    assert not opened.exception
    assert not [one.value for one in (*opened.error, *opened.warning)]


@pytest.mark.hard
@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[3])
def test_every_command_writes_its_file(words, at_demo, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(cli, list(words[3:]), catch_exceptions=False).exit_code == 0
    assert Path(words[-1]).is_file()
