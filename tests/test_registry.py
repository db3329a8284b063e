"""Registries: what is found, how options are read from a signature, and what a wrong value is told."""

import sys
from typing import Literal

import pytest

from coreset_engine import registry
from coreset_engine.errors import ConfigError, UnknownNameError
from coreset_engine.scores import Score


def method(
    run,
    *,
    start: int,
    share: float = 0.5,
    cutoff: float | None = None,
    form: Literal["sum", "mean"] = "sum",
    seed: int = 0,
):
    """A function with an option of every kind."""


OPTIONS = registry.options(method)


def test_options_are_the_keyword_only_parameters_in_their_order():
    assert list(OPTIONS) == ["start", "share", "cutoff", "form", "seed"]


def test_an_option_knows_its_type_default_and_choices():
    assert [OPTIONS[name].kind for name in ("start", "share", "cutoff")] == [int, float, float]
    assert [option.required for option in OPTIONS.values()] == [True, False, False, False, False]
    assert OPTIONS["form"].choices == ("sum", "mean")
    assert OPTIONS["share"].default == 0.5


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [("start", "7", 7), ("start", 7.0, 7), ("share", "0.25", 0.25), ("share", 1, 1.0), ("form", "mean", "mean")],
)
def test_a_value_is_read_from_text_or_number(name, given, value):
    parsed = OPTIONS[name].parse(given)
    assert (parsed, type(parsed)) == (value, type(value))


@pytest.mark.parametrize(
    ("name", "given", "allowed"),
    [
        ("start", "ten", "a value of type int"),
        ("start", 2.5, "a value of type int"),
        ("start", "2.5", "a value of type int"),
        ("start", None, "a value of type int"),
        ("start", float("inf"), "a value of type int"),
        ("share", "half", "a value of type float"),
        ("share", float("nan"), "a value of type float"),
        ("share", [0.5], "a value of type float"),
        ("form", "median", "one of sum, mean"),
        ("form", None, "one of sum, mean"),
        ("seed", -1, "a value of type int, 0 or more"),
        ("seed", "-1", "a value of type int, 0 or more"),
    ],
)
def test_an_impossible_value_is_told_what_is_allowed(name, given, allowed):
    with pytest.raises(ConfigError) as caught:
        OPTIONS[name].parse(given)
    assert str(caught.value) == f"Option {name}={given!r} is not possible: give {allowed}."


def test_none_is_kept_only_where_it_is_the_default():
    assert registry.check_options("Method m", OPTIONS, {"start": 1, "cutoff": None})["cutoff"] is None
    with pytest.raises(ConfigError, match="Option share=None"):
        registry.check_options("Method m", OPTIONS, {"start": 1, "share": None})


def test_options_given_are_parsed_and_the_others_are_their_defaults():
    found = registry.check_options("Method m", OPTIONS, {"start": "3"})
    assert found == {name: option.default for name, option in OPTIONS.items()} | {"start": 3}


def test_a_missing_option_is_named():
    with pytest.raises(ConfigError, match="Method m needs a value for start"):
        registry.check_options("Method m", OPTIONS, {"share": 0.1})


def test_an_option_of_a_function_without_any_is_refused():
    with pytest.raises(ConfigError, match=r"Rule top has no option 'seed'. It has: none"):
        registry.check_options("Rule top", {}, {"seed": 1})


def test_an_unknown_name_lists_those_that_exist():
    with pytest.raises(UnknownNameError, match=r"There is no fruit 'fig'. Choose one of: apple, pear"):
        registry.lookup({"apple": 1, "pear": 2}, "fig", "fruit")


def test_every_file_of_a_folder_adds_its_entries_in_their_order(tmp_path, monkeypatch):
    entry = "from coreset_engine.scores import Score\n\n{} = Score('{}', 'L', len, 'highest', 'f', 's', order={})\n"
    folder = tmp_path / "methods_for_a_test"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "one.py").write_text(entry.format("SCORE", "late", 9))
    (folder / "two.py").write_text(entry.format("SCORE", "early", 1))
    (folder / "helper.py").write_text("NUMBER = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    found = registry.discover("methods_for_a_test", Score)
    assert list(found) == ["early", "late"]
    for module in [name for name in sys.modules if name.startswith("methods_for_a_test")]:
        monkeypatch.delitem(sys.modules, module)


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("False", False), ("FALSE", False), (True, True), (False, False)]
)
def test_a_switch_takes_true_and_false_in_words_too(text, value):
    assert registry.Option("balanced", True, bool).parse(text) is value


def test_a_switch_refuses_other_words():
    with pytest.raises(ConfigError, match="balanced='maybe' is not possible"):
        registry.Option("balanced", True, bool).parse("maybe")
