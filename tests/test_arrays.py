"""Reading `.npz` files that nobody vouches for: what is good comes back, the rest is refused in words."""

import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from coreset_engine import arrays
from coreset_engine.arrays import read_npz
from coreset_engine.errors import EngineError


def write_raw(path: Path, member: bytes, compression=zipfile.ZIP_DEFLATED) -> Path:
    """A zip with one member `x.npy` of the given content."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("x.npy", member)
    return path


def npy(header: str | bytes, data: bytes = b"") -> bytes:
    """The content of a `.npy` file with a header of one's own."""
    text = header if isinstance(header, bytes) else header.encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + data


def described(descr: str, shape: str, data: bytes = b"") -> bytes:
    return npy(f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}\n", data)


GOOD = {
    "integers": np.arange(6).reshape(2, 3),
    "fortran": np.asfortranarray(np.arange(12.0).reshape(3, 4)),
    "big_endian": np.arange(3, dtype=">i4"),
    "half": np.array([0.5, 1.5], np.float16),
    "truth": np.array([True, False]),
    "text": np.array(["cat", "dog"]),
    "scalar": np.array(7),
    "empty": np.zeros((0, 4)),
}


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_plain_arrays_come_back_as_they_were(tmp_path, name, save):
    save(tmp_path / "good.npz", **GOOD)
    got = read_npz(tmp_path / "good.npz")[name]
    np.testing.assert_array_equal(got, GOOD[name])
    assert got.dtype == GOOD[name].dtype
    assert got.shape == GOOD[name].shape


@pytest.mark.parametrize("wanted", [["half", "absent"], ("half",), (name for name in ["absent", "half"])])
def test_only_the_arrays_wanted_are_read(tmp_path, wanted):
    np.savez(tmp_path / "good.npz", integers=GOOD["integers"], half=GOOD["half"])
    assert list(read_npz(tmp_path / "good.npz", wanted)) == ["half"]


def test_python_objects_are_refused_and_never_unpickled(tmp_path):
    class Trap:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "sprung",))

    np.savez(tmp_path / "trap.npz", x=np.array([Trap()], object))
    with pytest.raises(EngineError, match="x has type object, which is refused"):
        read_npz(tmp_path / "trap.npz")
    assert not (tmp_path / "sprung").exists()


def test_an_array_that_is_not_wanted_may_hold_anything(tmp_path):
    np.savez(tmp_path / "mixed.npz", x=np.array([None], object), y=np.arange(3))
    np.testing.assert_array_equal(read_npz(tmp_path / "mixed.npz", ["y"])["y"], [0, 1, 2])


@pytest.mark.parametrize(
    "member",
    [
        described("'<f8'", "(1000000000000,)", b"1234"),  # a petabyte in four bytes
        described("'<f8'", "(4,)", b"\0" * 24),
        described("'<f8'", "(2,)", b"\0" * 24),
        described("'<f8'", "(-2, -3)", b"\0" * 48),
        described("'<f8'", "(-1,)", b""),
    ],
)
def test_a_header_that_declares_another_size_than_the_member_has_is_refused(tmp_path, member):
    with pytest.raises(EngineError):
        read_npz(write_raw(tmp_path / "bomb.npz", member))


def test_a_member_above_the_limit_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(arrays, "MAX_BYTES", 1000)
    np.savez_compressed(tmp_path / "big.npz", x=np.zeros(126))
    with pytest.raises(EngineError, match=r"declares shape \(126,\) of float64 \(1,008 bytes\).*at most 1,000"):
        read_npz(tmp_path / "big.npz")


def test_a_directory_that_lies_about_the_size_is_refused(tmp_path):
    path = write_raw(tmp_path / "lie.npz", described("'<f8'", "(4,)", b"\0" * 32), zipfile.ZIP_STORED)
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("x.npy").file_size
    data = path.read_bytes()
    longer = described("'<f8'", "(9,)", b"\0" * 32)
    data = data.replace(described("'<f8'", "(4,)"), longer[:-32]).replace(
        struct.pack("<I", size), struct.pack("<I", size + 40)
    )
    path.write_bytes(data)
    with pytest.raises(EngineError):
        read_npz(path)


@pytest.mark.parametrize("descr", ["'|S0'", "'<U0'", "'|V8'", "'|O'", "'<M8[s]'", "'<c16'", "[('a', '<f8')]", "[]"])
def test_types_other_than_plain_numbers_and_text_are_refused(tmp_path, descr):
    with pytest.raises(EngineError, match=r"which is refused. Only plain numbers and text are read"):
        read_npz(write_raw(tmp_path / "odd.npz", described(descr, "(0,)")))


@pytest.mark.parametrize(
    "member",
    [
        b"",
        b"\x93NUMPY",
        b"\x93NUMPY\x09\x09\x00\x00",
        b"no array at all",
        npy("{'descr': ("),
        npy("{'descr': '<f8'}"),
        npy("[1, 2]"),
        npy(b"\xff\xfe\xfd"),
        npy("-" * 5000 + "1"),
        npy("(" * 3000),
        npy(" " * 60_000),
        described("(1,)", "(2,)"),
        described("('<f8',)", "(2,)"),
        described("[5]", "(2,)"),
        described("[('a', 'b', 'c', 'd')]", "(2,)"),
        described("{}", "(2,)"),
        described("'zz'", "(2,)"),
        described("'<f8'", "'ab'"),
        described("'<f8'", "(1.5,)"),
        described("'<f8'", "(" + "9" * 400 + ",)"),
    ],
)
def test_a_broken_header_is_refused(tmp_path, member):
    with pytest.raises(EngineError):
        read_npz(write_raw(tmp_path / "broken.npz", member))


@pytest.mark.parametrize("content", [b"", b"PK", b"\x93NUMPY not a zip", b"x" * 1000])
def test_a_file_that_is_no_zip_is_refused(tmp_path, content):
    (tmp_path / "odd.npz").write_bytes(content)
    with pytest.raises(EngineError, match=r"no readable .npz file.*Write it again"):
        read_npz(tmp_path / "odd.npz")


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    for path, said in ((tmp_path / "none.npz", "There is no file"), (tmp_path, "is no regular file")):
        with pytest.raises(EngineError, match=said):
            read_npz(path)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_file_cut_off_anywhere_is_refused(tmp_path, save):
    buffer = io.BytesIO()
    save(buffer, x=np.arange(500), y=np.ones(3))
    data = buffer.getvalue()
    for end in np.linspace(0, len(data) - 1, 25).astype(int):
        (tmp_path / "cut.npz").write_bytes(data[:end])
        with pytest.raises(EngineError):
            read_npz(tmp_path / "cut.npz")


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_flipped_byte_is_refused_or_harmless_but_never_a_crash_or_a_wrong_value(tmp_path, compression):
    buffer = io.BytesIO()
    np.save(buffer, np.arange(200))
    path = write_raw(tmp_path / "whole.npz", buffer.getvalue(), compression)
    data = path.read_bytes()
    refused = 0
    for place in range(0, len(data), max(1, len(data) // 60)):
        path.write_bytes(data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :])
        try:
            found = read_npz(path, ["x"])
        except EngineError:
            refused += 1
        else:
            assert all(np.array_equal(values, np.arange(200)) for values in found.values())
    assert refused > 10
