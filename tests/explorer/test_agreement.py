"""The browser's scores and selections against the engine's, on the golden dynamics."""

import numpy as np
import pytest

from coreset_engine import CoresetSpec, class_budgets, coreset_of, hard_cutoff, score
from coreset_engine.analysis import coresets
from coreset_engine.dashboard.explore.data import live_state
from coreset_engine.dashboard.widgets import bits
from coreset_engine.explorer import texts
from coreset_engine.explorer.run_pack import quantised, run_pack, sampled
from coreset_engine.sources import Sources
from tests.browser import find_chromium
from tests.explorer.in_browser import results

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_chromium() is None, reason="no Chromium here, and none could be installed"),
]
NAMES = tuple("abcdefghijk")
PAIRS = [(1, 31, 10), (2, 21, 10), (1, 11, 5), (5, 30, 2), (11, 21, 10), (1, 21, 20)]
ASKED = [
    *[("eva", {"early": e, "late": t, "length": k}, {}) for e, t, k in PAIRS],
    ("eva", {"early": 1, "late": 31, "combine": "normalized"}, {"rate": 0.3}),
    ("exp-dual", {"early": 1, "late": 31}, {"rate": 0.02}),
    ("var-single", {"start": 3, "length": 7}, {"rate": 0.5}),
    ("exp-single", {"start": 1, "length": 10}, {}),
    ("el2n", {"epochs": 7}, {"rate": 0.2}),
    ("eva", {"early": 2, "late": 21}, {"rule": "balanced"}),
    ("eva", {"early": 2, "late": 21}, {"rule": "balanced", "rule_options": {"budget": "equal"}, "rate": 0.3}),
    ("eva", {"early": 2, "late": 21}, {"rule": "balanced", "rule_options": {"budget": "round"}, "rate": 0.07}),
    *[
        ("eva", {"early": 2, "late": 21}, {"class_budget": kind, "rate": 0.13})
        for kind in ("proportional", "tempered", "equal")
    ],
    ("eva", {"early": 2, "late": 21}, {"class_budget": "tempered:tau=0.2", "rate": 0.05}),
    ("eva", {"early": 1, "late": 31}, {"hard_cutoff": 0.5, "rate": 0.9, "class_budget": "proportional"}),
    ("eva", {"early": 1, "late": 31}, {"hard_cutoff": 0.3}),
    ("eva", {"early": 1, "late": 31}, {"hard_cutoff": 0.5, "rate": 0.02, "class_budget": "tempered"}),
    ("eva", {"early": 1, "late": 31}, {"rate": 1.0}),
]


@pytest.fixture(scope="module")
def page(chromium):
    page = chromium.new_page()
    yield page
    page.close()


@pytest.fixture(scope="module")
def pack(golden_run):
    return run_pack(golden_run, NAMES, {"wrong_label": np.arange(600) % 50 == 0})


@pytest.fixture(scope="module")
def specs():
    return [CoresetSpec("golden", method, options, **({"rate": 0.1} | more)) for method, options, more in ASKED]


@pytest.fixture(scope="module")
def found(page, pack, specs):
    """What the browser makes of every selection asked."""
    return results(page, pack, [{"state": live_state(spec)} for spec in specs])


@pytest.fixture(scope="module")
def exact(golden_run, specs):
    """The same by the engine."""
    return [coreset_of(spec, Sources.of(golden_run), np.empty(0, np.int64)) for spec in specs]


@pytest.mark.parametrize("number", range(len(ASKED)))
def test_the_browser_keeps_what_the_engine_keeps(number, found, exact, golden_run):
    got, wanted = np.array(found[number]["kept"], bool), exact[number]
    assert got.sum() == wanted.size
    assert (got & wanted.kept).sum() / wanted.size >= 0.995
    np.testing.assert_allclose(found[number]["scores"], wanted.scores, atol=1e-4 * wanted.scores.max())
    assert found[number]["perClass"] == np.bincount(golden_run.labels[got], minlength=11).tolist()
    if wanted.cut is not None:
        assert np.flatnonzero(found[number]["cut"]).tolist() == np.flatnonzero(wanted.cut).tolist()
    one = coresets.one_threshold(wanted)
    assert (found[number]["threshold"] is None) == (one is None)
    if one is not None:
        assert found[number]["threshold"] == pytest.approx(one, rel=1e-3, abs=1e-4)


def test_all_golden_selections_together_agree_to_the_sample(found, exact):
    both = [np.count_nonzero(np.array(got["kept"], bool) != one.kept) for got, one in zip(found, exact, strict=True)]
    assert sum(both) == 0


