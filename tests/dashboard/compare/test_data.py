"""What the Compare page computes of several selections of one run."""

import numpy as np
import pytest

from coreset_engine import load_run, score, select
from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard import cached_comparison
from coreset_engine.dashboard.compare import data

OPTIONS = {"early": 1, "late": 4, "length": 2}
EVA = CoresetSpec("tiny", "eva", OPTIONS, rate=0.1)
AUM = CoresetSpec("tiny", "aum", rate=0.2)
RANDOM = CoresetSpec("tiny", "random", {"seed": 2}, rate=0.1)


def of(asked):
    return data.members([asked])[0][0]


def test_a_selection_keeps_what_the_engine_selects(recorded):
    expected = select(load_run("tiny"), method="eva", rate=0.1, **OPTIONS)
    assert np.flatnonzero(of(EVA).coreset.kept).tolist() == expected.tolist()


def test_an_exclusion_is_never_kept_and_one_changed_later_is_seen(recorded):
    from coreset_engine.store import exclusions

    data = load_run("tiny").dataset_sha256
    first = select(load_run("tiny"), method="aum", rate=0.2)
    asked = CoresetSpec("tiny", "aum", rate=0.2, exclusion="bad")
    for rows in (first[:5], first[5:9]):
        exclusions.save("bad", rows, dataset="phantom", dataset_sha256=data, samples=200)
        kept = of(asked).coreset.kept
        assert kept.sum() == 40
        assert not kept[rows].any()


def test_what_can_not_be_computed_is_told_at_its_place_and_the_others_keep_their_letters(recorded):
    wrong = CoresetSpec("tiny", "eva", OPTIONS | {"late": 99}, rate=0.1)
    found, problems = data.members([EVA, wrong, CoresetSpec("nobody", "aum", rate=0.1), AUM])
    assert [one.letter for one in found] == ["A", "D"]
    assert list(problems) == [1, 2]
    assert "window" in problems[1]


def test_a_run_of_other_images_is_left_out_with_a_sentence(recorded, cache):
    from coreset_engine import pipeline

    logits = np.random.default_rng(0).normal(size=(6, 200, 3)).astype(np.float32)
    np.savez(cache / "foreign.npz", logits=logits, labels=np.arange(200) % 3)
    file = str(cache / "foreign.npz")
    one, other = (pipeline.import_dynamics(pipeline.ImportRequest(file, name)) for name in ("foreign", "unknown"))
    found, problems = data.members([EVA, CoresetSpec(one, "aum", rate=0.1)])
    assert len(found) == 1
    assert "foreign has other images than tiny of A" in problems[1]
    # nobody knows the images of imported runs: one is compared with itself and with no other
    asked = [CoresetSpec(run, method, rate=0.1) for run, method in ((one, "aum"), (other, "aum"), (one, "entropy"))]
    found, problems = data.members(asked)
    assert [member.spec for member in found] == [asked[0], asked[2]]
    assert "unknown has other images than foreign of A" in problems[1]


def test_images_of_an_intersection_are_in_the_order_of_the_selection_that_keeps_them(recorded):
    one = of(AUM)
    rows = one.ordered(np.flatnonzero(one.coreset.kept))
    assert (np.diff(score(load_run("tiny"), "aum")[rows]) >= 0).all()  # AUM keeps the lowest


def test_a_greedy_method_ranks_nothing(recorded):
    found = cached_comparison.agreement([AUM, CoresetSpec("tiny", "k-center", rate=0.1)])
    np.testing.assert_allclose(found, [[1, np.nan], [np.nan, np.nan]])


def test_seeds_of_a_draw_give_other_coresets_and_the_selection_itself_is_one_of_them(recorded):
    run = load_run("tiny")
    drawn = [set(select(run, method="random", rate=0.1, seed=seed).tolist()) for seed in range(2, 7)]
    overlaps = [len(a & b) / len(a | b) for i, a in enumerate(drawn) for b in drawn[:i]]
    recordings, draws = data.seeds([of(RANDOM)])
    assert (recordings.over, recordings.found, draws.over, draws.found.n) == ("recordings", None, "draws", 5)
    assert draws.found.mean == pytest.approx(np.mean(overlaps))
    assert (draws.found.low, draws.found.high) == (min(overlaps), max(overlaps))


def test_a_recording_of_another_seed_takes_part_in_the_stability(recorded, phantom_file):
    from coreset_engine import pipeline
    from coreset_engine.config import Recipe

    recipe = Recipe(epochs=5, batch_size=32, learning_rate=0.02)
    pipeline.record(
        pipeline.RecordingRequest(
            "tiny1", str(phantom_file), "lenet", recipe, seed=1, device="cpu", probabilities="float32"
        )
    )
    kept = [set(select(load_run(run), method="eva", rate=0.1, **OPTIONS).tolist()) for run in ("tiny", "tiny1")]
    (found,) = data.seeds([of(EVA)])
    assert (found.over, found.found.n) == ("recordings", 2)
    assert found.found.mean == pytest.approx(len(kept[0] & kept[1]) / len(kept[0] | kept[1]))
    (line,) = data.seed_table([found], {found.name: 0.05})
    assert (line["n"], line["Lowest"], line["By chance"]) == (2, None, 5.0)


def test_a_selection_averaged_over_runs_is_not_taken_for_one_recording(recorded):
    assert data.variants(CoresetSpec("tiny", "eva", OPTIONS, rate=0.1, average=("tiny1",)))["recordings"] == [
        CoresetSpec("tiny", "eva", OPTIONS, rate=0.1, average=("tiny1",))
    ]


def test_injected_errors_are_counted_for_each_selection(recorded):
    found, _ = data.members([EVA, AUM])
    wrong = found[0].coreset.kept.copy()  # as if all that A keeps were wrong
    first, second = data.injected({"wrong_label": wrong}, found)
    shared = (found[0].coreset.kept & found[1].coreset.kept).sum()
    assert first == {"Selection": "A eva 1/4", "label errors": "20 of 20 (chance 2)"}
    assert second == {"Selection": "B aum", "label errors": f"{shared} of 20 (chance 4)"}
    assert data.injected({}, found) == []


def test_the_table_counts_what_a_selection_keeps_alone(recorded):
    found, _ = data.members([EVA, AUM])
    comparison = data.Comparison(found)
    labels = load_run("tiny").labels
    counts = np.stack([np.bincount(labels[mask], minlength=11) for mask in (labels >= 0, *comparison.masks)], 1)
    lines = data.summary(comparison)
    alone = found[0].coreset.kept & ~found[1].coreset.kept
    assert [(line["Selection"], line["Kept"]) for line in lines] == [("A eva 1/4", 20), ("B aum", 40)]
    assert lines[0]["Unique"] == alone.sum()
    shares = counts / counts.sum(axis=0)
    apart = [100 * np.abs(shares[:, place] - shares[:, 0]).sum() / 2 for place in (1, 2)]
    assert [line["Class shift (%)"] for line in lines] == pytest.approx(apart)
