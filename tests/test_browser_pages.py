"""Every page in a real Chromium: opened first, without an error, a foreign request or a line wider than a phone."""

import re
import shutil
from itertools import pairwise

import pytest
from playwright.sync_api import expect

from coreset_engine.dashboard.shell import pages
from tests.browser import find_chromium, settled
from tests.test_browser import PAGES

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_chromium() is None, reason="no Chromium here, and none could be installed"),
]


@pytest.fixture(scope="module")
def folder(longer_once, tmp_path_factory):
    """A cache with one run of 12 epochs on 300 phantom images."""
    return shutil.copytree(longer_once, tmp_path_factory.mktemp("pages") / "cache")


def assert_faultless(page):
    """Check that a page says nothing of an error."""
    assert page.get_by_test_id("stException").count() == 0
    assert page.get_by_test_id("stAlertContentError").count() == 0


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_first_without_an_error_or_a_foreign_request_and_is_no_wider_than_a_phone(page, app, name):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{app}/{name}")
    page.get_by_role("heading", name=PAGES[name], exact=True).wait_for()
    page.wait_for_load_state("networkidle")
    settled(page)
    assert_faultless(page)
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    lines = page.locator(".st-key-heading h1, .st-key-heading [data-testid=stCaptionContainer]").all()
    boxes = [line.bounding_box() for line in lines]
    assert all(above["y"] + above["height"] <= below["y"] + 1 for above, below in pairwise(boxes))
    page.set_viewport_size({"width": 1440, "height": 900})
    settled(page)
    assert_faultless(page)
    assert [url for url in asked if not url.startswith(("http://127.0.0.1", "data:", "blob:"))] == []


@pytest.mark.parametrize("former", [name for name in pages.FORMER if pages.moved(name)])
def test_a_former_address_opens_the_page_that_took_it_over_with_what_it_says(page, app, former):
    now = pages.moved(former)
    page.goto(f"{app}/{former}?run=tiny")
    page.get_by_role("heading", name=PAGES[now.address], exact=True).wait_for()
    expect(page).to_have_url(re.compile(rf"/{now.address}\?run=tiny"))
    expect(page.get_by_text("Page not found")).to_have_count(0)
