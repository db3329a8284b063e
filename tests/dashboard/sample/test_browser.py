"""The Sample page in a real Chromium: how a sample is reached, and how one leads to the next."""

import re
import shutil

import numpy as np
import pytest
from playwright.sync_api import expect

from coreset_engine import Recorder
from tests.browser import find_chromium, running_app, settled

CHROMIUM = find_chromium()
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here, and none could be installed"),
]
SETTING = "method=exp-dual&early=1&late=3&length=2&rate=0.2"


@pytest.fixture(scope="module")
def app(recorded_once, tmp_path_factory):
    """The app on two runs, of which `tiny` is not the one that is shown by itself."""
    folder = tmp_path_factory.mktemp("sample") / "cache"
    shutil.copytree(recorded_once, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CORESET_CACHE", str(folder))
        with Recorder("a-run-before", labels=np.arange(60) % 3, classes=3, epochs=4) as recorder:
            for epoch in range(1, 5):
                recorder.record(epoch, np.arange(60), np.random.default_rng(epoch).normal(size=(60, 3)))
                recorder.end_epoch(epoch)
    with running_app(folder) as address:
        yield address


def row_shown(page):
    return page.get_by_role("spinbutton", name=re.compile("Row of the train split"))


def look(page):
    """The dialog that an image opens."""
    return page.get_by_role("dialog")


def test_an_image_chosen_on_explore_is_looked_at_stepped_from_and_all_about_it_leads_to_its_sample(page, app):
    page.goto(f"{app}/Explore?run=tiny&{SETTING}")
    tiles = page.locator(".tiles button")
    rows = [tiles.nth(place).get_attribute("data-row") for place in range(8)]
    tiles.nth(4).click()
    look(page).get_by_text(f"Row {rows[4]} · 5 of 40 shown").wait_for()
    look(page).get_by_role("button", name="Next").click()
    look(page).get_by_text(f"Row {rows[5]} · 6 of 40 shown").wait_for()
    look(page).get_by_text("rank 6 of 200").wait_for()
    look(page).get_by_role("link", name="Open sample page").click()
    page.wait_for_url(f"**/Sample?*sample={rows[5]}*")
    expect(row_shown(page)).to_have_value(rows[5])
    page.get_by_text("Rank 6 of 200 by exp-dual").wait_for()
    for part in ("run=tiny", "method=exp-dual", "late=3", "rate=0.2"):  # what is by default is not in a link
        assert part in page.url
    assert page.get_by_test_id("stException").count() == 0


def test_arrow_keys_step_through_the_gallery_and_escape_leaves_the_page_as_it_was(page, app):
    page.goto(f"{app}/Explore?run=tiny&{SETTING}")
    tile = page.locator(".tiles button").nth(4)
    tile.click()
    look(page).get_by_text("5 of 40 shown").wait_for()
    address = page.url
    for key, place in (("ArrowRight", 6), ("ArrowRight", 7), ("ArrowLeft", 6)):
        page.keyboard.press(key)
        look(page).get_by_text(f"{place} of 40 shown").wait_for()
    page.keyboard.press("Escape")
    expect(look(page)).to_have_count(0)
    expect(tile).to_be_focused()
    assert page.url == address
    page.get_by_role("slider", name="Selection rate").press("ArrowRight")
    page.wait_for_url("**rate=0.21**")
    page.get_by_text("42 of 200").wait_for()
    expect(look(page)).to_have_count(0)


def test_back_leads_from_the_sample_to_explore_as_it_was_at_once(page, app):
    page.goto(f"{app}/Explore?run=tiny&{SETTING}&group=dropped&page=2")
    tile = page.locator(".tiles button").nth(4)
    row = tile.get_attribute("data-row")
    address = page.url
    tile.click()
    look(page).get_by_role("link", name="Open sample page").click()
    page.wait_for_url(f"**/Sample?*sample={row}*")
    page.get_by_text("Kept: among the first").wait_for()
    page.go_back()
    page.wait_for_url("**/Explore?**")
    expect(page.locator(".tiles button").nth(4)).to_have_attribute("data-row", row)
    expect(page.get_by_role("slider", name="Selection rate")).to_have_value("0.2")
    page.wait_for_url(address)


def test_a_neighbour_chosen_by_keyboard_becomes_the_sample_and_its_link_opens_the_same(page, app):
    page.goto(f"{app}/Sample?run=tiny&sample=3&{SETTING}")
    page.get_by_text("Kept: among the first").wait_for()
    tile = page.locator(".tiles button").first
    row = tile.get_attribute("data-row")
    tile.focus()
    tile.press("Enter")
    page.wait_for_url(f"**sample={row}*")
    expect(row_shown(page)).to_have_value(row)
    settled(page)
    rank = page.get_by_text(re.compile(r"^Rank \d+ of 200 by exp-dual")).inner_text()
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    page.get_by_text(rank).wait_for()
    expect(row_shown(page)).to_have_value(row)
    for size in ("28", "112", "224"):
        image = page.get_by_role("img", name=f"Row {row} of the train split").and_(page.locator(f"[width='{size}']"))
        assert image.evaluate("image => getComputedStyle(image).imageRendering") == "pixelated"


def test_arrow_keys_go_through_the_ranking_but_not_while_a_slider_or_a_gallery_has_the_focus(page, app):
    page.goto(f"{app}/Sample?run=tiny&sample=3&{SETTING}")
    page.get_by_text("Kept: among the first").wait_for()
    page.get_by_role("button", name="Ranked before").wait_for()  # it comes late on a busy machine, and hears the key
    settled(page)
    rank = int(re.match(r"Rank (\d+)", page.get_by_text(re.compile(r"^Rank \d+ of 200")).inner_text()).group(1))
    page.keyboard.press("ArrowLeft")
    page.get_by_text(f"Rank {rank - 1} of 200").wait_for()
    page.keyboard.press("ArrowRight")
    page.get_by_text(f"Rank {rank} of 200").wait_for()
    page.locator(".tiles button").first.focus()
    page.keyboard.press("ArrowLeft")
    epoch = page.get_by_role("slider", name="Epoch", exact=True)
    epoch.press("ArrowLeft")
    expect(epoch).to_have_attribute("aria-valuetext", "epoch 4 of 5")
    page.get_by_role("slider", name="Selection rate").press("ArrowLeft")
    page.wait_for_url("**rate=0.19**")
    page.get_by_text("α = 19 %").first.wait_for()
    expect(row_shown(page)).to_have_value("3")
