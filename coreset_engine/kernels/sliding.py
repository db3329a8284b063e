"""Spread within every window that slides over the epochs, computed in two passes each, block by block of samples."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

import numpy as np
from numpy.typing import NDArray

THREADS = 4  # at most: NumPy gives up the interpreter's lock, but the memory's bandwidth is shared
BLOCK = 1 << 16  # numbers of one epoch that are worked on at a time, so that a window stays in a core's cache
WIDTH = 16  # for work on whole trajectories that adds up small numbers: 4,096 samples per block


def blocks(samples: int, width: int = 1) -> Iterator[slice]:
    """Yield slices that cover `samples`, each of about `BLOCK` numbers where a sample has `width` of them.

    Example:
        >>> from coreset_engine.kernels.sliding import blocks
        >>> list(blocks(100_000))  # 65,536 at a time
        [slice(0, 65536, None), slice(65536, 100000, None)]
    """
    step = max(2, BLOCK // max(1, width))
    start = 0
    while start < samples:
        stop = (
            samples if samples - start <= step + 1 else start + step
        )  # no last block of one: it adds in another order
        yield slice(start, stop)
        start = stop


def side_by_side(work: Callable[[slice], None], parts: Iterable[slice]) -> None:
    """Call `work` with every part, in threads that see the device of `compute`; parts must not depend on each other.

    Example:
        >>> import numpy as np
        >>> from coreset_engine.kernels.sliding import side_by_side
        >>> numbers = np.arange(4)
        >>> side_by_side(lambda part: np.multiply(numbers[part], 10, out=numbers[part]), [slice(0, 2), slice(2, 4)])
        >>> numbers.tolist()
        [0, 10, 20, 30]
    """
    parts = list(parts)
    if len(parts) == 1:
        work(parts[0])
        return
    todo, threads = iter(parts), min(THREADS, os.cpu_count() or 1)

    def take() -> None:
        """Work until nothing is left; a thread that is done with a part takes the next."""
        for part in todo:
            work(part)

    with ThreadPoolExecutor(threads) as pool:
        for ended in [pool.submit(copy_context().run, take) for _ in range(threads)]:
            ended.result()


def by_blocks(samples: int, width: int, work: Callable[[slice], NDArray]) -> NDArray[np.float64]:
    """Return (samples,) numbers that `work` computes block by block: of a run on the disk only blocks are in memory.

    Args:
        samples: N.
        width: numbers of one sample that are worked on at a time.
        work: returns the numbers of a block of samples; blocks are computed in threads, see `side_by_side`.

    Example:
        >>> import numpy as np
        >>> from coreset_engine.kernels.sliding import by_blocks
        >>> rows = np.array([[1.0, 2.0], [3.0, 6.0]])  # two epochs of two samples
        >>> by_blocks(2, 2, lambda part: rows[:, part].mean(axis=0)).tolist()
        [2.0, 4.0]
    """
    found = np.empty(samples)

    def fill(part: slice) -> None:
        """Compute one block."""
        found[part] = work(part)

    side_by_side(fill, blocks(samples, width))
    return found


def squared_deviations(rows: Any, length: int) -> Iterator[Any]:
    """Yield sum_j (x_j - mean)^2 of every window of `length` rows, from the first window to the last.

    Running sums would cost less, but lose the small spreads of settled samples to rounding.

    Args:
        rows: (T, N) float64, an array or a tensor.
        length: rows a window, 1..T; there are T - length + 1 windows.

    Yields:
        (N,) float64 >= 0.

    Example:
        >>> import numpy as np
        >>> from coreset_engine.kernels.sliding import squared_deviations
        >>> [values.tolist() for values in squared_deviations(np.array([[0.0], [2.0], [2.0]]), 2)]  # 1 + 1, then 0
        [[2.0], [0.0]]
    """
    for start in range(len(rows) - length + 1):
        window = rows[start : start + length]
        centred = window - window.mean(axis=0)
        centred *= centred
        yield centred.sum(axis=0)
