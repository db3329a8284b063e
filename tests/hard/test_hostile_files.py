"""More than sixty files that nobody means well: each is refused with one sentence, soon, and with little memory."""

import json
import os
import struct
import zipfile
import zlib
from pathlib import Path

import h5py
import numpy as np
import pytest

from coreset_engine import window_map
from coreset_engine.dashboard.shell import saved_views
from coreset_engine.datasets import SPLITS, disk, library
from coreset_engine.store import exclusions, read_foreign
from coreset_engine.sweep import search_files
from tests.hard.hostile_searches import SEARCHES, search_file
from tests.hard.refusals import bytes_of, check_refusal


def npy(shape: str, descr: str = "'<f4'", data: bytes = b"") -> bytes:
    """A `.npy` with a header of one's own."""
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + data


MEMBERS = {
    "petabytes": npy("(10**15,)"),
    "declared but absent": npy("(100000, 100000)"),
    "negative": npy("(-5, 4)"),
    "true as a side": npy("(True,)", data=bytes(4)),
    "no item size": npy("(1000000000,)", "'|S0'"),
    "objects": npy("(1,)", "'|O'", b"cos\nsystem\n."),
    "fields": npy("(1,)", "[('a', '<f8')]", bytes(8)),
    "complex": npy("(1,)", "'<c16'", bytes(16)),
    "times": npy("(1,)", "'<M8[s]'", bytes(8)),
    "70 dimensions": npy(f"({'1,' * 70})", data=bytes(4)),
    "deep": b"\x93NUMPY\x01\x00" + struct.pack("<H", 9000) + b"(" * 9000,
    "long header": b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**27) + b" " * 2**20,
    "no array": b"MZ\x90\x00",
    "nothing": b"",
    "version 9": b"\x93NUMPY\x09\x00\x00\x00",
    "letters beyond unicode": npy("(1,)", "'<U1'", b"\xff\xff\xff\xff"),
    "cut off": npy("(100,)", data=bytes(7)),
    "too long": npy("(2,)", data=bytes(900)),
}


def archive(path: Path, content: bytes, method: int = zipfile.ZIP_DEFLATED) -> Path:
    """A zip in which every array that a door wants has the same content."""
    names = [f"{split}_{what}" for split in ("train", "val", "test") for what in ("images", "labels")]
    with zipfile.ZipFile(path, "w", method) as made:
        for name in (*names, "labels", "logits"):
            made.writestr(f"{name}.npy", content)
    return path


def _h5(add):
    def make(path):
        with h5py.File(path, "w") as file:
            file["labels"] = np.arange(4)
            add(file)
        return path

    return make


def _virtual(file):
    layout = h5py.VirtualLayout((1, 4, 3), "<f4")
    layout[:] = h5py.VirtualSource("other.h5", "logits", (1, 4, 3))
    file.create_virtual_dataset("logits", layout)


H5 = {
    "huge": lambda f: f.create_dataset("logits", (10**5, 10**4, 3), "<f4"),
    "fill value": lambda f: f.create_dataset("logits", (300, 10**5, 3), "<f4", chunks=(300, 10**4, 3), fillvalue=0.5),
    "huge chunk": lambda f: f.create_dataset("logits", (1, 4, 3), "<f4", maxshape=(None,) * 3, chunks=(9999, 999, 9)),
    "soft link": lambda f: f.__setitem__("logits", h5py.SoftLink("/labels")),
    "loop": lambda f: f.__setitem__("logits", h5py.SoftLink("/logits")),
    "external link": lambda f: f.__setitem__("logits", h5py.ExternalLink("/etc/passwd", "/x")),
    "external storage": lambda f: f.create_dataset("logits", (1, 4, 3), "<f4", external=[("/etc/passwd", 0, 48)]),
    "virtual": _virtual,
    "group": lambda f: f.create_group("logits"),
    "text": lambda f: f.__setitem__("logits", ["a", "b"]),
    "rare filter": lambda f: f.create_dataset("logits", (3, 4, 3), "<f4", chunks=(3, 4, 3), scaleoffset=2),
    "references": lambda f: f.create_dataset("logits", (3,), h5py.ref_dtype),
}
ROWS = {
    "binary.csv": os.urandom(2**16),
    "no column.csv": b"a,b\n1,2\n",
    "empty.csv": b"",
    "text.csv": b"index\nx\n",
    "formula.csv": b"index\n=cmd|'/c calc'!A0\n",
    "numbers.txt": b"1\n2\nx\n",
    "packed.txt": b"\x1f\x8b\x08\x00" + os.urandom(99),
    "objects.npy": npy("(1,)", "'|O'", b"x."),
    "petabytes.npy": npy("(10**15,)"),
    "floats.npy": npy("(2,)", data=bytes(8)),
    "square.npy": npy("(2, 2)", "'<i8'", bytes(32)),
    "nothing.npy": b"",
}


def _map(content):
    """A cached window map whose parts are all this."""

    def make(path):
        (path / "maps").mkdir(parents=True)
        with zipfile.ZipFile(path / "maps" / "odd.npz", "w") as made:
            for name in ("facts", "starts", "overlap"):
                made.writestr(f"{name}.npy", content)
        return path

    return make


CASES = {}
for _name, _content in MEMBERS.items():
    CASES[f"images: {_name}"] = ("x.npz", lambda path, c=_content: archive(path, c), lambda p: library.load(str(p)))
    CASES[f"dynamics: {_name}"] = ("x.npz", lambda path, c=_content: archive(path, c), read_foreign)
