"""Large arrays in files of 2 GiB, mapped one behind the other, so that their readers have one plain array.

`images.npy` of more than that lies in `images.npy.000`, `images.npy.001`, …, which joined are what `numpy.save` writes.
"""

import ctypes
import mmap
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import count, takewhile
from math import prod
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

PIECE = 2**31  # bytes of a file: whole pages on every machine
_AT_ADDRESS = 0x10  # MAP_FIXED, which `mmap` does not name


def save(path: Path, values: NDArray) -> None:
    """Write an array as `numpy.save` does, in files of `PIECE` bytes where it is larger."""
    if values.nbytes <= PIECE:
        np.save(path, values)
        return
    with closing(_Writer(path)) as file:
        np.lib.format.write_array(file, values, allow_pickle=False)


def load(path: Path) -> NDArray:
    """Return an array that `save` wrote, as a read-only map.

    Raises:
        OSError: it is missing.
        ValueError: it is no array, or its files are not as long as they should be.
    """
    parts = files_of(path)
    if path in parts:
        return np.load(path, mmap_mode="r")
    with parts[0].open("rb") as file:
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, is_fortran, dtype = read(file)
        start = file.tell()
    sizes = [part.stat().st_size for part in parts]
    if dtype.hasobject or start + prod(shape) * dtype.itemsize != sum(sizes):
        raise ValueError(f"{path.name}: {len(parts)} files do not hold {shape} of {dtype}")
    content = np.asarray(_Joined(_opened(parts), sizes))
    return content[start:].view(dtype).reshape(shape, order="F" if is_fortran else "C")


def files_of(path: Path) -> list[Path]:
    """Return the files in which an array lies: one of this path, which also stands for none, or several, in order."""
    numbered = (_part(path, number) for number in count())
    parts = [] if path.exists() else list(takewhile(Path.exists, numbered))
    return parts or [path]


def empty(folder: Path, size: int) -> NDArray[np.uint8]:
    """Return so many bytes to be filled, a map of nameless files of a folder that go with it.

    Raises:
        OSError: the disk has no room for them.
    """
    sizes = [min(PIECE, size - start) for start in range(0, size, PIECE)]
    return np.asarray(_Joined(_nameless(folder, sizes), sizes, is_writable=True))


def _nameless(folder: Path, sizes: list[int]) -> Iterator[IO[bytes]]:
    """Yield a temporary file of every size.

    Raises:
        OSError: the disk has no room for it.
    """
    for size in sizes:
        with tempfile.TemporaryFile(dir=folder) as file:
            os.posix_fallocate(file.fileno(), 0, size)
            yield file


def _opened(parts: list[Path]) -> Iterator[IO[bytes]]:
    """Yield files, one open at a time."""
    for part in parts:
        with part.open("rb") as file:
            yield file


def _part(path: Path, number: int) -> Path:
    """Return the path of one file of an array."""
    return path.with_name(f"{path.name}.{number:03d}")


class _Writer:
    """A file to write to, which goes on in the next one after every `PIECE` bytes."""

    def __init__(self, path: Path) -> None:
        """Take the path of the array."""
        self._path, self._number, self._left = path, 0, PIECE
        self._file = _part(path, 0).open("xb")

    def write(self, content: bytes) -> int:
        """Write bytes; return how many they are."""
        view = memoryview(content)
        while view:
            if not self._left:
                self._file.close()
                self._number, self._left = self._number + 1, PIECE
                self._file = _part(self._path, self._number).open("xb")
            written = self._file.write(view[: self._left])
            self._left -= written
            view = view[written:]
        return len(content)

    def close(self) -> None:
        """Close the last file."""
        self._file.close()


class _Joined:
    """Files mapped at addresses that follow each other, until no array of them is left."""

    def __init__(self, files: Iterable[IO[bytes]], sizes: list[int], *, is_writable: bool = False) -> None:
        """Map files, all but the last of them of whole pages.

        Raises:
            OSError: the system does not map them.
            ValueError: another than the last file ends within a page.
        """
        if any(size % mmap.PAGESIZE for size in sizes[:-1]):
            raise ValueError("a file that is not the last one was cut")
        # reserves the addresses, no memory; where it is given back, so are the maps that have taken its place
        self._reserved = mmap.mmap(-1, sum(sizes), mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, mmap.PROT_READ)
        start: int = np.frombuffer(self._reserved, np.uint8).ctypes.data
        self.__array_interface__: dict[str, Any] = {
            "version": 3,
            "typestr": "|u1",
            "shape": (sum(sizes),),
            "data": (start, not is_writable),
        }
        for file, size in zip(files, sizes, strict=True):
            _map_at(start, file.fileno(), size, mmap.PROT_READ | (mmap.PROT_WRITE if is_writable else 0))
            start += size


def _map_at(address: int, file: int, size: int, access: int) -> None:
    """Map a file in place of what lies at an address.

    Raises:
        OSError: the system refuses to.
    """
    kernel_map = ctypes.CDLL(None, use_errno=True).mmap
    kernel_map.restype = ctypes.c_void_p
    kernel_map.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_int64]
    if kernel_map(address, size, access, mmap.MAP_SHARED | _AT_ADDRESS, file, 0) != address:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
