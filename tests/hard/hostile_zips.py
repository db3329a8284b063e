"""Zips that nobody means well, as `.npz`: bombs, wrong directories, paths out of the folder, members twice, zips in zips."""

import io
import struct
import warnings
import zipfile

import numpy as np


def array(values) -> bytes:
    """A `.npy` as numpy writes it."""
    made = io.BytesIO()
    np.save(made, np.asarray(values))
    return made.getvalue()


LABELS = np.arange(6) % 2
HONEST = {
    f"{split}_images.npy": array(np.arange(6 * 64, dtype=np.uint8).reshape(6, 8, 8)) for split in ("train", "val")
}
HONEST |= {"test_images.npy": HONEST["val_images.npy"]}
HONEST |= {f"{name}labels.npy": array(LABELS) for name in ("train_", "val_", "test_", "")}
HONEST |= {"logits.npy": array(np.eye(2, dtype=np.float32)[LABELS][None])}


def zipped(members, method=zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of members, (name, content) each."""
    made = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(made, "w", method) as archive:
        warnings.simplefilter("ignore")  # of names that are there twice
        for name, content in members:
            archive.writestr(name, content)
    return made.getvalue()


def honest(name="{}") -> bytes:
    """A zip that every door reads where its members have their own names."""
    return zipped([(name.format(own), content) for own, content in HONEST.items()])


def bomb(megabytes, method) -> bytes:
    """A zip in which the arrays that are read first are zeros."""
    content = array(np.zeros((megabytes, 1024, 1024), np.uint8))
    return zipped([(name, content) for name in ("train_images.npy", "logits.npy", "labels.npy")], method)


def directory(content) -> int:
    """Where the central directory of a zip begins."""
    (start,) = struct.unpack("<I", content[-6:-2])
    return start


def redirected(at, kind, value) -> bytes:
    """An honest zip in which one field of every entry of the central directory says something else."""
    changed = bytearray(honest())
    place = directory(changed)
    while changed[place : place + 4] == b"PK\x01\x02":
        struct.pack_into(kind, changed, place + at, value)
        name, extra, comment = struct.unpack("<HHH", changed[place + 28 : place + 34])
        place += 46 + name + extra + comment
    return bytes(changed)


def overlapping() -> bytes:
    """A zip whose thousand members are one and the same 3 MiB of zeros."""
    one = zipped([("train_images.npy", array(np.zeros(3 << 20, np.uint8)))])
    start = directory(one)
    names = [*HONEST, *(f"more{number}.npy" for number in range(1000 - len(HONEST)))]
    entry = one[start : start + 46]
    whole = b"".join(entry[:28] + struct.pack("<H", len(name)) + entry[30:] + name.encode() for name in names)
    return one[:start] + whole + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 1000, 1000, len(whole), start, 0)


def nested(levels) -> bytes:
    """A zip whose members are zips, and so on, with honest arrays in the innermost."""
    content = honest()
    for _ in range(levels):
        content = zipped([(name, content) for name in HONEST], zipfile.ZIP_STORED)
    return content


def ended_with(kind, at, value) -> bytes:
    """An honest zip whose last record says something else, `at` bytes before its end."""
    content = bytearray(honest())
    struct.pack_into(kind, content, len(content) - at, value)
    return bytes(content)


def cut(first, last) -> bytes:
    """A part of an honest zip: before or from its central directory on."""
    content = honest()
    return content[first * directory(content) : directory(content) if last else None]


ZIPS = {
    "a bomb": lambda: bomb(80, zipfile.ZIP_DEFLATED),
    "a bomb of bzip2": lambda: bomb(36, zipfile.ZIP_BZIP2),
    "a bomb of LZMA": lambda: bomb(36, zipfile.ZIP_LZMA),
    "a thousand members in one place": overlapping,
    "sizes of 4 GB that are not there": lambda: redirected(24, "<I", 0xFFFFFFF0),
    "sizes of nothing": lambda: redirected(24, "<I", 0),
    "another checksum": lambda: redirected(16, "<I", 0xDEADBEEF),
    "members beyond the end": lambda: redirected(42, "<I", 0x7FFFFFFF),
    "all members in the first one's place": lambda: redirected(42, "<I", 0),
    "a method nobody knows": lambda: redirected(10, "<H", 77),
    "said to be encrypted": lambda: redirected(8, "<H", 1),
    "a directory behind the end": lambda: ended_with("<I", 6, 0x7FFFFFFF),
    "a directory before the beginning": lambda: ended_with("<I", 10, 0x7FFFFFFF),
    "half a directory": lambda: ended_with("<I", 10, 60),
    "without a directory": lambda: cut(0, True),
    "only a directory": lambda: cut(1, False),
    "paths out of the folder": lambda: honest("../../{}"),
    "absolute paths": lambda: honest("/tmp/{}"),
    "paths of Windows": lambda: honest("C:\\{}"),
    "paths back to where they began": lambda: honest("a/../{}"),
    "folders in the place of arrays": lambda: zipped([(f"{name}/", b"") for name in HONEST]),
    "names with zeros in them": lambda: honest().replace(b"s.npy", b"\0.npy"),
    "every member twice": lambda: zipped([*HONEST.items(), *HONEST.items()]),
    "twice, once without its ending": lambda: zipped([*HONEST.items(), *((n[:-4], c) for n, c in HONEST.items())]),
    "more than 10,000 members": lambda: zipped([*HONEST.items(), *((f"m{number}", b"") for number in range(10_001))]),
    "a zip in a zip": lambda: nested(1),
    "a zip in a zip in a zip in a zip": lambda: nested(3),
}
# these say something wrong that decides nothing: every member is there with its checksum
HARMLESS = {
    "stored sizes of 4 GB": lambda: redirected(20, "<I", 0xFFFFFFF0),
    "a comment longer than the file": lambda: ended_with("<H", 2, 0xFFFF),
    "bytes before and behind": lambda: b"MZ" * 500 + honest() + b"\0" * 500,
}
