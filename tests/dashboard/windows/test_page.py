"""The Windows page without a browser."""

import json

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from coreset_engine.dashboard import cached_maps
from coreset_engine.dashboard.windows import data
from coreset_engine.executors import queue
from coreset_engine.pipeline.requests import SweepRequest
from tests import mapped
from tests.browser import ROOT

PAGE = str(ROOT / "pages" / "3_Windows.py")


@pytest.fixture
def run(cache):
    return mapped.record(cache)


@pytest.fixture
def coarse_only(cache, monkeypatch):
    """A run of 60 epochs that counts as a large one."""
    monkeypatch.setattr(data, "AT_ONCE", 0)
    return mapped.record(cache, epochs=60)


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
    assert len(hollow) == 152  # T = 24 and K = 4 have 153 pairs one epoch apart; one of them is trained
    assert [21, 1] not in hollow


def test_the_grid_of_a_run_that_takes_longer_follows_its_epochs_and_every_pair_is_offered_as_a_job(coarse_only):
    page = opened(late="57")
    # starts 1, 4, ..., 55 and the last, 57: 20, of which the pairs one step apart overlap (K = 4) but for 3 epochs
    starts = [*range(1, 57, 3), 57]
    legal = sum(late >= early + 4 for early in starts for late in starts)
    assert len(chart(page)["series"][0]["data"]) == legal
    page = opened(late="57", grid="1 epoch")
    # starts 1..57: (57 - 4) * (57 - 4 + 1) / 2
    assert "1,431 pairs" in page.info[0].value
    page.button(key="window_map_fine").click().run()
    (job,) = queue.all_jobs()
    words = "map mapped --length 4 --rate 0.1 --step 1 --early 1 --late 57"
    assert job.arguments == tuple(words.split())
    queue.cancel(job.id)


def test_a_map_of_a_sample_says_so(run, monkeypatch):
    monkeypatch.setattr(cached_maps, "MOST", 100)
    st.cache_resource.clear()
    told = "The map is of a sample of 100 of 300 images"
    assert any(told in one.value for one in opened().caption)
    monkeypatch.undo()
    st.cache_resource.clear()
    assert not any("sample of" in one.value for one in opened().caption)


def test_the_windows_compared_with_stay_when_the_current_ones_move_away(coarse_only):
    page = opened(grid="1 epoch", against="3-9")
    assert "3/9" in page.info[0].value
    assert page.button(key="window_map_compare").label == "Compare with 1/21 instead"
    page.button(key="window_map_compare").click().run()
    assert "1/21" in page.info[0].value


@pytest.fixture
def started(monkeypatch):
    """The commands that the page has asked for, which do not begin."""
    found = []
    monkeypatch.setattr(queue, "start", lambda words, title: found.append(list(words)) or len(found))
    return found


def test_one_press_searches_for_better_windows(run, started):
    page = opened()
    button = page.button(key="window_map_start")
    assert button.label == "Find better windows"
    # 153 pairs x 2 seeds; a quarter of them, 77, and 3 + 3 to confirm
    assert "At most 83 full trainings" in said(page)
    assert "the whole grid: 306" in said(page)
    button.click().run()
    assert started == [shown(page)]
    words = "sweep mapped --method eva --rate 0.1 --windows grid --length 4 --training-seeds 0 1 --search model"
    assert started == [words.split()]


def test_a_search_goes_where_the_executor_of_the_page_says(run, started, monkeypatch):
    monkeypatch.setattr("coreset_engine.sweep.executors.slurm.is_installed", lambda package: True)
    monkeypatch.setattr("coreset_engine.sweep.executors.ray.is_installed", lambda package: False)
    page = opened()
    page.radio(key="sweep_executor").set_value("ray").run()
    assert page.button(key="window_map_start").disabled
    assert [one.value for one in page.caption if "pip install coreset-explorer" in one.value]
    page.radio(key="sweep_executor").set_value("slurm").run()
    page.checkbox(key="sweep_here").check()
    page.number_input(key="sweep_slots").set_value(4).run()
    page.button(key="window_map_start").click().run()
    assert not page.exception
    asked = SweepRequest.from_argv(started[0][1:])
    assert (asked.search, asked.executor, asked.address, asked.slots) == ("model", "slurm", "local", 4)


def shown(page):
    """The words of the command shown."""
    return page.code[0].value.split()[3:]


@pytest.mark.parametrize(
    ("choice", "windows", "cells"),
    # T = 24, K = 4: t_l 5..21 for t_e 1; t_e 1..17 for t_l 21; two seeds each
    [("cell", "1/21", 2), ("row", "row:1", 34), ("column", "column:21", 34)],
)
def test_one_press_fills_what_is_missing(choice, windows, cells, run, started):
    page = opened()
    page.selectbox(key="window_map_train").set_value(choice).run()
    assert not page.exception
    button = page.button(key="window_map_start")
    assert button.label == f"Train {cells} missing cells"
    assert f"{cells} cells: 0 exist" in said(page)
    button.click().run()
    assert started == [shown(page)]
    assert started[0][started[0].index("--windows") + 1] == windows


def test_the_map_shows_val_unless_test_is_asked_for_after_choosing(run, cache):
    mapped.add_result(cache, run, 1, 21, 0.7, 0)
    page = opened()
    options = page.selectbox(key="accuracy").options
    assert page.selectbox(key="accuracy").value == options[0] == "val accuracy at its best epoch"
    assert all(text.endswith("looked at after choosing") for text in options if text.startswith("test"))


def test_without_images_nothing_can_be_run_but_the_map_is_shown(run, cache):
    (cache / "datasets").rename(cache / "away")
    st.cache_resource.clear()  # which would keep the images open
    page = opened()
    assert len(chart(page)["series"][0]["data"]) == 153
    assert page.button(key="window_map_start").disabled


def test_the_coreset_of_the_current_windows_is_exported_by_the_command_that_makes_it(run):
    page = opened()
    page.toggle(key="window_map_take").set_value(True).run()
    (words,) = [one.value for one in page.code if "coreset_engine select" in one.value]
    assert all(text in words for text in ("--method eva", "early=1", "late=21", "length=4", "combine=sum"))
    assert {f"explore_export_{kind}" for kind in ("csv", "npz", "html")} <= {
        one.key for one in page.get("download_button")
    }
