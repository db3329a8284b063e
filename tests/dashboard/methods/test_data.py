"""The Methods page's tables and texts come from the registries."""

import json
import shlex
from itertools import pairwise

import pytest
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

from coreset_engine import methods, selection
from coreset_engine.__main__ import cli
from coreset_engine.dashboard.methods import code, data
from coreset_engine.training_modes import all_modes
from tests.browser import ROOT


def test_every_method_rule_and_training_mode_of_the_registries_is_listed_once():
    names = [row["name"] for row in methods.entries()]
    assert sorted(names) == sorted([*methods.all_methods(), *selection.all_rules(), *all_modes()])


def test_entries_of_a_family_stand_together():
    families = [(row["kind"], row["family"]) for row in methods.entries()]
    changes = sum(first != second for first, second in pairwise(families))
    assert changes == len(set(families)) - 1


def test_a_search_finds_names_authors_and_formulas_whatever_their_case():
    rows = methods.entries()
    assert [row["name"] for row in methods.matching(rows, None, " TDDS ")] == ["tdds"]
    assert "aum" in [row["name"] for row in methods.matching(rows, None, "pleiss")]
    assert {"eva", "var-all"} < {row["name"] for row in methods.matching(rows, None, "norm variance")}
    assert methods.matching(rows, None, "no such thing") == []


def test_a_family_leaves_out_the_others():
    found = methods.matching(methods.entries(), "uncertainty", "")
    assert {row["family"] for row in found} == {"uncertainty"}
    assert {"margin", "least-confidence"} <= {row["name"] for row in found}


def test_the_facts_of_an_entry_tell_its_formula_options_and_source():
    facts = dict(methods.facts(methods.described("el2n")))
    assert facts["Options and defaults"] == "epochs=10"
    assert "2107.07075" in facts["Source"]
    assert facts["Reads"] == "every epoch of a recording"


@pytest.mark.parametrize("name", [*methods.all_methods(), *selection.all_rules(), *all_modes()])
def test_what_is_copied_tells_the_facts_shown(name):
    row = next(row for row in methods.entries() if row["name"] == name)
    names = {}
    exec(code.python(row, None, ""), names)
    assert names["facts"] == methods.facts(row)
    words = shlex.split(code.command(row, None, "").splitlines()[1])
    assert words[:3] == ["python", "-m", "coreset_engine"]
    printed = CliRunner().invoke(cli, words[3:], catch_exceptions=False).output.splitlines()
    assert printed[:3] == [row["label"], f"{row['name']}, {row['family']} {row['kind']}", ""]
    assert printed[3:] == [f"{heading}. {text}" for heading, text in methods.facts(row)]


def test_the_page_offers_both_for_the_entry_it_shows():
    page = AppTest.from_file(str(ROOT / "pages/9_Methods.py"), default_timeout=60)
    page.query_params["search"] = "tdds"
    page.run()
    assert not page.exception
    row = methods.described("tdds")
    asked = (row, None, "tdds")
    assert [element.value for element in page.code] == [code.command(*asked), code.python(*asked)]


@pytest.mark.parametrize(("family", "text"), [(None, ""), ("uncertainty", ""), (None, " PLEISS")])
def test_what_is_copied_lists_the_entries_shown(family, text):
    shown, names = methods.matching(methods.entries(), family, text), {}
    exec(code.python(shown[0], family, text), names)
    assert names["entries"] == shown
    words = shlex.split(code.command(shown[0], family, text).splitlines()[0])
    printed = CliRunner().invoke(cli, [*words[3:], "--json"], catch_exceptions=False).output
    assert [row["name"] for row in json.loads(printed)] == [row["name"] for row in shown]


def test_the_table_has_one_line_an_entry():
    rows = methods.entries()
    assert len(data.table(rows)) == len(rows)
