"""The maps that the Windows page shows: made at once or by a job, against EVA's own coresets."""

import time

import numpy as np
import pytest
import streamlit as st

from coreset_engine import load_run, select, window_map
from coreset_engine.dashboard import cached, cached_maps
from coreset_engine.dashboard.windows import data
from coreset_engine.executors import queue
from coreset_engine.window_map.inputs import MapRequest
from coreset_engine.windows import Windows
from tests import mapped

PAIR = Windows(1, 21, mapped.LENGTH)


@pytest.fixture
def run(cache):
    return mapped.record(cache)


def kept(early, late):
    """The rows that EVA keeps of the run with one pair of windows."""
    options = {"early": early, "late": late, "length": mapped.LENGTH}
    return set(select(load_run("mapped"), method="eva", rate=mapped.RATE, **options).tolist())


def test_a_map_made_at_once_compares_with_the_current_coreset(run):
    made = cached_maps.made_now(MapRequest(run, PAIR, mapped.RATE), "overlap", 1)
    assert made.pairs == 17 * 18 / 2  # T = 24, K = 4: t_l 5..21 for t_e = 1, one less for each further t_e
    for early, late in ((1, 5), (3, 9), (17, 21)):
        expected = len(kept(early, late) & kept(1, 21)) / len(kept(early, late) | kept(1, 21))
        assert made.matrices["overlap"][early - 1, late - 1] == pytest.approx(expected)


def test_a_map_of_a_large_run_compares_the_coresets_of_a_sample_with_each_class_in_proportion(run, monkeypatch):
    monkeypatch.setattr(cached_maps, "MOST", 100)
    st.cache_resource.clear()
    made = cached_maps.made_now(MapRequest(run, PAIR, mapped.RATE), "overlap", 1)
    rows, whole = cached_maps.part_of(run).rows, load_run(run)
    assert made.samples == len(set(rows.tolist())) == 100  # of 300
    assert (np.abs(np.bincount(whole.labels[rows]) - np.bincount(whole.labels) / 3) <= 1).all()
    norms = whole.error_norms[:, rows].astype(float)
    best = [
        set(np.argsort(-norms[:4].var(0) - norms[late - 1 : late + 3].var(0), kind="stable")[:10]) for late in (9, 21)
    ]
    assert made.matrices["overlap"][0, 8] == pytest.approx(len(best[0] & best[1]) / len(best[0] | best[1]))
    suspects = cached_maps.made_now(MapRequest(run, PAIR, mapped.RATE), "suspects_kept", 1)
    wrong = cached_maps.suspicion_of(run).mask[rows]
    assert suspects.matrices["suspects_kept"][0, 20] == pytest.approx(wrong[list(best[1])].sum() / wrong.sum())


def test_what_does_not_depend_on_the_current_windows_is_made_once_for_all_of_them(run):
    first, second = (
        cached_maps.made_now(MapRequest(run, Windows(1, late, 4), mapped.RATE), "class_shift", 10) for late in (11, 21)
    )
    assert first is second


def test_short_or_small_runs_are_compared_pair_by_pair_at_once_and_large_ones_every_10_epochs():
    assert data.step_at_once(30, 10, 6_000) == 1
    assert data.step_at_once(200, 10, 1_000) == 1
    assert data.step_at_once(200, 10, 34_561) == 10


def test_measures_are_offered_where_there_is_what_they_need(run, cache):
    offered = data.offered(MapRequest(run, PAIR, mapped.RATE))
    assert "stability" not in offered
    assert offered["suspects_kept"].startswith("Injected")  # the phantoms carry wrong labels
    mapped.record(cache, "sibling", seed=1)
    wanted = data.request(run, PAIR, mapped.RATE)
    assert wanted.others == ("sibling",)
    assert "stability" in data.offered(wanted)
    assert "sibling" in data.meaning(window_map.MEASURES["stability"], wanted)


def test_without_images_the_label_errors_are_suspected_ones(run, cache):
    (cache / "datasets").rename(cache / "away")
    st.cache_resource.clear()  # which would keep the images open
    offered = data.offered(MapRequest(run, PAIR, mapped.RATE))
    assert offered["suspects_kept"] == "Suspected label errors kept"
    assert "AUM" in data.meaning(window_map.MEASURES["suspects_kept"], MapRequest(run, PAIR, mapped.RATE))


@pytest.mark.parametrize("others", [(), ("sibling",)])
def test_the_map_of_every_pair_is_found_as_soon_as_a_job_has_made_it(run, cache, others):
    mapped.record(cache, "sibling", seed=1)
    wanted = MapRequest(run, PAIR, mapped.RATE, others)
    assert cached_maps.made_by_job(wanted) is None
    data.start(wanted)
    assert data.is_under_way(wanted)
    deadline = time.monotonic() + 60
    while data.is_under_way(wanted) and time.monotonic() < deadline:
        time.sleep(0.1)
    (job,) = queue.all_jobs()
    assert (job.state, job.progress) == ("done", 1)
    made = cached_maps.made_by_job(wanted)
    assert ("stability" in made.matrices) == bool(others)
    live = cached_maps.made_now(wanted, "suspects_kept", 1)
    np.testing.assert_array_equal(made.matrices["suspects_kept"], live.matrices["suspects_kept"])
    assert cached_maps.made_by_job(MapRequest(run, Windows(2, 21, 4), mapped.RATE, others)) is None


def test_a_damaged_map_counts_as_not_made(run):
    wanted = MapRequest(run, PAIR, mapped.RATE)
    given = window_map.inputs.settings(
        load_run(run), early=1, late=21, length=4, rate=mapped.RATE, truth=cached.images(run).truth
    )
    window_map.make(load_run(run), step=1, **given)
    (file,) = (window_map.path_of("x").parent).iterdir()
    assert cached_maps.made_by_job(wanted).pairs == 153
    file.write_bytes(b"PK\x03\x04 and no more")
    assert cached_maps.made_by_job(wanted) is None


@pytest.mark.parametrize(
    ("text", "found"), [("3-9", (3, 9)), ("", (1, 21)), ("9-3", (1, 21)), ("3-99", (1, 21)), ("x-9", (1, 21))]
)
def test_the_windows_compared_with_are_those_of_the_link_where_they_are_legal(text, found):
    reference = data.reference(text, 24, PAIR)
    assert (reference.early, reference.late, reference.length) == (*found, 4)
