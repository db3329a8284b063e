"""Reading `.npz` files that nobody vouches for, sizes and types checked before anything is allocated; and CSV columns."""

import io
import lzma
import math
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from coreset_engine import memory, paths, spill
from coreset_engine.errors import EngineError
from coreset_engine.faults import out_of_memory

if TYPE_CHECKING:
    import pandas as pd

_DAMAGE: tuple[type[Exception], ...] = (
    EOFError,
    UnicodeDecodeError,
    SyntaxError,
    LookupError,
    AttributeError,
    OverflowError,
)
_DAMAGE += (lzma.LZMAError, struct.error, tokenize.TokenError)  # what header parser and decompressors raise, too
MAX_BYTES = 64 * 2**30  # of one member, after unpacking: ChestMNIST at 224 px has 4 GB
_MAX_MEMBERS = 10_000
_MAX_HEADER = 10_000  # bytes, as numpy reads; it checks that only after reading all of the header
_LAST_LETTER = 0x10FFFF  # of Unicode


def read_npz(path: Path, wanted: Iterable[str] | None = None, *, spilling: bool = False) -> dict[str, NDArray]:
    """Return the arrays of an `.npz` file by name; those of `wanted` that exist, or all.

    Args:
        path: of the file.
        wanted: names of arrays.
        spilling: unpack into a file of the cache what is larger than memory bears, see `spill.empty`.

    Raises:
        EngineError: the file is missing, no zip of arrays, damaged, holds Python objects, or declares more than it has.
    """
    refuse_no_file(path)
    asked = None if wanted is None else set(wanted)
    with _damage_in_words(path, ".npz"), zipfile.ZipFile(path) as archive:
        members = _members(archive, path)
        names = [name for name in members if asked is None or name in asked]
        needed = sum(members[name].file_size for name in names)
        # members that overlap in the file would store more than there is of it
        stored = min(sum(members[name].compress_size for name in names), path.stat().st_size)
        memory.refuse_bomb(path, needed, stored)
        sizes = [members[name].file_size for name in names]
        memory.refuse_beyond(path, sum(size for size in sizes if not spilling or memory.is_held(size)))
        make = spill.empty if spilling else np.empty
        return {name: _read_member(archive, members[name], f"{path}: {name}", make) for name in names}


def read_shape(path: Path, name: str) -> tuple[int, ...] | None:
    """Return the shape that one array of an `.npz` file declares, None where it has no such array; no value is unpacked.

    Raises:
        EngineError: the file is missing, no zip of arrays or damaged.
    """
    refuse_no_file(path)
    with _damage_in_words(path, ".npz"), zipfile.ZipFile(path) as archive:
        members = _members(archive, path)
        if name not in members:
            return None
        with archive.open(members[name]) as opened:
            return _read_header(cast(io.BufferedIOBase, opened), f"{path}: {name}")[0]


def refuse_no_file(path: Path) -> None:
    """Return when a path is that of a regular file, which can be read to its end without waiting.

    Raises:
        EngineError: there is nothing, or a folder, a pipe, a socket or a device, or this user may not read it.
    """
    paths.refuse_unreadable(path)
    if path.is_file():
        return
    if path.exists():
        raise EngineError(f"{path} is no regular file (but a folder, pipe, socket or device). Give a file.")
    raise EngineError(f"There is no file {path}. Check the path.")


def read_columns(path: Path, needed: Sequence[str], *, instead: str = "", skip: int = 0) -> "pd.DataFrame":
    """Return columns of a CSV.

    Args:
        path: of the file.
        needed: their names.
        instead: a column that is read, too, and may stand in place of all of them.
        skip: lines before its header.

    Raises:
        ValueError: in one clause of ours: it is no table, or lacks a column.
        OSError: it can't be read.
    """
    import pandas as pd  # costs half a second, which every command would pay

    try:
        table = pd.read_csv(path, skiprows=skip, usecols=lambda name: name in (*needed, instead))
    except UnicodeDecodeError:
        raise ValueError("it is no UTF-8 text") from None
    except pd.errors.EmptyDataError:
        raise ValueError("it is empty") from None
    except pd.errors.ParserError:
        raise ValueError("it is no readable CSV") from None
    missing = [name for name in needed if name not in table]
    if missing and instead not in table:
        named = " and ".join(f"`{name}`" for name in missing)
        raise ValueError(f"it has no {'column' if len(missing) == 1 else 'columns'} {named}")
    return table


