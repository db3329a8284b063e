"""Reading `.npz` files that nobody vouches for: sizes and types are checked before anything is allocated."""

import lzma
import math
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from coreset_engine.errors import EngineError

_DAMAGE: tuple[type[Exception], ...] = (
    EOFError,
    UnicodeDecodeError,
    MemoryError,
    SyntaxError,
    LookupError,
    AttributeError,
    OverflowError,
)
_DAMAGE += (lzma.LZMAError, struct.error, tokenize.TokenError)  # what header parser and decompressors raise, too
MAX_BYTES = 64 * 2**30  # of one member, after unpacking: ChestMNIST at 224 px has 4 GB


def read_npz(path: Path, wanted: Iterable[str] | None = None) -> dict[str, NDArray]:
    """Return the arrays of an `.npz` file by name; those of `wanted` that exist, or all.

    Raises:
        EngineError: the file is missing, no zip of arrays, damaged, holds Python objects, or declares more than it has.
    """
    if not path.is_file():
        raise EngineError(f"There is no file {path}. Check the path.")
    asked = None if wanted is None else set(wanted)
    try:
        with zipfile.ZipFile(path) as archive:
            members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
            names = [name for name in members if asked is None or name in asked]
            return {name: _read_member(archive, members[name], f"{path}: {name}") for name in names}
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, TypeError, RuntimeError, NotImplementedError) as error:
        raise EngineError(f"{path} is no readable .npz file ({error}). Write it again with numpy.savez.") from None
    except _DAMAGE as error:
        raise EngineError(f"{path} is damaged ({error}). Write it again with numpy.savez.") from None


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, what: str) -> NDArray:
    """Return one array of an archive after comparing what its header declares with what the member holds."""
    with archive.open(info) as opened:
        file = cast(zipfile.ZipExtFile, opened)  # typed as any file, which can't always read into an array
        version = np.lib.format.read_magic(file)
        reader = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = reader(file)
        if dtype.hasobject or dtype.kind not in "biufSU" or dtype.itemsize == 0:
            raise EngineError(f"{what} has type {dtype}, which is refused. Only plain numbers and text are read.")
        declared = math.prod(int(side) for side in shape) * dtype.itemsize
        if declared != info.file_size - file.tell() or declared > MAX_BYTES:
            raise EngineError(
                f"{what} declares shape {shape} of {dtype} ({declared:,} bytes), but holds {info.file_size:,} bytes "
                f"(at most {MAX_BYTES:,} are read). The file is damaged: write it again."
            )
        values = np.empty(math.prod(shape), dtype)
        view = values.view(np.uint8).data if declared else memoryview(b"")
        while len(view):
            got = file.readinto(view[: 1 << 24])
            if not got:
                raise EngineError(f"{what} ends early. The file is damaged: write it again.")
            view = view[got:]
    return values.reshape(shape, order="F" if fortran else "C")
