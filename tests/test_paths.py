"""paths: no name leaves the cache, no file is ever half there."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coreset_engine import paths
from coreset_engine.errors import ConfigError, UnknownNameError


@pytest.mark.parametrize("name", ["a", "0", "run_1", "organsmnist-resnet8.seed0", "a" * 64])
def test_a_plain_name_is_allowed(name, cache):
    assert paths.run_folder(name) == cache / "runs" / name


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../a", "a/b", "/a", ".a", "-a", "_a", "A", "ä", "a b", "a\n", "a\x00", "a" * 65, "a\\b"]
)
def test_a_name_that_could_leave_the_cache_is_refused(name):
    with pytest.raises(UnknownNameError, match="can't be a run name"):
        paths.run_folder(name)


@given(st.text(max_size=80))
def test_any_text_is_refused_or_stays_inside(text):
    try:
        folder = paths.run_folder(text)
    except UnknownNameError:
        return
    assert folder.parent == paths.runs_folder()
    assert folder.resolve().is_relative_to(paths.runs_folder().resolve())


@given(st.text(max_size=200))
def test_any_text_becomes_an_allowed_name(text):
    assert paths.check_name(paths.run_slug(text)) == paths.run_slug(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [("Own Set", "own-set"), ("../../etc", "etc"), ("...", "unnamed"), ("Ähre_1", "ähre_1"), ("", "unnamed")],
)
def test_a_name_made_of_a_file_name_by_hand(text, name):
    assert paths.slug(text) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("データ", "データ"),
        ("眼底", "眼底"),
        ("Ödem, akut", "ödem-akut"),
        ("हिन्दी", "हिन्दी"),
        ("A/b\\c:d", "a-b-c-d"),
        ("A\u202eB\u0000c", "a-b-c"),
        ("界" * 300, "界" * 64),
    ],
)
def test_names_beyond_ascii_stay_but_for_what_no_file_may_be_called(text, name):
    assert paths.slug(text) == name


def test_a_name_fits_a_file_system_with_a_hash_behind_it():
    assert len(paths.slug("😀" * 300).encode()) <= 200


def test_run_names_of_names_beyond_ascii_are_told_apart():
    assert paths.run_slug("Ödem, akut") == "odem-akut"
    assert paths.run_slug("データ") != paths.run_slug("眼底")
    assert paths.run_slug("Own Set") == "own-set"


def test_the_cache_is_where_the_environment_says(tmp_path, monkeypatch):
    monkeypatch.setenv("CORESET_CACHE", str(tmp_path / "other"))
    assert paths.cache_root() == tmp_path / "other"
    assert paths.cache_root().is_dir()


def test_a_cache_that_can_not_be_made_is_told_with_what_to_do(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        monkeypatch.setenv("CORESET_CACHE", str(place))
        with pytest.raises(ConfigError, match=r"can't be written.*--cache"):
            paths.cache_root()


def test_the_cache_lies_beside_the_package_by_default(monkeypatch):
    monkeypatch.delenv("CORESET_CACHE")
    assert paths.cache_root() == Path(paths.__file__).resolve().parent.parent / "data_cache"


def test_a_home_folder_in_the_environment_is_understood(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CORESET_CACHE", "~/cache")
    assert paths.cache_root() == tmp_path / "cache"


def test_a_file_is_replaced_as_a_whole(tmp_path):
    paths.write_atomically(tmp_path / "new" / "a", b"one")
    paths.write_atomically(tmp_path / "new" / "a", b"two")
    assert (tmp_path / "new" / "a").read_bytes() == b"two"
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a"]


def test_a_write_that_fails_leaves_the_old_file_and_no_part(tmp_path, monkeypatch):
    paths.write_atomically(tmp_path / "a", b"old")

    def fail(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        paths.write_atomically(tmp_path / "a", b"new")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir() if path.is_file()] == [("a", b"old")]
