"""Mix: a share of the places by importance, the rest by herding towards the geometric median."""

import numpy as np
import pytest

from coreset_engine import CoresetSpec, Dynamics, Snapshot, score, select
from coreset_engine.budgets import ClassBudget, Limits
from coreset_engine.errors import ConfigError, EngineError, WindowError
from coreset_engine.greedy import pick
from tests.snapshots import golden_snapshot, hardness_of


def on_a_line(*places):
    features = np.array(places, float)[:, None]
    return Snapshot.from_arrays(features=features, logits=np.zeros((len(places), 1)), labels=[0] * len(places))


def median(points):
    """The geometric median by plain steps of Weiszfeld, which here never meet a sample."""
    centre, step = points.mean(axis=0), 1.0
    while step > 1e-13:
        weights = 1 / np.linalg.norm(points - centre, axis=1)
        moved = (weights[:, None] * points).sum(axis=0) / weights.sum()
        centre, step = moved, np.linalg.norm(moved - centre)
    return centre


def plain(points, hard, size, most):
    """What the definition picks of one pool: `most` by importance, the rest by loops of herding; places in the pool."""
    chosen = sorted(range(len(points)), key=lambda j: (-hard[j], j))[:most]
    centre, total = median(points), np.zeros(points.shape[1])
    for t in range(size - most):
        left = [j for j in range(len(points)) if j not in chosen]
        chosen.append(left[int(np.linalg.norm((t + 1) * centre - total - points[left], axis=1).argmin())])
        total = total + points[chosen[-1]]
    return chosen


def test_half_by_importance_and_half_around_the_median():
    # median 3. Of 4 places 2 go to rows 6 and 0. Then 3 (row 3) is met exactly, and 6 - 3 = 3 is missed by 1 by 2 and by 4:
    # the lower row
    snapshot, hard = on_a_line(0, 1, 2, 3, 4, 5, 90), np.array([8, 0, 0, 0, 0, 0, 9])
    assert pick(snapshot, "mix", rate=4 / 7, importance=hard, share=0.5).rows.tolist() == [6, 0, 3, 2]
    # λ m = 1.8 and 3.2 are rounded down
    assert pick(snapshot, "mix", rate=4 / 7, importance=hard, share=0.45).rows.tolist() == [6, 3, 2, 4]
    assert pick(snapshot, "mix", rate=4 / 7, importance=hard, share=0.8).rows.tolist() == [6, 0, 1, 3]


@pytest.mark.parametrize(("percent", "by_importance"), [(5, 0), (10, 0), (14, 1), (20, 5), (30, 15), (60, 30)])
def test_the_rate_decides_how_many_go_to_importance(percent, by_importance):
    # of 100 samples: λ = 0, 0, 0.1, 0.25, 0.5, 0.5; 14 places x 0.1 = 1.4; in floats (0.3 - 0.1) / 0.4 is less than 0.5
    features = np.random.default_rng(3).normal(size=(100, 3))
    snapshot = Snapshot.from_arrays(features=features, logits=np.zeros((100, 1)), labels=[0] * 100)
    hard = np.random.default_rng(4).permutation(100)
    rows = pick(snapshot, "mix", rate=percent / 100, importance=hard).rows
    assert len(rows) == percent
    assert rows.tolist() == plain(snapshot.features.astype(float), hard, percent, by_importance)


