"""Hostile zips before every door that takes a `.npz`: each is refused with one sentence, and none writes anywhere."""

from functools import cache

import numpy as np
import pytest

from coreset_engine.arrays import read_npz
from coreset_engine.datasets import library
from coreset_engine.errors import EngineError
from coreset_engine.loader import CoresetDataset
from coreset_engine.store import read_foreign
from tests.hard.hostile_zips import HARMLESS, HONEST, ZIPS, honest, zipped
from tests.hard.refusals import bytes_of, check_refusal

made = cache(lambda kind: ZIPS[kind]())
DOORS = {"images": lambda path: library.load(str(path)), "dynamics": read_foreign, "coreset": CoresetDataset}


def test_the_zip_that_they_are_made_of_is_read_by_every_door(tmp_path):
    path = bytes_of(honest())(tmp_path / "x.npz")
    assert library.load(str(path)).classes == 2
    assert read_foreign(path).epochs == 1
    assert len(CoresetDataset(path)) == 6


def test_a_member_with_a_path_out_of_the_folder_is_not_written_anywhere(tmp_path):
    members = [*HONEST.items(), ("../../outside.npy", HONEST["labels.npy"])]
    (tmp_path / "in" / "here").mkdir(parents=True)
    path = bytes_of(zipped(members))(tmp_path / "in" / "here" / "x.npz")
    assert library.load(str(path)).classes == 2
    assert list(tmp_path.rglob("*outside*")) == []
    assert list(tmp_path.glob("in/**/*.npz")) == [path]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("kind", ZIPS)
def test_a_hostile_zip_is_refused_with_one_sentence(tmp_path, kind, door):
    check_refusal(DOORS[door], bytes_of(made(kind))(tmp_path / "x.npz"))


@pytest.mark.parametrize("kind", HARMLESS)
def test_a_zip_that_is_wrong_where_nothing_depends_on_it_is_read_as_it_was_or_refused(tmp_path, kind):
    whole = read_npz(bytes_of(honest())(tmp_path / "whole.npz"))
    try:
        found = read_npz(bytes_of(HARMLESS[kind]())(tmp_path / "x.npz"))
    except EngineError as error:
        assert "can't" in str(error) or "no readable" in str(error)
        return
    assert found.keys() == whole.keys()
    assert all(np.array_equal(found[name], whole[name]) for name in whole)