def read_npy(path: Path) -> NDArray:
    """Return the array of a `.npy` file.

    Raises:
        EngineError: the file is missing, damaged, holds Python objects, or declares more than it has.
    """
    refuse_no_file(path)
    size = path.stat().st_size
    memory.refuse_beyond(path, size)
    with _damage_in_words(path, ".npy"), open(path, "rb") as file:
        return _read_array(file, size, str(path))


@contextmanager
def _damage_in_words(path: Path, kind: str) -> Iterator[None]:
    """Turn what numpy and the decompressors raise on a damaged file into one sentence.

    Raises:
        EngineError: the file can't be read.
    """
    again = "Write it again with numpy.savez." if kind == ".npz" else "Write it again with numpy.save."
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, TypeError, RuntimeError, NotImplementedError) as error:
        raise EngineError(f"{path} is no readable {kind} file ({error}). {again}") from None
    except MemoryError as error:
        raise EngineError(out_of_memory(error, f"{path} can't be read")) from None
    except _DAMAGE as error:
        raise EngineError(f"{path} is damaged ({error}). {again}") from None


def _members(archive: zipfile.ZipFile, path: Path) -> dict[str, zipfile.ZipInfo]:
    """Return the members of an archive by the names of their arrays.

    Raises:
        EngineError: two members have the same name, so that it is not known which is meant, or there are far too many.
    """
    infos = archive.infolist()
    if len(infos) > _MAX_MEMBERS:
        raise EngineError(f"{path} has {len(infos):,} members; at most {_MAX_MEMBERS:,} are read. Write fewer arrays.")
    members: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        name = info.filename.removesuffix(".npy")
        if name in members:
            raise EngineError(
                f"{path} has two members named {name[:60]!r}, and which of them is meant is not known. Write it again with "
                "each array once."
            )
        members[name] = info
    return members


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, what: str, make: Callable[..., NDArray]) -> NDArray:
    """Return one array of an archive, in an array that `make` gives."""
    with archive.open(info) as opened:  # typed as if it could not read into
        return _read_array(cast(io.BufferedIOBase, opened), info.file_size, what, make)


def _read_array(file: io.BufferedIOBase, size: int, what: str, make: Callable[..., NDArray] = np.empty) -> NDArray:
    """Return the array in a `.npy` file of `size` bytes after comparing what its header declares with that."""
    shape, fortran, dtype = _read_header(file, what)
    if dtype.hasobject or dtype.kind not in "biufSU" or dtype.itemsize == 0:
        raise EngineError(f"{what} has type {dtype}, which is refused. Only plain numbers and text are read.")
    declared = math.prod(int(side) for side in shape) * dtype.itemsize
    if declared != size - file.tell() or declared > MAX_BYTES:
        raise EngineError(
            f"{what} declares shape {shape} of {dtype} ({declared:,} bytes), but holds {size:,} bytes "
            f"(at most {MAX_BYTES:,} are read). The file is damaged: write it again."
        )
    values = make((math.prod(shape),), dtype)
    view = values.view(np.uint8).data if declared else memoryview(b"")
    while len(view):
        got = file.readinto(view[: 1 << 24])
        if not got:
            raise EngineError(f"{what} ends early. The file is damaged: write it again.")
        view = view[got:]
    if dtype.kind == "U" and declared and values.view(dtype.byteorder + "u4").max() > _LAST_LETTER:
        raise EngineError(f"{what} holds numbers that are no letters. The file is damaged: write it again.")
    return values.reshape(shape, order="F" if fortran else "C")


def _read_header(file: io.BufferedIOBase, what: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Return shape, order and type that a `.npy` file declares, and leave `file` at its first value."""
    version = np.lib.format.read_magic(file)
    _refuse_long_header(file, version, what)
    reader = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    return reader(file)


def _refuse_long_header(file: io.BufferedIOBase, version: tuple[int, int], what: str) -> None:
    """Return with `file` at the length of its header when that is one that numpy reads.

    Raises:
        EngineError: it is longer, and would be read before it is refused.
    """
    place, kind = file.tell(), "<H" if version == (1, 0) else "<I"
    (length,) = struct.unpack(kind, file.read(struct.calcsize(kind)))
    if length > _MAX_HEADER:
        raise EngineError(f"{what} has a header of {length:,} bytes; at most {_MAX_HEADER:,} are read. Write it again.")
    file.seek(place)