@pytest.mark.parametrize("kind", ["none", "tempered"])
def test_within_classes_and_behind_a_cut_the_order_is_the_one_of_the_definition(kind):
    snapshot, hard = golden_snapshot(), hardness_of(golden_snapshot())
    kept = np.random.default_rng(5).random(400) < 0.8
    limits = Limits(ClassBudget(kind), pool=kept)
    rows = pick(snapshot, "mix", rate=0.2, importance=hard, limits=limits).rows
    labels, expected = snapshot.labels, []
    for c in dict.fromkeys(labels[rows].tolist()):
        size, pool = int((labels[rows] == c).sum()), np.flatnonzero(kept & (labels == c))
        places = plain(snapshot.features[pool].astype(float), hard[pool], size, size // 4)  # λ = 0.25 at α = 20 %
        expected += pool[places].tolist()
    assert rows.tolist() == expected


@pytest.mark.parametrize("balanced", [True, False])
def test_at_0_it_is_fair_cover_and_at_1_the_top_of_the_importance(balanced):
    snapshot, hard = golden_snapshot(), hardness_of(golden_snapshot())
    asked = {"rate": 0.3, "balanced": balanced}
    cover = pick(snapshot, "herding", centre="geometric-median", **asked).rows
    assert pick(snapshot, "mix", importance=hard, share=0.0, **asked).rows.tolist() == cover.tolist()
    assert pick(snapshot, "mix", importance=hard, **asked | {"rate": 0.1}).rows.tolist() == (
        pick(snapshot, "herding", centre="geometric-median", **asked | {"rate": 0.1}).rows.tolist()
    )
    groups = [np.flatnonzero(snapshot.labels == c) for c in range(11)] if balanced else [np.arange(400)]
    top = [rows[np.argsort(-hard[rows], kind="stable")[: round(0.3 * len(rows))]] for rows in groups]
    assert pick(snapshot, "mix", importance=hard, share=1.0, **asked).rows.tolist() == np.concatenate(top).tolist()


@pytest.mark.parametrize("share", [-0.1, 1.5, float("inf")])
def test_a_share_that_is_none_is_a_sentence(share):
    with pytest.raises(ConfigError, match=rf"share={share} is not possible: give a number from 0 .* to 1"):
        pick(golden_snapshot(), "mix", rate=0.3, importance=np.zeros(400), share=share)


@pytest.fixture(scope="module")
def run():
    """The dynamics of 60 samples over 30 epochs, and features of the same samples."""
    draws = np.random.default_rng(0)
    dynamics = Dynamics.from_logits(2 * draws.normal(size=(30, 60, 3)), np.arange(60) % 3)
    features = draws.normal(size=(60, 6))
    return dynamics, Snapshot.from_arrays(features=features, logits=features[:, :3], labels=dynamics.labels)


@pytest.mark.parametrize(
    ("word", "method", "options"),
    [
        ("dual", "dual", {}),
        ("eva:1/21", "eva", {"early": 1, "late": 21}),
        ("eva:3/9/5", "eva", {"early": 3, "late": 9, "length": 5}),
        ("exp-dual:1/21", "exp-dual", {"early": 1, "late": 21}),
    ],
)
def test_windows_stand_behind_the_name_of_the_importance(run, word, method, options):
    dynamics, snapshot = run
    hard = score(dynamics, method, **options)
    named = select(dynamics, method="mix", rate=0.4, snapshot=snapshot, importance=word)
    assert named.tolist() == select(snapshot, method="mix", rate=0.4, importance=hard).tolist()
    other = select(snapshot, method="mix", rate=0.4, importance=-hard)
    assert named.tolist() != other.tolist()


@pytest.mark.parametrize(
    ("word", "kind", "words"),
    [
        ("eva", ConfigError, "needs a value for early, late: write them behind its name as eva:E/L"),
        ("eva:21", ConfigError, "write them behind its name as eva:E/L"),
        ("eva:1/x", ConfigError, "write them behind its name as eva:E/L"),
        ("eva:1/21/10/2", ConfigError, "write them behind its name as eva:E/L"),
        ("eva:21/31", WindowError, "does not fit a run of 30 epochs"),
        ("aum:1/21", ConfigError, "Method aum has no early and late window, but 'aum:1/21' gives some"),
        ("evva:1/21", EngineError, "no scoring method 'evva'"),
    ],
)
def test_windows_that_are_none_are_a_sentence(run, word, kind, words):
    with pytest.raises(kind, match=words):
        select(run[0], method="mix", rate=0.4, snapshot=run[1], importance=word)


def test_windows_survive_the_command_line_an_address_and_a_sweep():
    spec = CoresetSpec("tiny", "mix", {"importance": "eva:21/31/5", "share": 0.25}, rate=0.1)
    assert CoresetSpec.from_argv(spec.to_argv()) == spec
    assert CoresetSpec.from_text(spec.to_text()) == spec
    assert spec.label == "mix importance=eva:21/31/5 share=0.25, α = 10 %"
