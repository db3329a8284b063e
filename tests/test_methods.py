"""What every method and rule says of itself, for the Methods page and the command `methods`."""

import re

import pytest

from coreset_engine import methods, selection

ENTRIES = {**methods.all_methods(), **{f"rule {name}": rule for name, rule in selection.all_rules().items()}}


@pytest.mark.parametrize("field", ["family", "cost", "measured", "checked"])
@pytest.mark.parametrize("name", ENTRIES)
def test_the_entry_says_what_it_costs_and_how_it_was_checked(name, field):
    assert methods.describe(ENTRIES[name])[field].strip()


@pytest.mark.parametrize("name", ENTRIES)
def test_the_measurement_names_its_size_and_unit(name):
    assert re.search(r"\bN = [\d,]+", ENTRIES[name].measured)
    assert re.search(r"\d m?s\b", ENTRIES[name].measured)


@pytest.mark.parametrize("name", ENTRIES)
def test_sentences_put_together_from_parts_have_single_spaces(name):
    for text in (ENTRIES[name].cost, ENTRIES[name].measured, ENTRIES[name].differences, ENTRIES[name].checked):
        assert text == " ".join(text.split())
