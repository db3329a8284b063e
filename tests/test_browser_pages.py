"""Former addresses and quick steps of history in a real Chromium; what pages show is in `test_browser_accessibility.py`."""

import re
import shutil

import pytest
from playwright.sync_api import expect

from coreset_engine.dashboard.shell import pages
from tests.browser import find_chromium, settled
from tests.test_browser import NAMES, PAGES

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_chromium() is None, reason="no Chromium here, and none could be installed"),
]


@pytest.fixture(scope="module")
def folder(longer_once, tmp_path_factory):
    """A cache with one run of 12 epochs on 300 phantom images."""
    return shutil.copytree(longer_once, tmp_path_factory.mktemp("pages") / "cache")


@pytest.mark.parametrize("former", [name for name in pages.FORMER if pages.moved(name)])
def test_a_former_address_opens_the_page_that_took_it_over_with_what_it_says(page, app, former):
    now = pages.moved(former)
    page.goto(f"{app}/{former}?run=tiny")
    page.get_by_role("heading", name=PAGES[now.address], exact=True).wait_for()
    expect(page).to_have_url(re.compile(rf"/{now.address}\?run=tiny"))
    expect(page.get_by_text("Page not found")).to_have_count(0)


def test_back_and_forward_pressed_quickly_lead_to_the_pages_that_were_visited(page, app):
    page.goto(f"{app}/Explore?run=tiny&early=2&late=8&length=3&rate=0.2")
    expect(page.get_by_text("60 of 300")).to_be_visible(timeout=60_000)
    for title in ("Windows", "Methods", "Data map"):
        page.get_by_role("link", name=title, exact=True).click()
        page.get_by_role("heading", name=title, exact=True).wait_for()
        settled(page)
    for step, title in (("back", "Explore"), ("forward", "Data map")):
        for _ in range(3):
            page.evaluate(f"history.{step}()")
            page.wait_for_timeout(40)
        page.get_by_role("heading", name=title, exact=True).wait_for()
        page.get_by_role("combobox", name="Run").wait_for()
        settled(page)
        expect(page).to_have_url(re.compile(rf"/{NAMES[title]}\?run=tiny&early=2&late=8&length=3&rate=0\.2$"))
