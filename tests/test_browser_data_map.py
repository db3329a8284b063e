"""The data map in a real Chromium: drawing an area, what follows from it, and the link to it."""

import json
import re
import shutil
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import expect

from coreset_engine import load_run, score
from coreset_engine.insight import areas
from tests.browser import FLAGS, find_chromium, running_app

CHROMIUM = find_chromium()
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here, and none could be installed"),
]
EDGES = {"left": 52, "right": 10, "top": 8, "bottom": 40}  # px between the canvas and the map on it


@pytest.fixture(scope="module")
def app(recorded_once, tmp_path_factory):
    """The address of the app on a cache with a run of 200 samples."""
    cache = tmp_path_factory.mktemp("data_map") / "cache"
    shutil.copytree(recorded_once, cache)
    with running_app(cache) as address:
        yield address


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(app, chromium, recorded):
    """The page of that run, its map drawn; `recorded` lets the test read the same run."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(40_000)
    page = context.new_page()
    page.goto(f"{app}/Data_map?run=tiny")
    page.locator(".map .legend span").first.wait_for()
    yield page
    context.close()


def drag(page, *places):
    """Draw through places of the map, each a share of its width from the left and of its height from above."""
    box = page.locator(".map canvas").bounding_box()
    width, height = box["width"] - EDGES["left"] - EDGES["right"], box["height"] - EDGES["top"] - EDGES["bottom"]
    points = [
        (box["x"] + EDGES["left"] + across * width, box["y"] + EDGES["top"] + down * height) for across, down in places
    ]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=5)
    page.mouse.up()


def selected(page):
    """How many samples the page says lie in the area."""
    text = page.get_by_test_id("stMetric").filter(has_text="In the area").inner_text()
    return int(re.search(r"(\d+) of 200", text).group(1))


def test_a_lasso_shows_its_samples_a_tile_marks_one_and_the_link_brings_it_all_back(page):
    drag(page, (0.02, 0.02), (0.98, 0.02), (0.98, 0.5), (0.02, 0.5))
    page.wait_for_url("**area=lasso**")
    page.locator(".st-key-data_map_tiles .tiles button").first.wait_for()
    run = load_run("tiny")
    y = score(run, "confidence")
    above = y > y.max() + 0.02 * np.ptp(y) - 0.5 * 1.04 * np.ptp(y)  # the upper half of a map with 2 % of room
    assert abs(selected(page) - above.sum()) <= 12  # the line runs 2 % inside the frame
    tile = page.locator(".st-key-data_map_tiles .tiles button").nth(3)
    row = tile.get_attribute("data-row")
    tile.click()
    page.wait_for_url(f"**mark={row}**")
    count = selected(page)
    page.goto(page.url)
    page.locator(".st-key-data_map_marked .tiles button").wait_for()
    assert selected(page) == count
    page.get_by_role("button", name="Open this sample").click()
    page.wait_for_url(re.compile(f"/Sample.*[?&]sample={row}(&|$)"))


def test_what_is_taken_away_are_the_rows_within_the_line_of_the_link(page):
    drag(page, (0.1, 0.1), (0.9, 0.2), (0.6, 0.8), (0.2, 0.6))
    page.wait_for_url("**area=lasso**")
    with page.expect_download() as download:
        page.get_by_role("button", name="JSON: manifest").click()
    said = json.loads(Path(download.value.path()).read_text())
    area = parse_qs(urlsplit(page.url).query)["area"][0]
    x, y = (score(load_run("tiny"), name) for name in ("variability", "confidence"))
    assert said["area"]["shapes"] == area
    assert said["indices"] == np.flatnonzero(areas.inside(areas.parse(area), x, y)).tolist()
    assert said["samples_kept"] == selected(page) > 0


def test_a_box_with_shift_is_added_and_a_click_marks_the_nearest_sample(page):
    page.locator(".map").get_by_role("button", name="Box").click()
    drag(page, (0, 0), (1, 0.3))
    page.wait_for_url("**area=box**")
    page.get_by_test_id("stMetric").first.wait_for()
    first = selected(page)
    page.keyboard.down("Shift")
    drag(page, (0, 0.6), (1, 1))
    page.keyboard.up("Shift")
    page.wait_for_url(re.compile("area=box_[^~&]*(~|%7E)box_"))
    expect(page.get_by_test_id("stMetric").first).not_to_contain_text(f"{first} of 200")
    x, y = (score(load_run("tiny"), name) for name in ("variability", "confidence"))
    row = int(y.argmax())
    drag(page, ((x[row] - x.min() + 0.02 * np.ptp(x)) / (1.04 * np.ptp(x)), 0.02 / 1.04))
    page.wait_for_url(re.compile(r"mark=\d+"))
    found = int(re.search(r"mark=(\d+)", page.url).group(1))
    assert np.hypot((x[found] - x[row]) / np.ptp(x), (y[found] - y[row]) / np.ptp(y)) < 0.01


def test_the_map_is_no_wider_than_a_phone(page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator(".map canvas").wait_for()
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
