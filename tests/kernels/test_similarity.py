"""Similarities by rows: the whole matrix and rows on demand give the same."""

import numpy as np
import pytest

from coreset_engine import compute
from coreset_engine.kernels import similarity as module
from coreset_engine.kernels.gradients import Gradients
from coreset_engine.kernels.similarity import Cosine, Nearness, Rows
from tests.devices import DEVICES
from tests.gradients import cosine_similarities, distances
from tests.snapshots import random_snapshot


@pytest.fixture(params=DEVICES)
def device(request):
    with compute.on(request.param):
        yield request.param


@pytest.mark.parametrize("limit", [2**30, 4 * 50 * 7], ids=["whole", "on demand"])
@pytest.mark.parametrize(("kind", "sign"), [(Cosine, 1), (Nearness, -1)])
def test_rows_are_those_of_the_matrix_written_out(device, kind, sign, limit, monkeypatch):
    monkeypatch.setattr(module, "TILE", 16)
    snapshot = random_snapshot(50)
    expected = cosine_similarities(snapshot) if sign == 1 else -distances(snapshot)
    rows = Rows(kind(Gradients.of(snapshot)), limit)
    for asked in ([3], [4, 8, 3], [5], [3, 6, 9, 12, 15, 18, 21, 24, 27], [27, 3, 4], list(range(50))):
        np.testing.assert_allclose(compute.host(rows.take(asked)), expected[asked], atol=2e-3)


def test_rows_asked_for_again_are_not_computed_again():
    rows = Rows(Cosine(Gradients.of(random_snapshot(50))), 4 * 50 * 7)
    computed = []
    block = rows.similarity.block
    rows.similarity.block = lambda asked, *others: (computed.extend(asked.tolist()), block(asked, *others))[1]
    for asked in ([1, 2, 3, 4, 5], [5, 1, 6], [7, 1], [8, 2], [8]):  # 7 places: none is left for row 8
        rows.take(asked)
    assert computed == [1, 2, 3, 4, 5, 6, 7, 8, 8]
    rows.drop(3)
    rows.take([8])
    rows.take([8, 7, 1])
    assert computed[9:] == [8]


def test_the_sums_of_rows_need_no_matrix(device):
    snapshot = random_snapshot(50)
    expected = cosine_similarities(snapshot).sum(axis=1)
    np.testing.assert_allclose(compute.host(Cosine(Gradients.of(snapshot)).totals()), expected, rtol=1e-6)


@pytest.mark.parametrize("limit", [2**30, 4 * 50 * 7], ids=["whole", "on demand"])
def test_a_survey_gives_the_sums_and_the_smallest(device, limit, monkeypatch):
    monkeypatch.setattr(module, "HEIGHT", 8)
    snapshot = random_snapshot(50)
    sums, smallest = Rows(Nearness(Gradients.of(snapshot)), limit).survey()
    np.testing.assert_allclose(compute.host(sums), -distances(snapshot).sum(axis=1), rtol=1e-4)
    assert smallest == pytest.approx(-distances(snapshot).max(), rel=1e-5)
