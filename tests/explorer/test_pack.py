"""Packs of arrays for the browser."""

import zlib

import numpy as np
import pytest

from coreset_engine.explorer.pack import packed, unpacked


def test_a_pack_gives_back_its_facts_and_arrays():
    arrays = {"norms": np.arange(6, dtype=np.uint16).reshape(2, 3), "one": np.array([7], np.uint8)}
    facts, found = unpacked(packed({"name": "größer", "count": 3}, arrays))
    assert facts == {"name": "größer", "count": 3}
    assert {name: (array.dtype, array.tolist()) for name, array in found.items()} == {
        "norms": (np.uint16, [[0, 1, 2], [3, 4, 5]]),
        "one": (np.uint8, [7]),
    }


def test_an_array_begins_at_a_multiple_of_8_bytes_as_typed_arrays_need():
    plain = zlib.decompress(packed({}, {"odd": np.array([1, 2, 3], np.uint8), "after": np.array([0.5])}))
    start = 8 + int.from_bytes(plain[4:8], "little")
    assert start % 8 == 0
    assert plain[start : start + 3] == b"\1\2\3"
    assert np.frombuffer(plain, "<f8", 1, start + 8).tolist() == [0.5]


def test_a_type_that_a_browser_does_not_know_is_refused():
    with pytest.raises(ValueError, match="ids is int64; a browser reads uint8"):
        packed({}, {"ids": np.arange(3)})


@pytest.mark.parametrize("data", [b"", b"no zlib", zlib.compress(b"CSV1....")])
def test_other_bytes_are_no_pack(data):
    with pytest.raises(ValueError, match="no pack"):
        unpacked(data)
