"""Work on blocks of samples."""

import numpy as np
import pytest

from coreset_engine.kernels import sliding


@pytest.mark.parametrize("samples", [1, 2, 8, 9, 16, 17, 18, 33])
def test_blocks_cover_every_sample_once_and_the_last_is_never_one_alone(samples, monkeypatch):
    monkeypatch.setattr(sliding, "BLOCK", 16)
    rows = [np.arange(samples)[part] for part in sliding.blocks(samples, 2)]  # 8 samples each
    assert np.concatenate(rows).tolist() == list(range(samples))
    assert samples == 1 or min(map(len, rows)) > 1
    assert max(map(len, rows)) <= 9


def test_equal_samples_get_equal_numbers_whatever_block_they_are_in(monkeypatch):
    monkeypatch.setattr(sliding, "BLOCK", 16)
    column = np.random.default_rng(0).random(60)
    rows = np.repeat(column[:, None], 17, axis=1)
    found = sliding.by_blocks(17, 2, lambda part: rows[:, part].mean(axis=0))
    assert found == pytest.approx([column.mean()] * 17)
    assert len(set(found.tolist())) == 1


def test_what_a_block_raises_is_raised(monkeypatch):
    monkeypatch.setattr(sliding, "BLOCK", 2)
    with pytest.raises(KeyError, match="second"):
        sliding.by_blocks(6, 1, lambda part: {0: np.zeros(2)}[part.start] if not part.start else {}["second"])
