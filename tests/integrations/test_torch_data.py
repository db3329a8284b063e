"""Coresets as PyTorch takes them: whole, once per epoch, and refused where a row is wrong."""

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from coreset_engine import Coreset
from coreset_engine.errors import SelectionError
from coreset_engine.integrations import CoresetSampler, coreset_subset

FULL = TensorDataset(torch.arange(10))


def drawn(sampler):
    return [int(row) for (rows,) in DataLoader(FULL, 2, sampler=sampler) for row in rows]


def test_every_epoch_sees_every_kept_sample_once_in_another_order():
    sampler = CoresetSampler(Coreset(np.array([1, 4, 6, 7, 9]), np.zeros(10), "highest"), seed=3)
    first, second = drawn(sampler), drawn(sampler)
    assert sorted(first) == sorted(second) == [1, 4, 6, 7, 9]
    assert first != second
    sampler.set_epoch(0)
    assert drawn(sampler) == first
    assert len(sampler) == 5
    assert drawn(CoresetSampler([7, 2], shuffle=False)) == [2, 7]


@pytest.mark.parametrize(
    "rows, message",
    [
        ([0, 10], "There is no row 10: those of the data set are 0 to 9"),
        ([-1], "There is no row -1"),
        ([2, 3, 2], "Row 2 is given twice"),
        ([0.5], "whole numbers in one list; they are float64"),
        ([], "whole numbers in one list"),
    ],
)
def test_rows_that_can_not_be_a_coreset_are_refused(rows, message):
    with pytest.raises(SelectionError, match=message):
        coreset_subset(FULL, rows)
