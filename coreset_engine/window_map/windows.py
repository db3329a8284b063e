"""Which windows a map compares, and the error norm's variance in each."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from numpy.typing import DTypeLike, NDArray

from coreset_engine.errors import DynamicsError, WindowError
from coreset_engine.names import counted

PAPER_STARTS = (1, 90, 100, 150, 170, 190)  # Hong et al. 2024, arXiv:2406.05677: the windows of its tables
_BLOCK = 1 << 12  # samples worked on at a time, so that a window of 10 epochs stays in a core's cache


def starts(epochs: int, length: int, step: int = 10) -> NDArray[np.int64]:
    """Return the first epochs of the windows of a map, (S,) ascending, counted from 1.

    They are 1, 1 + step, 1 + 2 step, ..., the last start that fits, and those of the papers' starts that fit.

    Args:
        epochs: T.
        length: K, epochs per window.
        step: epochs from one start to the next; 1 gives every start.

    Raises:
        WindowError: a window has fewer than 2 epochs, two do not fit the run, or the step is below 1.
    """
    if length < 2 or 2 * length > epochs:
        raise WindowError(
            f"Two windows of {counted(length, '{epoch|epochs}')} do not fit a run of {counted(epochs, '{epoch|epochs}')}. "
            f"Choose at least 2 and at most "
            f"{epochs // 2} epochs per window, or record a longer run."
        )
    if step < 1:
        raise WindowError(f"Window starts can't be {step} epochs apart. Give a step of 1 or more.")
    last = epochs - length + 1
    return np.array(sorted({*range(1, last + 1, step), last, *(start for start in PAPER_STARTS if start <= last)}))


def first_late(starts: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """Return, for each start as the early one, the position in `starts` (S,) of the first legal late one; S for none."""
    return np.searchsorted(starts, starts + length)


def pair_count(starts: NDArray[np.int64], length: int) -> int:
    """Return how many legal pairs t_e + K <= t_l the starts (S,) form."""
    return int((len(starts) - first_late(starts, length)).sum())


def variances(
    norms: NDArray[np.floating],
    starts: NDArray[np.int64],
    length: int,
    *,
    dtype: DTypeLike = np.float64,
    place: NDArray[np.int64] | None = None,
    width: int | None = None,
    threads: int = 1,
) -> NDArray[np.floating]:
    """Return each sample's population variance of the error norm in each window, in two passes of float64.

    In float64 they are bit for bit what the methods `eva` and `var-single` compute; running sums would cost less, but
    lose the small variances of settled samples.

    Args:
        norms: (T, N) error norms.
        starts: (S,) first epochs, counted from 1.
        length: K, epochs per window.
        dtype: of the result, to which the float64 values are rounded.
        place: (N,) column in which a sample's values are to stand; None leaves the order as it is.
        width: columns of the result, N when None; those that no sample takes hold -1.
        threads: how many work at once.

    Returns:
        (S, width) >= 0 in the columns of samples.

    Raises:
        DynamicsError: a norm in a window is NaN or infinite.

    Source: Hong et al. 2024, Eq. 4 (arXiv:2406.05677).
    """
    samples = norms.shape[1]
    table = np.full((len(starts), width or samples), -1, dtype)
    columns = np.arange(samples) if place is None else place
    parts = np.array_split(np.arange(samples), -(-samples // _BLOCK))  # of equal size: see `window_variance`
    work = partial(_fill, table, norms, starts, length, columns)
    _map(work, [slice(part[0], part[-1] + 1) for part in parts], threads)
    whole = np.isfinite(table).all(axis=1)
    if not whole.all():
        first = starts[whole.argmin()]
        raise DynamicsError(
            f"An error norm of epochs {first}..{first + length - 1} is NaN or infinite, so no ranking exists. Record the "
            "run again with every sample in every epoch."
        )
    return table


def window_variance(rows: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the population variance of each column of `rows` (K, n), (n,) float64.

    NumPy adds up row after row as long as there is more than one column, whatever their number; then the result has
    the same bits as that of all N samples at once.
    """
    variance: NDArray[np.float64] = np.ascontiguousarray(rows, np.float64).var(axis=0)
    return variance


def _fill(
    table: NDArray[np.floating],
    norms: NDArray[np.floating],
    starts: NDArray[np.int64],
    length: int,
    columns: NDArray[np.int64],
    part: slice,
) -> None:
    """Write the variances of some samples into their columns of the table."""
    rows = np.ascontiguousarray(norms[:, part], np.float64)
    places = columns[part]
    for position, start in enumerate(starts):
        table[position, places] = window_variance(rows[start - 1 : start - 1 + length])


def _map(work: Callable[[slice], None], parts: list[slice], threads: int) -> None:
    """Do `work` for every part, in threads where several are asked for."""
    if threads == 1 or len(parts) == 1:
        for part in parts:
            work(part)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, parts))
