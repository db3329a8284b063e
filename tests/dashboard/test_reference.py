"""The Methods page's tables and texts come from the registries."""

from itertools import pairwise

from coreset_engine import methods, selection
from coreset_engine.dashboard import reference


def test_every_method_and_rule_of_the_registries_is_listed_once():
    names = [row["name"] for row in reference.entries()]
    assert sorted(names) == sorted([*methods.all_methods(), *selection.all_rules()])


def test_entries_of_a_family_stand_together():
    families = [(row["kind"], row["family"]) for row in reference.entries()]
    changes = sum(first != second for first, second in pairwise(families))
    assert changes == len(set(families)) - 1


def test_a_search_finds_names_authors_and_formulas_whatever_their_case():
    rows = reference.entries()
    assert [row["name"] for row in reference.matching(rows, None, " TDDS ")] == ["tdds"]
    assert "aum" in [row["name"] for row in reference.matching(rows, None, "pleiss")]
    assert reference.matching(rows, None, "no such thing") == []


def test_a_family_leaves_out_the_others():
    found = reference.matching(reference.entries(), "uncertainty", "")
    assert {row["family"] for row in found} == {"uncertainty"}
    assert {"margin", "least-confidence"} <= {row["name"] for row in found}


def test_the_facts_of_an_entry_tell_its_formula_options_and_source():
    facts = dict(reference.facts(methods.described("el2n")))
    assert facts["Options and defaults"] == "epochs=10"
    assert "2107.07075" in facts["Source"]
    assert facts["Reads"] == "every epoch of a recording"


def test_the_table_has_one_line_an_entry():
    rows = reference.entries()
    assert len(reference.table(rows)) == len(rows)
