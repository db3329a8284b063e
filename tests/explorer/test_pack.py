"""Packs of arrays for the browser."""

import zlib

import numpy as np
import pytest

from coreset_engine.explorer.pack import packed, unpacked
from coreset_engine.explorer.run_pack import run_pack


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


def test_of_a_large_run_the_pack_holds_the_samples_that_are_sent(golden_run):
    names = [f"class {c}" for c in range(11)]
    facts, arrays = unpacked(run_pack(golden_run, names, {}, largest=2 * 40 * 150))
    rows = arrays["rows"]
    assert (len(rows), facts["shown"], facts["samples"]) == (150, 150, 600)
    norms = golden_run.error_norms[:, rows]
    assert facts["top"] == norms.max()
    np.testing.assert_allclose(facts["top"] * (arrays["norms"] / 65_535) ** 2, norms, atol=5e-5)
    margins, labels = golden_run.margin[:, rows].mean(axis=0, dtype=np.float64), golden_run.labels[rows]
    for c in range(11):  # the place of each sample in its class, the lowest AUM first
        assert margins[labels == c].argsort().argsort().tolist() == arrays["hardness"][labels == c].tolist()