@pytest.mark.parametrize("group", ["kept", "boundary", "dropped", "cut off", "entering", "leaving"])
@pytest.mark.parametrize("only", [-1, 3])
def test_a_group_holds_the_same_images_in_the_same_order(group, only, page, pack, golden_run):
    spec = CoresetSpec("golden", "eva", {"early": 2, "late": 21}, rate=0.1, hard_cutoff=0.2)
    coreset = coreset_of(spec, Sources.of(golden_run), np.empty(0, np.int64))
    before = np.arange(600) % 10 == 0
    asked = {"state": live_state(spec), "before": before.astype(int).tolist(), "group": group, "most": 24, "only": only}
    (got,) = results(page, pack, [asked])
    wanted = coresets.members(coreset, group, before)
    if only >= 0:
        wanted = wanted[golden_run.labels[wanted] == only]
    assert got["rows"]["rows"] == wanted[:24].tolist()
    assert got["rows"]["total"] == len(wanted)
    assert (got["entering"], got["leaving"]) == ((coreset.kept & ~before).sum(), (before & ~coreset.kept).sum())
    assert got["errors"] == coreset.kept[::50].sum()


def test_excluded_rows_are_never_kept(page, pack, golden_run):
    spec = CoresetSpec("golden", "eva", {"early": 2, "late": 21}, rate=0.1)
    first = coreset_of(spec, Sources.of(golden_run), np.empty(0, np.int64))
    rows = first.ranking[:30]
    (got,) = results(page, pack, [{"state": live_state(spec) | {"excluded": rows.tolist()}}])
    again = coreset_of(spec, Sources.of(golden_run), np.sort(rows))
    assert np.flatnonzero(got["kept"]).tolist() == again.rows.tolist()


@pytest.mark.parametrize("marked", [[], [0], [63, 64, 700, 827], range(50, 250), range(1000)])
def test_the_browser_reads_which_samples_are_marked(marked, page, found):
    mask = np.isin(np.arange(1000), marked)
    text = bits.as_shortest_text(mask)
    assert (
        page.evaluate("([text, count]) => Array.from(maskOf(text, count))", [text, 1000]) == mask.astype(int).tolist()
    )
    assert len(text) <= len(bits.as_text(mask)) == 168


def test_of_a_run_that_is_too_large_a_sample_by_class_is_sent(page, golden_run):
    pack = run_pack(golden_run, NAMES, {}, largest=2 * 40 * 150)
    spec = CoresetSpec("golden", "eva", {"early": 2, "late": 21}, rate=0.1)
    (got,) = results(page, pack, [{"state": live_state(spec)}])
    assert len(got["kept"]) == 150
    assert got["held"] == 15
    rows = sampled(golden_run.labels, 150)
    values = score(golden_run, "eva", early=2, late=21)[rows]
    np.testing.assert_allclose(got["scores"], values, atol=1e-4 * values.max())
    share = (
        np.bincount(golden_run.labels[rows], minlength=11) / 150 - np.bincount(golden_run.labels, minlength=11) / 600
    )
    assert np.abs(share).max() < 1 / 150


def test_small_error_norms_keep_their_digits():
    norms = np.array([0, 1e-6, 1e-3, 0.5, 1.4], np.float32)
    back = 1.4 * (quantised(norms, 1.4) / 65_535) ** 2
    np.testing.assert_allclose(back, norms, atol=4e-9, rtol=2e-2)
    np.testing.assert_allclose(back[3:], norms[3:], rtol=3e-5)


def test_the_golden_runs_cut_and_budgets_are_the_public_functions(golden_run, found):
    kept = np.array(found[-2]["kept"], bool)
    assert not kept[~hard_cutoff(golden_run, 0.02, base=0.5)].any()
    places = class_budgets(golden_run.labels, 12, kind="tempered")
    assert np.bincount(golden_run.labels[kept], minlength=11).tolist() == places.tolist()


@pytest.mark.parametrize("moved", ["early", "late", "length", "start"])
def test_windows_of_a_longer_run_lie_within_the_epochs_of_a_shorter_one(moved, page, found):
    pair, one = page.evaluate(
        "moved => [within({early: 9, late: 21, length: 10}, 5, moved), within({start: 9, length: 10}, 5, moved)]", moved
    )
    assert pair["length"] == 2
    assert 1 <= pair["early"] <= pair["late"] - 2 <= 2
    assert one == {"start": 1, "length": 5}


def test_an_axis_without_ends_has_no_ticks(page):
    page.add_script_tag(content=texts.script("charts"))
    assert page.evaluate("[ticksOf(Infinity, Infinity, 5), ticksOf(NaN, 1, 5), ticksOf(0, 4, 4)]") == [
        [],
        [],
        [0, 1, 2, 3, 4],
    ]
