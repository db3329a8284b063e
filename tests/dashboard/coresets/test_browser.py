"""Importing dynamics, saving and opening a view, and taking files away, in a real browser."""

import shlex
import shutil

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser import find_chromium, running_app
from tests.test_browser import engine

CHROMIUM = find_chromium()
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here, and none could be installed"),
]


@pytest.fixture(scope="module")
def recorded(longer_once, tmp_path_factory):
    """A cache with one run of 12 epochs on 300 phantom images."""
    return shutil.copytree(longer_once, tmp_path_factory.mktemp("takeaway") / "cache")


@pytest.fixture(scope="module")
def app(recorded):
    with running_app(recorded) as address:
        yield address


def download(page, title):
    with page.expect_download() as caught:
        page.get_by_role("button", name=title).click()
    return caught.value.path()


def test_a_dropped_file_becomes_a_run_that_the_link_explores(page, app, tmp_path):
    logits = np.random.default_rng(0).normal(size=(8, 60, 3)).astype(np.float32)
    np.savez(tmp_path / "elsewhere.npz", logits=logits, labels=np.arange(60) % 3)
    page.goto(f"{app}/Record?tab=Import+dynamics")
    page.locator("input[type=file]").set_input_files(tmp_path / "elsewhere.npz")
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_text("8 epochs of 60 samples imported").wait_for()
    page.get_by_role("link", name="Explore it").click()
    page.wait_for_url("**run=elsewhere**")
    page.get_by_text("imported dynamics").first.wait_for()
    page.get_by_text("6 of 60").wait_for()


def test_a_file_that_holds_something_else_is_a_sentence(page, app, tmp_path):
    (tmp_path / "broken.npz").write_text("not a zip")
    page.goto(f"{app}/Record?tab=Import+dynamics")
    page.locator("input[type=file]").set_input_files(tmp_path / "broken.npz")
    page.get_by_role("button", name="Import", exact=True).click()
    page.get_by_text("broken.npz is no readable .npz file").wait_for()
    assert page.get_by_test_id("stException").count() == 0


def test_a_view_saved_on_explore_opens_as_it_was_after_everything_has_changed(page, app):
    page.goto(f"{app}/Explore?run=tiny&early=2&late=7&length=4&rate=0.2")
    page.get_by_role("button", name="Save this view").click()
    page.get_by_role("textbox", name="Name of the view").fill("two-seven")
    page.get_by_role("textbox", name="Name of the view").press("Tab")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("two-seven is saved").wait_for()
    page.goto(f"{app}/Explore?run=tiny&early=1&late=9&length=3&rate=0.5&method=eva&rule=balanced&group=dropped")
    page.get_by_text("150 of 300").wait_for()
    page.get_by_role("link", name="Overview").first.click()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="two-seven").click()
    view = opened.value
    view.get_by_text("60 of 300").wait_for()
    expect(view.get_by_role("slider", name="t_l, late window starts at")).to_have_value("7")
    expect(view.get_by_role("slider", name="K, epochs per window")).to_have_value("4")
    assert "rule=" not in view.url
    assert "group=" not in view.url
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("link", name="two-seven")).to_have_count(0)


def test_rows_downloaded_are_those_of_the_command_shown(page, app, recorded, tmp_path):
    page.goto(f"{app}/Explore?run=tiny&early=2&late=7&length=4&rate=0.2")
    rows = np.loadtxt(download(page, "TXT: one row per line"), np.int64)
    words = shlex.split(page.locator("pre").filter(has_text="coreset_engine select").inner_text())
    words[-1] = str(tmp_path / "coreset.npy")
    engine(recorded, *words[3:])
    np.testing.assert_array_equal(np.load(tmp_path / "coreset.npy"), rows)
    assert len(rows) == 60


@pytest.mark.parametrize("title", ["ZIP: PNGs by class", "HTML: report"])
def test_pictures_and_report_are_made_when_they_are_asked_for(page, app, title):
    page.goto(f"{app}/Explore?run=tiny&early=2&late=7&length=4&rate=0.2")
    head = download(page, title).read_bytes()[:5]
    assert head == {"Z": b"PK\x03\x04\x14", "H": b"<!doc"}[title[0]]
