"""Room for arrays: in memory, or, where they are larger than it bears, in nameless files of the cache."""

import math
import os
import tempfile

import numpy as np
from numpy.typing import NDArray

from coreset_engine import memory, paths, pieces
from coreset_engine.access import require_writable
from coreset_engine.errors import EngineError
from coreset_engine.faults import unwritable


def empty(shape: tuple[int, ...], dtype: np.dtype | type) -> NDArray:
    """Return an array to be filled, a map of files that go with it where `memory.is_held` says that it is too large.

    Pages of the map are the system's to drop, so that they are no memory of this process.

    Raises:
        EngineError: the disk has no room for it.
        ViewerError: it needs the disk, and this process only shows.
    """
    size = math.prod(shape) * np.dtype(dtype).itemsize
    if not size or memory.is_held(size):
        return np.empty(shape, dtype)
    require_writable("keep images")
    folder = paths.cache_root()
    try:
        if size > pieces.PIECE:
            return pieces.empty(folder, size).view(dtype).reshape(shape)
        with tempfile.TemporaryFile(dir=folder) as file:
            os.posix_fallocate(file.fileno(), 0, size)
            return np.memmap(file, dtype, "r+", shape=shape)
    except OSError as error:
        raise EngineError(unwritable(f"An array of {memory.amount(size)} at {folder}", error)) from None