for _name, _add in H5.items():
    CASES[f"h5: {_name}"] = ("x.h5", _h5(_add), read_foreign)
for _name, _content in ROWS.items():
    CASES[f"rows: {_name}"] = (_name, bytes_of(_content), exclusions.read_rows)


def _tdds(content):
    """A folder as the code of TDDS leaves it, with this in place of an epoch's outputs."""

    def make(path):
        path.mkdir()
        np.save(path / "labels.npy", np.arange(4))
        np.save(path / "1_Index.npy", np.arange(4))
        (path / "1_Output.npy").write_bytes(content)
        return path

    return make


def _cached(content):
    """A data set of the cache without checksums, with this in place of its labels."""

    def make(path):
        path.mkdir()
        for split in SPLITS:
            np.save(path / f"{split}_images.npy", np.zeros((1, 28, 28), np.uint8))
            (path / f"{split}_labels.npy").write_bytes(content)
        facts = dict.fromkeys(("name", "title", "task", "licence", "citation", "homepage", "sha256", "spec"), "x")
        facts |= {"class_names": ["a", "b"], "synthetic": False, "truth": [], "fingerprint": ""}
        (path / "dataset.json").write_text(json.dumps(facts))
        return path

    return make


def _png(path):
    """A picture that says it has 60,000 x 60,000 points."""
    size = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", size), (b"IDAT", zlib.compress(bytes(2**20))), (b"IEND", b""))
    said = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    ]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(said))


def _gif(path):
    """A picture that says it has 65,535 x 65,535 points."""
    screen = b"GIF89a" + struct.pack("<HHBBB", 65_535, 65_535, 0x80, 0, 0) + bytes(6)
    path.write_bytes(screen + b"," + struct.pack("<HHHHB", 0, 0, 65_535, 65_535, 0) + b"\x02\x02\x4c\x01\x00;")


def _tif(path):
    """A picture that says it has 100,000 x 100,000 points in one strip."""
    tags = ((256, 4, 100_000), (257, 4, 100_000), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 8), (277, 3, 1))
    tags += ((278, 4, 100_000), (279, 4, 100_000**2 % 2**32))
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    path.write_bytes(b"II*\x00" + struct.pack("<I", 8) + struct.pack("<H", len(tags)) + entries + bytes(4))


def _folder_of(draw, ending):
    """Two classes of one such picture each."""

    def make(path):
        for name in "ab":
            (path / "train" / name).mkdir(parents=True)
            draw(path / "train" / name / f"1.{ending}")
        return path

    return make


JSONS = {
    "deep": b"[" * 100_000,
    "a list": b"[]",
    "nothing": b"",
    "no text": b"\xff\xfe\x00",
    "half a value": b'{"version": 1, "rows": [1, 2',
    "a huge number": b'{"format": "coreset-exclusion", "version": 1, "rows": ' + b"9" * 10_000 + b"}",
    "endless": b'{"format": "coreset-exclusion", "version": 1, "samples": 1e999, "rows": [NaN]}',
}


def _in_cache(folder, content):
    """A JSON file of the cache."""

    def make(path):
        (path / folder).mkdir(parents=True)
        (path / folder / "odd.json").write_bytes(content)
        return path

    return make


def _of_cache(read):
    """A reader with this folder as the cache."""

    def reader(path):
        os.environ["CORESET_CACHE"] = str(path)  # in the child alone
        read()

    return reader


SHA = "ab" * 32
for _name, _content in JSONS.items():
    _load, _where = _of_cache(lambda: exclusions.load(SHA, "odd")), f"exclusions/{SHA[:16]}"
    CASES[f"exclusion: {_name}"] = ("x", _in_cache(_where, _content), _load)
    CASES[f"search: {_name}"] = (
        "x",
        _in_cache("searches", _content),
        lambda p: search_files.load(p / "searches" / "odd.json"),
    )
    CASES[f"view: {_name}"] = ("x", _in_cache("views", _content), _of_cache(lambda: saved_views.load("odd")))
for _name, _content in SEARCHES.items():
    CASES[f"search: {_name}"] = (
        "x",
        _in_cache("searches", _content),
        lambda p: search_files.load(p / "searches" / "odd.json"),
    )
for _name in (
    "objects",
    "petabytes",
    "declared but absent",
    "long header",
    "fields",
    "too long",
    "no array",
    "nothing",
):
    CASES[f"tdds: {_name}"] = ("x", _tdds(MEMBERS[_name]), read_foreign)
    CASES[f"cached images: {_name}"] = ("x", _cached(MEMBERS[_name]), disk.read)
for _ending, _draw in (("png", _png), ("gif", _gif), ("tif", _tif)):
    CASES[f"pictures: a bomb as {_ending}"] = ("x", _folder_of(_draw, _ending), lambda p: library.load(str(p)))
for _name in ("petabytes", "objects", "deep", "nothing"):
    CASES[f"map: {_name}"] = ("x", _map(MEMBERS[_name]), _of_cache(lambda: window_map.load("odd")))


def test_the_search_that_they_are_made_of_is_read(tmp_path):
    (one,) = search_files.load(bytes_of(search_file())(tmp_path / "x.json")).founds
    assert (one.val.mean, one.grid, one.best.windows[0].start) == (0.8, 40, 3)


def test_there_are_sixty_of_them():
    assert len(CASES) >= 60


@pytest.mark.parametrize("case", CASES)
def test_a_hostile_file_is_refused_with_one_sentence(tmp_path, case):
    name, make, read = CASES[case]
    check_refusal(read, make(tmp_path / name))
