"""The Windows page without a browser."""

import json

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from coreset_engine.dashboard.windows import data
from coreset_engine.executors import queue
from tests import mapped
from tests.browser import ROOT

PAGE = str(ROOT / "pages" / "3_Windows.py")


@pytest.fixture
def run(cache):
    return mapped.record(cache)


@pytest.fixture
def coarse_only(monkeypatch):
    """Let a run of 24 epochs and 300 images count as a large one."""
    monkeypatch.setattr(data, "AT_ONCE", 0)


def opened(**query):
    test = AppTest.from_file(PAGE, default_timeout=60)
    for name, value in ({"run": "mapped", "length": "4", "late": "21"} | query).items():
        test.query_params[name] = value
    page = test.run()
    assert not page.exception
    assert not page.error
    return page


def chart(page):
    """The chart's options."""
    return json.loads(page.get("echarts_chart")[0].proto.spec)


def said(page):
    """All that stands on the page outside the sidebar, as people read it."""
    return " ".join(text.value for text in [*page.main.markdown, *page.main.caption]).replace("\\", "")


def test_every_pair_of_a_short_run_is_shown_at_once(run):
    page = opened()
    assert len(chart(page)["series"][0]["data"]) == 153
    assert "grid" not in {one.key for one in page.button_group}
    assert "Now at t_e 1–4, t_l 21–24: 100 %." in said(page)


def test_the_controls_are_those_of_the_link(run):
    page = opened(early="3", late="9", rate="0.3", measure="Kept share of the rarest class")
    assert [page.slider(key=name).value for name in ("early", "late", "length", "rate")] == [3, 9, 4, 0.3]
    assert "Kept share of the rarest class" in chart(page)["title"][0]["text"]


@pytest.mark.parametrize(
    "measure", ["Overlap with the current coreset", "Shift of the class shares", "Injected label errors kept"]
)
def test_each_measure_colours_the_cells(run, measure):
    assert chart(opened(measure=measure))["title"][0]["text"].startswith(measure)


def test_measured_accuracies_lie_over_the_map(run, cache):
    for seed, accuracy in enumerate((0.7, 0.8)):
        mapped.add_result(cache, run, 1, 21, accuracy, seed)
    page = opened()
    assert "n = 2" in said(page)
    marks = chart(page)["series"][2]["data"]
    assert [mark[-1] for mark in marks] == ["75.0 % ± 7.1 (sd), n = 2"]
    hollow = chart(page)["series"][1]["data"]
    assert hollow == [[11, 1], [21, 11]]  # of the 10-epoch grid 1/11, 1/21, 11/21 the two without a retraining


def test_a_run_that_takes_longer_is_shown_every_10_epochs_and_every_pair_is_offered_as_a_job(run, coarse_only):
    page = opened()
    assert len(chart(page)["series"][0]["data"]) == 3
    page = opened(grid="1 epoch")
    assert "153 pairs" in page.info[0].value
    page.button(key="window_map_fine").click().run()
    (job,) = queue.all_jobs()
    assert job.arguments == (
        "map",
        "mapped",
        "--length",
        "4",
        "--rate",
        "0.1",
        "--step",
        "1",
        "--early",
        "1",
        "--late",
        "21",
    )
    queue.cancel(job.id)


def test_the_windows_compared_with_stay_when_the_current_ones_move_away(run, coarse_only):
    page = opened(grid="1 epoch", against="3-9")
    assert "3/9" in page.info[0].value
    assert page.button(key="window_map_compare").label == "Compare with 1/21 instead"
    page.button(key="window_map_compare").click().run()
    assert "1/21" in page.info[0].value


def test_a_button_asks_before_it_trains_and_starts_exactly_what_it_showed(run, monkeypatch):
    started = []
    monkeypatch.setattr(queue, "start", lambda words, title: started.append(words))
    page = opened()
    page.button(key="window_map_row").click().run()
    assert not page.exception
    shown = [line.split()[3:] for line in page.code[0].value.splitlines()]
    assert page.button(key="window_map_start").label == "Start 4 retrainings"  # t_l 11 and 21, two seeds each
    assert started == []
    page.number_input(key="window_map_seeds").set_value(1).run()
    shown = [line.split()[3:] for line in page.code[0].value.splitlines()]
    page.button(key="window_map_start").click().run()
    assert started == shown
    assert [words[words.index("--windows") :] for words in started] == [["--windows", "1/11", "1/21"]]
    assert "window_map_start" not in {button.key for button in page.button}


def test_not_now_starts_nothing(run, monkeypatch):
    monkeypatch.setattr(queue, "start", lambda words, title: pytest.fail("nothing was confirmed"))
    page = opened()
    page.button(key="window_map_cell").click().run()
    page.button(key="window_map_not_now").click().run()
    assert not page.code


def test_without_published_windows_the_papers_optimum_can_not_be_run(run):
    button = opened().button(key="window_map_paper")
    assert button.disabled
    assert "No windows are published" in button.help


def test_without_images_nothing_can_be_run_but_the_map_is_shown(run, cache):
    (cache / "datasets").rename(cache / "away")
    st.cache_resource.clear()  # which would keep the images open
    page = opened()
    assert len(chart(page)["series"][0]["data"]) == 153
    assert page.button(key="window_map_cell").disabled


def test_the_coreset_of_the_current_windows_is_exported_by_the_command_that_makes_it(run):
    page = opened()
    page.toggle(key="window_map_take").set_value(True).run()
    words = page.code[-2].value
    assert "select" in words
    assert all(text in words for text in ("--method eva", "early=1", "late=21", "length=4", "combine=sum"))
    assert {f"explore_export_{kind}" for kind in ("csv", "npz", "html")} <= {
        one.key for one in page.get("download_button")
    }
