"""Record in a real Chromium: whose learning curves it shows."""

import shutil

import pytest
from playwright.sync_api import expect

from tests.browser import find_chromium, settled

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_chromium() is None, reason="no Chromium here, and none could be installed"),
]


@pytest.fixture(scope="module")
def folder(explored_once, tmp_path_factory):
    """A cache with several runs."""
    return shutil.copytree(explored_once, tmp_path_factory.mktemp("record") / "cache")


@pytest.mark.parametrize("run", ["tiny1", "tiny"])
def test_the_curves_are_those_of_the_run_of_the_page_before_after_a_reload_too(page, app, run):
    page.goto(f"{app}/Explore?run={run}")
    page.get_by_role("heading", name="Explore", exact=True).wait_for()
    settled(page)
    page.get_by_role("link", name="Record", exact=True).click()
    shown = page.locator(".st-key-recorded").get_by_role("combobox")
    expect(shown).to_have_value(run)
    settled(page)
    page.reload()
    expect(shown).to_have_value(run)
    page.get_by_role("button", name=f"Loss of run {run} over the epochs").first.wait_for(state="attached")
    page.get_by_role("link", name="Explore", exact=True).click()
    page.wait_for_url(f"**/Explore?run={run}")
    page.get_by_role("link", name="Overview").click()
    page.get_by_role("link", name="Import your own dynamics").click()
    page.wait_for_url("**tab=Import+dynamics")
    settled(page)
    expect(page.get_by_text("The address asks")).to_have_count(0)


def test_a_run_that_is_gone_is_told_and_the_first_one_shown(page, app):
    page.goto(f"{app}/Record?recorded=gone")
    page.get_by_text("There is no run 'gone' in this cache").wait_for()
    assert "gone" not in page.get_by_role("link", name="Explore", exact=True).get_attribute("href")
