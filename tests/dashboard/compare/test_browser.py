"""The Compare page in a real Chromium: from Explore to a comparison, a bar to its images, an image to its sample."""

import re

import pytest
from playwright.sync_api import expect

from coreset_engine import load_run, select
from coreset_engine.coreset import CoresetSpec
from coreset_engine.dashboard.charts import spec
from coreset_engine.dashboard.coresets import compared
from tests.browser import becomes, find_chromium

CHROMIUM = find_chromium()
pytestmark = [
    pytest.mark.browser,
    pytest.mark.usefixtures("recorded"),  # the tests read the run that the app shows, too
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here, and none could be installed"),
]


def tile_rows(page):
    """The rows of the images shown."""
    tiles = page.locator(".st-key-compare_tiles .tiles button")
    tiles.first.wait_for()
    return tiles.evaluate_all("tiles => tiles.map(tile => Number(tile.dataset.row))")


def test_selections_are_added_on_explore_compared_two_clicks_later_and_an_image_opens_its_sample(page):
    page.goto("/Explore?run=tiny&method=aum&rate=0.1")
    page.get_by_role("button", name="Add to comparison").click()
    page.get_by_role("link", name="Compare 1").wait_for()
    page.goto(f"/Explore?run=tiny&method=random&rate=0.1&{page.url.split('?')[1].split('&')[-1]}")
    page.get_by_role("button", name="Add to comparison").click()
    page.get_by_role("link", name="Compare 2").click()
    page.wait_for_url("**/Compare?**")
    run = load_run("tiny")
    a, b = set(select(run, method="aum", rate=0.1).tolist()), set(select(run, method="random", rate=0.1).tolist())
    becomes(page, lambda: set(tile_rows(page)), a - b)
    page.locator(".st-key-compare_tiles .tiles button").nth(2).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("kept by aum, α = 10 %").wait_for()
    dialog.get_by_role("link", name="Open sample page").click()
    page.wait_for_url("**/Sample?**")
    page.get_by_text(re.compile("Rank .* of 200 by aum")).wait_for()


def test_a_suggestion_is_shown_at_once_and_kept_in_the_link(page):
    page.goto("/Compare?run=tiny&rate=0.2")
    rows = tile_rows(page)
    assert "compare=" not in page.url
    page.get_by_role("button", name="Keep these").click()
    page.wait_for_url("**compare=**")
    page.get_by_role("button", name="Remove").nth(4).wait_for()
    becomes(page, lambda: tile_rows(page), rows)


def test_a_bar_shows_the_images_that_its_selections_keep(page):
    text = compared.to_text(
        [CoresetSpec("tiny", "aum", rate=0.2), CoresetSpec("tiny", "random", {"seed": 0}, rate=0.1)]
    )
    page.goto(f"/Compare?run=tiny&compare={text}")
    tile_rows(page)
    run = load_run("tiny")
    a, b = set(select(run, method="aum", rate=0.2).tolist()), set(select(run, method="random", rate=0.1).tolist())
    sizes = {"A": len(a - b), "B": len(b - a), "A+B": len(a & b)}
    place = sorted(sizes, key=lambda code: -sizes[code]).index("B")
    box = page.locator(".st-key-compare_sets canvas").first.bounding_box()
    left = spec.margin(["A aum", "B random"], 150)
    width = (box["width"] - left - 8) / len(sizes)
    page.mouse.click(box["x"] + left + (place + 0.5) * width, box["y"] + 28 + 148)
    page.wait_for_url("**only=B**")
    expect(page.get_by_text(f"{sizes['B']} images, kept only by B")).to_be_visible()
    becomes(page, lambda: set(tile_rows(page)), b - a)


def test_a_selection_opens_on_explore_with_its_own_controls(page):
    text = compared.to_text(
        [CoresetSpec("tiny", "aum", rate=0.2), CoresetSpec("tiny", "random", {"seed": 3}, "balanced", rate=0.4)]
    )
    page.goto(f"/Compare?run=tiny&compare={text}")
    page.locator(".st-key-compare_show_1").get_by_role("link", name="Explore").click()
    page.wait_for_url("**/Explore?**")
    page.get_by_text("80 of 200").wait_for()
    expect(page.get_by_role("combobox", name="Rule", exact=True)).to_have_value("balanced")
    page.get_by_role("link", name="Compare 2").wait_for()


def test_the_comparison_is_no_wider_than_a_phone(page):
    page.set_viewport_size({"width": 390, "height": 844})
    chosen = [CoresetSpec("tiny", "random", {"seed": seed}, "ccs", rate=0.1) for seed in range(8)]
    page.goto(f"/Compare?run=tiny&compare={compared.to_text(chosen)}")
    tile_rows(page)
    page.locator(".st-key-compare_seeds canvas").first.wait_for()
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
