"""Named sets of excluded rows: what is written is read again, and nothing else is believed."""

import threading

import numpy as np
import pytest

from coreset_engine.errors import ConfigError, DatasetError, UnknownNameError
from coreset_engine.store import exclusions
from tests.damage import resealed

HASH = "ab" * 32
OTHER = "ab" * 8 + "cd" * 24  # begins as the first one does
FACTS = {"dataset": "blood", "dataset_sha256": HASH, "samples": 10}


def path_of(cache, name="wrong"):
    return cache / "exclusions" / HASH[:16] / f"{name}.json"


def rewrite(cache, **changes):
    """Save a set and change its file."""
    exclusions.save("wrong", [3, 1], **FACTS)
    path = path_of(cache)
    resealed(path, lambda content: content | changes)


def test_what_was_saved_is_loaded(cache):
    saved = exclusions.save("wrong", np.array([7, 2, 7]), **FACTS, reasons={7: "looks like 3"}, note="seen by A")
    assert exclusions.load(HASH, "wrong") == saved
    assert (saved.rows, saved.reasons, saved.note) == ((2, 7), {7: "looks like 3"}, "seen by A")
    assert saved.created.endswith(("Z", "+00:00"))
    assert np.flatnonzero(saved.mask).tolist() == [2, 7]
    assert path_of(cache).exists()


def test_an_empty_set_can_be_kept():
    exclusions.save("none", [], **FACTS)
    assert exclusions.load(HASH, "none").rows == ()


def test_sets_are_listed_by_name_and_per_data_set():
    assert exclusions.names(HASH) == []
    for name in ("b", "a.1"):
        exclusions.save(name, [1], **FACTS)
    exclusions.save("elsewhere", [1], **FACTS | {"dataset_sha256": "0" * 64})
    assert exclusions.names(HASH) == ["a.1", "b"]


def test_the_same_name_replaces_the_set():
    exclusions.save("wrong", [1], **FACTS)
    exclusions.save("wrong", [2], **FACTS)
    assert exclusions.load(HASH, "wrong").rows == (2,)


def test_a_deleted_set_is_gone_and_can_be_deleted_again():
    exclusions.save("wrong", [1], **FACTS)
    exclusions.delete(HASH, "wrong")
    exclusions.delete(HASH, "wrong")
    with pytest.raises(UnknownNameError, match="It has: none"):
        exclusions.load(HASH, "wrong")


@pytest.mark.parametrize("name", ["", "../up", "A", ".hidden", "a/b", "x" * 65])
def test_a_name_that_could_leave_the_folder_is_refused(name):
    for call in (lambda: exclusions.save(name, [1], **FACTS), lambda: exclusions.load(HASH, name)):
        with pytest.raises(UnknownNameError, match="name of an exclusion"):
            call()


@pytest.mark.parametrize("sha", ["", "../../x", "AB" * 32])
def test_images_that_nobody_knows_have_no_exclusions(sha):
    with pytest.raises(DatasetError, match="not known which images"):
        exclusions.names(sha)


@pytest.mark.parametrize(
    ("rows", "more", "message"),
    [
        ([1, 10], {}, r"row 10 lies outside 0\.\.9"),
        ([-1], {}, "row -1 lies outside"),
        ([0.5], {}, "whole numbers"),
        (range(10), {}, "leaves none of the 10"),
        ([1], {"reasons": {2: "why"}}, "row 2, which it does not exclude"),
    ],
)
def test_rows_that_make_no_exclusion_are_refused_and_nothing_is_written(rows, more, message):
    with pytest.raises(DatasetError, match=message):
        exclusions.save("wrong", rows, **FACTS, **more)
    assert exclusions.names(HASH) == []


@pytest.mark.parametrize("content", ["", "{", "[" * 100_000, "[1]", '{"format": "other"}', "\xff"])
def test_a_file_that_is_no_exclusion_names_the_remedy(cache, content):
    path_of(cache).parent.mkdir(parents=True)
    path_of(cache).write_bytes(content.encode("latin-1"))
    with pytest.raises(DatasetError, match=r"wrong\.json .*Delete it and save"):
        exclusions.load(HASH, "wrong")
    assert exclusions.names(HASH) == ["wrong"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rows": [1, 10]}, "row 10 lies outside"),
        ({"rows": [1, 10**30]}, "lies outside"),
        ({"rows": [3, 1]}, "do not ascend"),
        ({"rows": [1, 1]}, "do not ascend"),
        ({"rows": [True]}, "list of whole numbers"),
        ({"rows": "1"}, "list of whole numbers"),
        ({"reasons": {"1": 5}}, "text by row"),
        ({"reasons": {"-1": "x"}}, "text by row"),
        ({"reasons": {"2": "x"}}, "row 2, which it does not exclude"),
        ({"samples": 1.5}, "samples a whole number"),
        ({"note": None}, "must be text"),
        ({"version": 2}, "newer version of Coreset Explorer"),
        ({"version": 0}, "no coreset-exclusion file of version 1"),
    ],
)
def test_a_damaged_field_is_named(cache, changes, message):
    rewrite(cache, **changes)
    with pytest.raises(DatasetError, match=message):
        exclusions.load(HASH, "wrong")


def test_the_set_of_another_data_set_is_refused_though_its_hash_begins_alike():
    exclusions.save("wrong", [1], **FACTS)
    with pytest.raises(DatasetError, match="their rows are other images"):
        exclusions.load(OTHER, "wrong")


def test_of_two_that_write_at_once_the_file_is_always_a_whole_one(cache):
    def write(rows):
        for _ in range(15):
            exclusions.save("wrong", rows, **FACTS | {"samples": 10**6})

    sets = [tuple(range(3000)), tuple(range(5000, 5010))]
    exclusions.save("wrong", sets[0], **FACTS | {"samples": 10**6})
    threads = [threading.Thread(target=write, args=(rows,)) for rows in sets]
    for thread in threads:
        thread.start()
    seen = set()
    while any(thread.is_alive() for thread in threads):
        seen.add(exclusions.load(HASH, "wrong").rows)
    for thread in threads:
        thread.join()
    assert seen <= set(sets)
    assert [path.name for path in path_of(cache).parent.iterdir()] == ["wrong.json"]


def test_a_table_without_row_numbers_is_refused_in_words_of_ours(tmp_path):
    (tmp_path / "rows.csv").write_text("row,why\n1,doubtful\n")
    with pytest.raises(ConfigError, match="can't be read as row numbers: it has no column `index`"):
        exclusions.read_rows(tmp_path / "rows.csv")
