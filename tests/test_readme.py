"""The README lists what there is, and what it says of commands is so."""

import re

import pytest

from coreset_engine import architectures, datasets, scores, selection
from coreset_engine.__main__ import cli
from tests.browser import ROOT

TEXT = (ROOT / "README.md").read_text()


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_command_is_listed(name):
    assert f"`{name}`" in TEXT


@pytest.mark.parametrize("name", [*scores.all_scores(), *selection.all_rules()])
def test_every_method_and_rule_is_listed(name):
    assert f"`{name}`" in TEXT


def test_every_option_of_a_shown_command_exists():
    shown = re.findall(r"python -m coreset_engine (\w+) (.*)", TEXT)
    assert len(shown) >= 4
    for name, rest in shown:
        known = {option for parameter in cli.commands[name].params for option in parameter.opts}
        assert set(re.findall(r"--[a-z-]+", rest.split("&&")[0])) <= known


def test_the_networks_and_data_sets_of_the_quick_start_exist():
    assert {"resnet18", "lenet", "resnet8"} <= set(architectures.all_architectures())
    assert {"organsmnist", "demo"} <= set(datasets.all_sources())


def test_every_picture_shown_is_there():
    for path in re.findall(r"!\[.*?\]\((.*?)\)", TEXT):
        assert (ROOT / path).is_file()
