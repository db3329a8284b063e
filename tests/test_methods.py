"""What every method and rule says of itself, for the Methods page and the command `methods`."""

import re

from coreset_engine import methods, selection
from coreset_engine.training_modes import all_modes

ENTRIES = {**methods.all_methods(), **{f"rule {name}": rule for name, rule in selection.all_rules().items()}}
ENTRIES |= all_modes()


def without(holds):
    """The entries of which something does not hold."""
    return [name for name, entry in ENTRIES.items() if not holds(entry)]


def test_every_entry_says_what_it_costs_and_how_it_was_checked():
    for field in ("family", "cost", "measured", "checked"):
        assert without(lambda entry, field=field: methods.describe(entry)[field].strip()) == [], field


def test_every_measurement_names_its_size_and_unit():
    assert without(lambda entry: re.search(r"\bN = [\d,]+", entry.measured)) == []
    assert without(lambda entry: re.search(r"\d m?s\b", entry.measured)) == []


def test_sentences_put_together_from_parts_have_single_spaces():
    for field in ("cost", "measured", "differences", "checked"):
        texts = {name: getattr(entry, field) for name, entry in ENTRIES.items()}
        assert {name: text for name, text in texts.items() if text != " ".join(text.split())} == {}
