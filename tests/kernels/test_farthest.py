"""Farthest-first order: against worked examples and against the whole matrix of distances."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coreset_engine import compute
from coreset_engine.kernels.farthest import farthest_first
from tests.devices import DEVICES


def plainly(distances, size, first):
    """The definition, on a matrix of distances."""
    chosen = [first]
    while len(chosen) < size:
        nearest = distances[chosen].min(axis=0)
        nearest[chosen] = -1
        chosen.append(int(nearest.argmax()))
    return chosen


def line(*places):
    return np.array(places, np.float64)[:, None]


def test_on_a_line_the_ends_come_first_and_then_the_middle_of_the_widest_gap():
    # from 0: the farthest is 10; then 4 (4 away from 0, 6 is 4 from 10: the lower row); then 6 (2 from 4); then 1
    np.testing.assert_array_equal(farthest_first(line(0, 1, 4, 6, 10), 5, 0), [0, 4, 2, 3, 1])


@pytest.mark.parametrize("size", [0, 1])
def test_no_row_or_only_the_first_can_be_asked_for(size):
    np.testing.assert_array_equal(farthest_first(line(5, 6, 7), size, 2), [2][:size])


def test_copies_of_one_point_are_each_chosen_once():
    rows = farthest_first(np.full((6, 3), 0.1, np.float32), 6, 4)
    np.testing.assert_array_equal(np.sort(rows), np.arange(6))
    assert rows[0] == 4


@pytest.mark.parametrize("device", DEVICES)
def test_it_is_the_definition_on_a_matrix_of_distances(device):
    points = np.random.default_rng(3).normal(size=(80, 5)).astype(np.float32)
    distances = np.linalg.norm(points[:, None].astype(np.float64) - points[None], axis=2)
    with compute.on(device):
        rows = farthest_first(compute.place(points), 30, 11)
    assert rows.tolist() == plainly(distances, 30, 11)
    assert rows.dtype == np.int64


@pytest.mark.parametrize("device", DEVICES)
def test_another_distance_is_given_as_a_product_of_two_sides(device):
    p = np.random.default_rng(4).dirichlet(np.ones(4), 60)
    logs = np.log(p)
    symmetric = ((p[:, None] - p[None]) * (logs[:, None] - logs[None])).sum(axis=2) / 2
    with compute.on(device):
        sides = [compute.place(np.concatenate(side, axis=1)) for side in ((p, logs), (logs, p))]
        own = compute.place(2 * (p * logs).sum(axis=1))
        rows = farthest_first(sides[0], 20, 0, mirrored=sides[1], own=own)
    assert rows.tolist() == plainly(symmetric, 20, 0)


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=1, max_size=20), st.data())
def test_whole_numbers_with_ties_and_copies_follow_the_definition(points, data):
    values = np.array(points, np.float64)
    size, first = data.draw(st.integers(1, len(points))), data.draw(st.integers(0, len(points) - 1))
    squared = ((values[:, None] - values[None]) ** 2).sum(axis=2)
    assert farthest_first(values, size, first).tolist() == plainly(squared, size, first)


def test_memory_beside_the_points_does_not_grow_with_the_square_of_the_samples():
    code = """
import resource, numpy as np
from coreset_engine.kernels.farthest import farthest_first
points = np.random.default_rng(0).normal(size=(20000, 16)).astype(np.float32)
farthest_first(points, 2, 0)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
farthest_first(points, 200, 0)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    grown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert int(grown) < 20_000  # KiB; one matrix of 20,000 x 20,000 distances has 1.5 GiB
