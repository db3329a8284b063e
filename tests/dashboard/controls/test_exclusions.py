"""Ticks, saved sets and their files, without a page."""

import csv
import io
import json

import numpy as np
import pytest

from coreset_engine.dashboard.controls import exclusions
from coreset_engine.dashboard.controls.exclusions import Changes
from coreset_engine.errors import DatasetError, UnknownNameError
from coreset_engine.store import RunInfo
from coreset_engine.store import exclusions as saved_sets
from coreset_engine.store.exclusions import read_rows

HASH = "ab" * 32
FACTS = RunInfo(epochs=5, samples=10, classes=3, dataset="blood", dataset_sha256=HASH)
LABELS = np.array([0, 1, 2, 0, 1, 2, 0, 1, 2, 0])
NAMES = ("a", "b,#", "c")


def ticked(ticks, saved, changes=None):
    return (changes or Changes()).ticked(ticks, saved, dict.fromkeys(range(10), "seen"))


def test_ticked_rows_are_those_saved_and_those_added_without_those_removed():
    changes = ticked({5: True, 2: False}, {2: "old", 7: "old"})
    assert changes.applied({2: "old", 7: "old"}) == {5: "seen", 7: "old"}
    assert changes.count == 2


def test_what_is_ticked_and_unticked_again_is_no_change():
    changes = ticked({5: True, 2: False}, {2: ""})
    assert ticked({5: False, 2: True}, {2: ""}, changes) == Changes()


def test_ticking_what_is_saved_keeps_its_first_reason():
    assert ticked({2: True}, {2: "old"}).applied({2: "old"}) == {2: "old"}


def test_saving_begins_a_set_and_saving_again_extends_it():
    exclusions.save("wrong", Changes({3: "why", 1: ""}), FACTS)
    made = exclusions.save("wrong", Changes({8: ""}, frozenset({1})), FACTS)
    assert made == saved_sets.load(HASH, "wrong")
    assert (made.rows, made.reasons, made.dataset, made.samples) == ((3, 8), {3: "why"}, "blood", 10)


def test_what_another_tab_saved_meanwhile_stays():
    exclusions.save("wrong", Changes({1: ""}), FACTS)
    exclusions.save("wrong", Changes({2: ""}), FACTS)  # the other tab
    assert exclusions.save("wrong", Changes({3: ""}, frozenset({1})), FACTS).rows == (2, 3)


def test_a_renamed_set_has_the_same_rows_reasons_and_note_and_the_old_name_is_gone():
    saved_sets.save("old", [4, 2], dataset="blood", dataset_sha256=HASH, samples=10, reasons={4: "x"}, note="by A")
    made = exclusions.rename("old", "new", FACTS)
    assert (made.rows, made.reasons, made.note) == ((2, 4), {4: "x"}, "by A")
    assert saved_sets.names(HASH) == ["new"]


def test_a_name_that_is_taken_is_refused_and_nothing_is_lost():
    for name in ("old", "new"):
        exclusions.save(name, Changes({len(name): name}), FACTS)
    with pytest.raises(DatasetError, match="a set 'new' already"):
        exclusions.rename("old", "new", FACTS)
    assert saved_sets.names(HASH) == ["new", "old"]


def test_no_set_can_be_called_like_the_choice_of_nothing():
    with pytest.raises(UnknownNameError, match="means no exclusion"):
        exclusions.save("none", Changes({1: ""}), FACTS)
    exclusions.save("old", Changes({1: ""}), FACTS)
    with pytest.raises(UnknownNameError, match="means no exclusion"):
        exclusions.rename("old", "none", FACTS)


def test_a_disk_that_refuses_is_a_sentence(cache):
    cache.mkdir()
    (cache / "exclusions").write_text("a file where the folder should be")
    with pytest.raises(DatasetError, match="can't be written"):
        exclusions.save("wrong", Changes({1: ""}), FACTS)


@pytest.mark.parametrize("kind", ["csv", "txt"])
def test_a_file_holds_the_rows_that_the_option_exclude_reads(tmp_path, kind):
    path = tmp_path / f"rows.{kind}"
    path.write_bytes(exclusions.as_bytes(kind, "wrong", {1: "why, #1", 5: ""}, FACTS, LABELS, NAMES))
    assert read_rows(path).tolist() == [1, 5]


def test_the_table_says_label_class_and_reason():
    text = exclusions.as_bytes("csv", "wrong", {1: "why, #1", 5: ""}, FACTS, LABELS, NAMES).decode()
    assert list(csv.reader(io.StringIO(text))) == [
        ["index", "label", "class_name", "reason"],
        ["1", "1", "b,#", "why, #1"],
        ["5", "2", "c", ""],
    ]


def test_the_json_is_what_a_cache_stores(cache):
    exclusions.save("wrong", Changes({1: "why", 5: ""}), FACTS)
    (stored,) = (cache / "exclusions").rglob("wrong.json")
    written = json.loads(exclusions.as_bytes("json", "wrong", {1: "why", 5: ""}, FACTS, LABELS, NAMES))
    kept = json.loads(stored.read_text())
    del kept["sum"]  # a person may change the file before another cache takes it
    assert written | {"created": None} == kept | {"created": None}
