"""Spread within every window that slides over the epochs, computed in two passes each, block by block of samples."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

THREADS = 4  # at most: NumPy gives up the interpreter's lock, but the memory's bandwidth is shared
BLOCK = 1 << 16  # numbers of one epoch that are worked on at a time, so that a window stays in a core's cache


def blocks(samples: int, width: int = 1) -> Iterator[slice]:
    """Yield slices that cover `samples`, each of at most `BLOCK` numbers where a sample has `width` of them.

    Example:
        >>> from coreset_engine.kernels.sliding import blocks
        >>> list(blocks(100_000))  # 65,536 at a time
        [slice(0, 65536, None), slice(65536, 100000, None)]
    """
    step = max(1, BLOCK // width)
    for start in range(0, samples, step):
        yield slice(start, min(samples, start + step))


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
    with ThreadPoolExecutor(min(THREADS, os.cpu_count() or 1)) as pool:
        for ended in [pool.submit(copy_context().run, work, part) for part in parts]:
            ended.result()


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
