"""Citations: every source that a method or rule names has its BibTeX entry."""

import re

import pytest

from coreset_engine import methods, selection
from coreset_engine.export.citations import WORKS, bibtex

SOURCES = {entry.name: entry.source for entry in (*methods.all_methods().values(), *selection.all_rules().values())}


@pytest.mark.parametrize("name", [name for name in SOURCES if name != "random"])
def test_every_method_and_rule_has_an_entry_of_the_paper_it_names(name):
    found = bibtex(SOURCES[name])
    for identifier in re.findall(r"arXiv:([\d.]+\d)", SOURCES[name]):
        assert f"eprint = {{{identifier}}}" in found
    assert found.count("@inproceedings") >= 1
    authors = SOURCES[name].removeprefix("arXiv:")
    if authors == SOURCES[name]:  # "Paul et al. 2021, ...": the first author's family name and the year
        assert f"author = {{{re.match('[A-Z][a-z-]+(-[A-Z][a-z]+)?', authors)[0]}" in found


def test_a_paper_named_twice_is_cited_once_and_random_cites_nothing():
    assert bibtex(SOURCES["el2n"], SOURCES["grand"]).count("@") == 1
    assert bibtex(SOURCES["random"]) == ""


def test_keys_are_unique_and_braces_close():
    assert len({work.key for work in WORKS}) == len(WORKS)
    for work in WORKS:
        text = bibtex(work.found_by)
        assert text.count("{") == text.count("}")
