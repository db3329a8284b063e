"""A coreset as PyTorch takes it: a `Subset` of a data set, or a `Sampler` for a `DataLoader`."""

from collections.abc import Iterator, Sequence, Sized
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Dataset, Sampler, Subset

from coreset_engine.coreset import Coreset
from coreset_engine.errors import SelectionError

Rows = Coreset | Sequence[int] | NDArray[np.integer] | torch.Tensor


def coreset_subset(data: Dataset[Any], rows: Rows) -> Subset[Any]:
    """Return the samples of a coreset as a `Subset` of the full train split, in ascending order.

    Args:
        data: the full train split, in the order in which it was recorded.
        rows: a coreset, or row numbers, e.g. of a file that `select --out` wrote.

    Raises:
        SelectionError: a row does not exist, or is given twice.

    Example:
        >>> import torch
        >>> from torch.utils.data import TensorDataset
        >>> from coreset_engine.integrations import coreset_subset
        >>> full = TensorDataset(torch.arange(10))
        >>> [int(sample[0]) for sample in coreset_subset(full, [7, 2])]
        [2, 7]
    """
    return Subset(data, _checked(rows, len(data) if isinstance(data, Sized) else None).tolist())


class CoresetSampler(Sampler[int]):
    """Draws the rows of a coreset from the full train split, in another order in every epoch.

    Every epoch sees every kept sample once. The order depends on `seed` and the epoch alone: a training that goes on after
    `set_epoch(7)` sees what it would have seen.
    """

    def __init__(self, rows: Rows, *, seed: int = 0, shuffle: bool = True) -> None:
        """Take the rows.

        Args:
            rows: a coreset, or row numbers.
            seed: of the orders.
            shuffle: False draws the rows ascending.

        Raises:
            SelectionError: a row is below 0 or given twice.
        """
        self.rows, self.seed, self.shuffle, self.epoch = _checked(rows, None), seed, shuffle, 0

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch comes next, from 0; without it they are counted."""
        self.epoch = epoch

    def __iter__(self) -> Iterator[int]:
        """Return the rows of the next epoch."""
        order = np.random.default_rng((self.seed, self.epoch)).permutation(len(self.rows))
        self.epoch += 1
        return iter((self.rows[order] if self.shuffle else self.rows).tolist())

    def __len__(self) -> int:
        """Return M."""
        return len(self.rows)


def _checked(rows: Rows, samples: int | None) -> NDArray[np.int64]:
    """Return row numbers, ascending.

    Raises:
        SelectionError: they are none of a train split of so many samples, or one is given twice.
    """
    given = rows.rows if isinstance(rows, Coreset) else rows
    found = given.cpu().numpy() if isinstance(given, torch.Tensor) else np.asarray(given)
    if found.ndim != 1 or not found.size or found.dtype.kind not in "iu":
        raise SelectionError(
            f"The rows of a coreset must be whole numbers in one list; they are {found.dtype} of shape {found.shape}."
        )
    ordered = np.sort(found.astype(np.int64))
    if ordered[0] < 0 or (samples is not None and ordered[-1] >= samples):
        wrong, last = ordered[0] if ordered[0] < 0 else ordered[-1], "" if samples is None else f" to {samples - 1:,}"
        raise SelectionError(f"There is no row {wrong}: those of the data set are 0{last or ' and up'}.")
    twice = ordered[1:][ordered[1:] == ordered[:-1]]
    if len(twice):
        raise SelectionError(f"Row {twice[0]} is given twice. Give each row of a coreset once.")
    return ordered
