"""Graph cover: the released code's choices, and what the graph joins."""

import numpy as np
import pytest

from coreset_engine import Snapshot, compute
from coreset_engine.errors import ConfigError
from coreset_engine.greedy import pick
from coreset_engine.greedy.graph_cover import graph_cover
from coreset_engine.kernels.graph import by_cosine
from coreset_engine.kernels.objectives import Reach
from tests.devices import DEVICES
from tests.snapshots import golden_classes, golden_snapshot, picked_arrays

GOLDEN = picked_arrays()
NUMBERS = range(len(GOLDEN["gc_cases"]))
BY_CLASS = [n for n in NUMBERS if GOLDEN["gc_cases"][n][1]]


def expected(number):
    """The set that the released code chose, or a float64 loop where its budgets were others."""
    name = f"gc_sel_{number}"
    return set(GOLDEN[name if name in GOLDEN else f"gc_sel64_{number}"].tolist())


def kernel(features, neighbours):
    """K = A + A² by the definition, dense."""
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    cosines = unit.astype(float) @ unit.T.astype(float)
    np.fill_diagonal(cosines, -np.inf)
    near = np.argsort(-cosines, axis=1, kind="stable")[:, :neighbours]
    joined = np.zeros(cosines.shape, bool)
    joined[np.arange(len(unit))[:, None], near] = True
    weights = np.where(joined | joined.T, np.clip(cosines, 0, 1), 0)
    degrees = weights.sum(axis=1)
    step = weights / np.sqrt(np.outer(degrees, degrees))
    return step + step @ step


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("number", [n for n in NUMBERS if n not in BY_CLASS])
def test_the_graph_of_all_samples_chooses_as_the_released_code(number, device):
    sizes, wanted = GOLDEN[f"gc_budget_{number}"].tolist(), expected(number)
    groups = list(zip(golden_classes(), sizes, strict=True)) if sizes[0] >= 0 else [(np.arange(400), len(wanted))]
    with compute.on(device):
        rows = graph_cover(golden_snapshot(), groups, neighbours=int(GOLDEN["gc_cases"][number][0])).rows
    assert set(rows.tolist()) == wanted


@pytest.mark.parametrize("number", BY_CLASS)
def test_the_graph_of_each_class_alone_chooses_as_the_released_code(number):
    found = []
    for rows, size in zip(golden_classes(), GOLDEN[f"gc_budget_{number}"].tolist(), strict=True):
        picks = graph_cover(golden_snapshot().take(rows), [(np.arange(len(rows)), size)])
        found += rows[picks.rows].tolist()
    assert set(found) == expected(number)


def test_the_graph_is_the_one_of_the_released_code():
    graph = by_cosine(golden_snapshot().features, 10)
    np.testing.assert_array_equal(graph.samples, GOLDEN["gc_W_i_k10"])
    np.testing.assert_array_equal(graph.others, GOLDEN["gc_W_j_k10"])
    np.testing.assert_allclose(graph.values, GOLDEN["gc_W_w_k10"], atol=1e-5)


@pytest.mark.parametrize("neighbours", [10, 50])
def test_the_first_gains_are_the_sums_of_the_rows_of_the_kernel(neighbours):
    reach = Reach(by_cosine(golden_snapshot().features, neighbours), 2)
    np.testing.assert_allclose(reach.gains(None), GOLDEN[f"gc_K_rowsum64_k{neighbours}"], rtol=1e-6)


def test_the_kernel_is_the_one_of_the_released_code_entry_by_entry():
    reach = Reach(by_cosine(golden_snapshot().features, 10), 2)
    for row in range(40):
        reach.best[:] = 0
        reach.add(row)
        np.testing.assert_allclose(reach.best[:40], GOLDEN["gc_K_block64_k10"][row], rtol=1e-6, atol=1e-12)


def test_excluded_samples_are_covered_but_not_chosen():
    features = np.random.default_rng(3).normal(size=(60, 4)) + 1
    snapshot = Snapshot.from_arrays(features=features, logits=np.zeros((60, 1)), labels=[0] * 60)
    excluded, covered, chosen = np.arange(0, 60, 2), kernel(features, 4), []
    for _ in range(6):  # the definition: the sum runs over all 60, the choice over the odd ones
        gains = np.maximum(covered, covered[:, chosen].max(axis=1, initial=0)[:, None]).sum(axis=0)
        gains[[*excluded, *chosen]] = -np.inf
        chosen.append(int(gains.argmax()))
    assert pick(snapshot, "graph-cover", rate=0.1, neighbours=4, exclude=excluded).rows.tolist() == chosen


def test_classes_take_turns_by_gain_until_each_has_its_share():
    # two bundles of one direction each, the larger one is of class 0: its middle covers most, then class 0 is closed
    angles = np.radians([0, 1, 2, 3, 4, 90, 91, 92])
    features = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    snapshot = Snapshot.from_arrays(features=features, logits=features, labels=[0, 0, 0, 0, 0, 1, 1, 1])
    rows = graph_cover(snapshot, [(np.arange(5), 1), (np.arange(5, 8), 2)], neighbours=2).rows.tolist()
    assert rows[0] in range(5)
    assert set(rows[1:]) < {5, 6, 7}


def test_one_hop_covers_direct_neighbours_only():
    # a chain of directions, each joined to the next: in one hop from the middle of five only two others are reached
    angles = np.radians([0, 20, 41, 63, 86])
    reach = [Reach(by_cosine(np.stack([np.cos(angles), np.sin(angles)], axis=1), 1), hops) for hops in (1, 2)]
    for one in reach:
        one.add(2)
    assert [np.flatnonzero(one.best).tolist() for one in reach] == [[1, 3], [0, 1, 2, 3, 4]]


def test_copies_of_a_sample_are_its_neighbours():
    graph = by_cosine(np.array([[1.0, 0], [1, 0], [1, 0], [0, 1], [0, 1]]), 1)
    assert (graph.samples != graph.others).all()
    np.testing.assert_allclose(graph.values, 1)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"neighbours": 0}, "neighbours=0 is not possible: give a whole number of 1 or more"),
        ({"hops": 3}, "give one of 2, 1"),
    ],
)
def test_impossible_options_are_sentences(given, words):
    with pytest.raises(ConfigError, match=words):
        pick(golden_snapshot(), "graph-cover", rate=0.1, **given)
