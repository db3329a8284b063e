"""The attributes of `dynamics.h5`: early files lack some, and an unknown value is refused."""

import h5py
import pytest

from coreset_engine.errors import RunError
from coreset_engine.store import RunFile
from tests.damage import to_version_1


def test_a_file_from_before_modes_were_noted_was_recorded_in_train_mode(small):
    with h5py.File(to_version_1(small.write(mode="eval")), "r+") as file:
        del file.attrs["mode"]
    assert RunFile(small.folder).info.mode == "train"


@pytest.mark.parametrize("mode", ["train", "eval", ""])
def test_the_mode_comes_back(small, mode):
    small.write(mode=mode)
    assert RunFile(small.folder).info.mode == mode


def test_an_unknown_mode_is_refused(small):
    with pytest.raises(RunError, match="mode is 'test'; train and eval are possible"):
        small.create(mode="test")
