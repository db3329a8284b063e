"""Paths that people give: too long, of nobody's home or not theirs to read, they are refused in a sentence at every door."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from coreset_engine import convert, store
from coreset_engine.datasets import folder_options, library, sizes
from coreset_engine.errors import ConfigError, EngineError
from coreset_engine.store import exclusions

LONG, STRANGER = f"{'a' * 300}.npz", "~nobody-at-all/x.npz"
DOORS = {
    "record": library.load,
    "the size": sizes.size_of,
    "the shape": library.shape_of,
    "import": lambda path: store.read_foreign(Path(path)),
    "import one signal": lambda path: store.read_signal(Path(path), "loss"),
    "convert": lambda path: convert(path, "x.npz"),
    "convert by a CSV": lambda path: convert(path.replace("npz", "csv"), "x.npz", name_column="a", label_column="b"),
    "exclude": lambda path: exclusions.rows_of(path, "", "tiny"),
    "labels": lambda path: folder_options.read_bytes(Path(path)),
}


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
def test_a_path_that_can_not_be_looked_at_is_refused_in_a_sentence(door):
    with pytest.raises(EngineError, match=r"can't be read: File name too long. Check the path"):
        door(LONG)
    with pytest.raises(EngineError, match=r"nobody here has the home ~nobody-at-all|no file ~nobody-at-all"):
        door(STRANGER)


@pytest.mark.parametrize("kind", [".npz", ""], ids=["a file", "a folder"])
def test_what_this_user_may_not_read_is_called_so_and_not_damaged(kind, tmp_path, monkeypatch):
    given = tmp_path / f"set{kind}"
    np.savez(given, x=1) if kind else given.mkdir()
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != given)
    with pytest.raises(
        ConfigError, match=r"can't be read: Permission denied. Allow this user to read it, or give another"
    ):
        library.load(str(given))


def test_a_source_that_this_user_may_not_look_at_has_not_changed(tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(library.files, "fingerprint", refuse)
    assert not library.is_changed(str(tmp_path), "1:abc")


@pytest.mark.parametrize("variable", ["CORESET_CACHE", "CORESET_IMAGES"])
def test_a_home_of_nobody_in_the_environment_is_refused_in_a_sentence(variable, monkeypatch):
    monkeypatch.setenv(variable, "~nobody-at-all/x")
    with pytest.raises(ConfigError, match="~nobody-at-all/x leads nowhere"):
        library.own_root()
