"""D2 pruning: the released code's choices, and its steps by hand."""

import numpy as np
import pytest

from coreset_engine import Snapshot, compute
from coreset_engine.errors import ConfigError
from coreset_engine.greedy import pick
from coreset_engine.greedy.d2 import d2
from coreset_engine.kernels.graph import by_distance
from tests.devices import DEVICES
from tests.snapshots import golden_classes, golden_snapshot, picked_arrays

GOLDEN = picked_arrays()
NUMBERS = [n for n, case in enumerate(GOLDEN["d2_cases"]) if case[0] != 3]  # 3 is a graph of one direction
OVER_ALL = [n for n in NUMBERS if GOLDEN["d2_cases"][n][0] == 0]
DIFFICULTY = GOLDEN["in_difficulty"].astype(float)


def cut(share):
    """The rows of least AUM that a case cuts off."""
    return np.argsort(GOLDEN["in_aum"], kind="stable")[: int(share * 400)]


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("number", OVER_ALL)
def test_over_all_samples_it_chooses_as_the_released_code(number, device):
    _, scaled, neighbours, share, rate = GOLDEN["d2_cases"][number]
    options = {"neighbours": int(neighbours), "scale": "median" if scaled else "none", "importance": DIFFICULTY}
    with compute.on(device):
        rows = pick(golden_snapshot(), "d2", rate=rate, balanced=False, exclude=cut(share), **options).rows
    assert set(rows.tolist()) == set(GOLDEN[f"d2_sel_{number}"].tolist())


@pytest.mark.parametrize("number", [n for n in NUMBERS if n not in OVER_ALL])
def test_within_classes_it_chooses_as_the_released_sampler(number):
    _, scaled, neighbours, share, _ = GOLDEN["d2_cases"][number]
    options = {"neighbours": int(neighbours), "scale": "median" if scaled else "none"}
    found = []
    for rows, size in zip(golden_classes(cut(share)), GOLDEN[f"d2_class_budget_{number}"].tolist(), strict=True):
        picks = d2(golden_snapshot().take(rows), size, importance=DIFFICULTY[rows], **options)
        found += rows[picks.rows].tolist()
    assert set(found) == set(GOLDEN[f"d2_sel_{number}"].tolist())


@pytest.mark.parametrize("number", [n for n in OVER_ALL if f"d2_forward64_{n}" in GOLDEN])
def test_the_first_pick_has_the_largest_forward_score(number):
    _, scaled, neighbours, share, _ = GOLDEN["d2_cases"][number]
    options = {"neighbours": int(neighbours), "scale": "median" if scaled else "none", "importance": DIFFICULTY}
    rows = pick(golden_snapshot(), "d2", rate=0.1, balanced=False, exclude=cut(share), **options).rows
    assert rows[0] == np.nanargmax(GOLDEN[f"d2_forward64_{number}"])


@pytest.mark.parametrize(("scale", "median"), [("raw", False), ("scaled", True)])
def test_the_graph_has_the_edges_of_the_released_code(scale, median):
    graph, middle = by_distance(golden_snapshot().features, 5)
    assert middle == pytest.approx(float(GOLDEN["d2_median_k5"]), abs=1e-6)
    assert by_distance(golden_snapshot().features, 10)[1] == pytest.approx(float(GOLDEN["d2_median_k10"]), abs=1e-6)
    expected = {
        (i, j): weight
        for i, j, weight in zip(*(GOLDEN[f"d2_edge_{part}_{scale}"].tolist() for part in "ijw"), strict=True)
    }
    weights = np.exp(-graph.values / (middle if median else 1)) * np.maximum(DIFFICULTY[graph.others], 1e-7)
    found = dict(zip(zip(graph.samples.tolist(), graph.others.tolist(), strict=True), weights, strict=True))
    assert found.keys() == expected.keys()
    for edge, weight in expected.items():
        assert found[edge] == pytest.approx(weight, rel=1e-4)


def on_a_line(*places):
    features = np.array(places, float)[:, None]
    return Snapshot.from_arrays(features=features, logits=np.zeros((len(places), 1)), labels=[0] * len(places))


def test_a_pick_lowers_its_neighbours_by_hand():
    # 0 and ln 2 are neighbours of each other, 50 of ln 2 alone: x = 4 + 3/2, 3 + 4/2, 1 + about 0 with distances as they are
    snapshot, options = on_a_line(0, np.log(2), 50), {"neighbours": 1, "scale": "none"}
    hard = np.array([4.0, 3.0, 1.0])
    # gamma 1: the second becomes 5 - 5.5/2 = 2.25, still above 1; gamma 0: 5 - 5.5 = -0.5, below it
    assert pick(snapshot, "d2", rate=1.0, importance=hard, gamma=1.0, **options).rows.tolist() == [0, 1, 2]
    assert pick(snapshot, "d2", rate=1.0, importance=hard, gamma=0.0, **options).rows.tolist() == [0, 2, 1]


def test_distances_are_counted_in_medians():
    # all nearest distances are 1000, so that they count as 1: x = 1 + e^-1 (2 + 1) in the middle beats 2 + e^-1 at the end
    snapshot, hard = on_a_line(0, 1000, 2000), np.array([2.0, 1.0, 1.0])
    assert pick(snapshot, "d2", rate=1 / 3, importance=hard, neighbours=1, scale="none").rows.tolist() == [0]
    hard = np.array([1.5, 1.0, 1.0])  # 1.5 + 0.37 against 1 + 0.92
    assert pick(snapshot, "d2", rate=1 / 3, importance=hard, neighbours=1).rows.tolist() == [1]
    assert pick(snapshot, "d2", rate=1 / 3, importance=hard, neighbours=1, scale="none").rows.tolist() == [0]


def test_copies_are_neighbours_of_each_other_and_none_of_itself():
    snapshot = on_a_line(3, 3, 3, 9)
    rows = pick(snapshot, "d2", rate=1.0, importance=np.array([1.0, 1.0, 1.0, 5.0]), neighbours=2).rows
    assert sorted(rows.tolist()) == [0, 1, 2, 3]
    graph, _ = by_distance(snapshot.features, 2)
    assert (graph.samples != graph.others).all()


def test_ties_go_to_the_lower_row():
    assert pick(on_a_line(1, 1, 1, 1), "d2", rate=0.5, importance=np.ones(4)).rows.tolist()[0] == 0


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"neighbours": 0}, "neighbours=0 is not possible: give a whole number of 1 or more"),
        ({"gamma": -1.0}, "gamma=-1.0 is not possible: give a number of 0 or more"),
        ({"gamma": np.nan}, "gamma=nan is not possible"),
        ({"importance": np.array([1.0, -2, 3])}, "must be 0 or more; its least value is -2"),
        ({"scale": "mean"}, "give one of median, none"),
    ],
)
def test_impossible_options_are_sentences(given, words):
    with pytest.raises(ConfigError, match=words):
        pick(on_a_line(1, 2, 3), "d2", rate=1.0, **{"importance": np.ones(3)} | given)
