"""The examples in docstrings run as they stand there, and what is meant to have one has one."""

import doctest
import importlib
import inspect
import pkgutil
import re

import pytest

from coreset_engine.scores import all_scores

PACKAGES = ("coreset_engine.scores", "coreset_engine.kernels", "coreset_engine.greedy")
MODULES = ["coreset_engine", "coreset_engine.api", "coreset_engine.coreset", *PACKAGES] + [
    f"{package}.{found.name}"
    for package in PACKAGES
    for found in pkgutil.iter_modules(importlib.import_module(package).__path__)
]


def examples():
    """Every docstring with examples, to be run with nothing but what the examples import themselves."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    return [
        example
        for name in MODULES
        for example in finder.find(importlib.import_module(name), name, globs={"__name__": name})
        if example.examples
    ]


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.name)
def test_an_example_gives_what_it_says(example):
    told = []
    failed, tried = doctest.DocTestRunner().run(example, out=told.append)
    assert (failed, tried) == (0, len(example.examples)), "".join(told)


@pytest.mark.parametrize("name", all_scores())
def test_every_scoring_method_has_an_example_of_itself(name):
    assert re.search(rf'>>> .*score\(\w+, "{name}"', inspect.getdoc(all_scores()[name].compute))


@pytest.mark.parametrize("name", [name for name in MODULES if name == "coreset_engine.api" or ".kernels." in name])
def test_every_public_function_has_an_example(name):
    module = importlib.import_module(name)
    public = [
        value
        for key, value in inspect.getmembers(module, inspect.isfunction)
        if value.__module__ == name and not key.startswith("_")
    ]
    assert [function.__name__ for function in public if ">>> " not in inspect.getdoc(function)] == []
