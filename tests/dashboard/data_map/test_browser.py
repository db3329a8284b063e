"""The data map in a real Chromium: drawing an area, what follows from it, and the link to it."""

import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import expect

from coreset_engine import load_run, score
from coreset_engine.dashboard import cached
from coreset_engine.data_map import areas
from tests.browser import becomes, find_chromium, settled

CHROMIUM = find_chromium()
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here, and none could be installed"),
]
EDGES = {"left": 52, "right": 10, "top": 8, "bottom": 40}  # px between the canvas and the map on it


@pytest.fixture
def page(context, recorded):
    """The page of that run, its map drawn; `recorded` lets the test read the same run."""
    page = context.new_page()
    page.goto("/Data_map?run=tiny")
    page.locator(".map .legend button").first.wait_for()
    settled(page)  # what is drawn late moves the map away from under the mouse
    yield page
    page.close()


def drag(page, *places):
    """Draw through places of the map, each a share of its width from the left and of its height from above."""
    points = [place_on_screen(page, *place) for place in places]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=5)
    page.mouse.up()


# where the points of the map that was sent last lie, as shares of its width from the left and of its height from above
POINTS = """() => {
  const plain = [...window.coresetMaps.values()].pop();
  return [...plain.rows].map((row, n) => [row, plain.x[n] / 65535, 1 - plain.y[n] / 65535, plain.colour[n]]);
}"""
# the image beside the mouse at its own size, its grey values row by row
THUMBNAIL = """image => {
  const {data} = image.getContext("2d").getImageData(0, 0, image.width, image.height);
  return [image.width, image.height, [...data].filter((_, n) => n % 4 === 0)];
}"""
# how many pixels of the map have a colour, to 10 of 255
PAINTED = """([canvas, colour]) => {
  const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let found = 0;
  for (let n = 0; n < data.length; n += 4) found += colour.every((part, c) => Math.abs(data[n + c] - part) < 10);
  return found;
}"""
COUNT_MESSAGES = """() => {
  const send = WebSocket.prototype.send;
  window.sentMessages = 0;
  WebSocket.prototype.send = function (...given) { window.sentMessages++; return send.apply(this, given); };
}"""


def place_on_screen(page, across, down):
    """The place of the window at shares of the map's width and height."""
    box = page.locator(".map .field canvas").bounding_box()
    width, height = box["width"] - EDGES["left"] - EDGES["right"], box["height"] - EDGES["top"] - EDGES["bottom"]
    return box["x"] + EDGES["left"] + across * width, box["y"] + EDGES["top"] + down * height


def lonely(points):
    """The point that lies farthest from all others, so that the mouse at it can mean no other."""
    places = np.array([point[1:3] for point in points])
    far = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1)) + 9 * np.eye(len(places))
    return points[int(far.min(axis=1).argmax())]


def painted(page, entry):
    """How many pixels of the map have the colour of an entry of the legend."""
    colour = entry.locator("i").evaluate("dot => getComputedStyle(dot).borderTopColor.match(/\\d+/g).map(Number)")
    return page.evaluate(PAINTED, [page.locator(".map .field canvas").element_handle(), colour])


def legend(page):
    """The legend as the classes that are shown."""
    return page.locator(".map .legend button[aria-pressed=true]").all_inner_texts()


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
    page.get_by_role("button", name="Look at this sample").click()
    page.get_by_role("dialog").get_by_role("link", name="Open sample page").click()
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
    page.locator(".map .field canvas").wait_for()
    settled(page)
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390


def test_pointing_at_a_sample_shows_its_own_image_enlarged_without_interpolation_beside_the_mouse(page):
    row, across, down, colour = lonely(page.evaluate(POINTS))
    page.wait_for_function(
        "[...(window.coresetMapImages?.values() ?? [])].some(sheet => sheet.picture instanceof ImageBitmap)"
    )
    tip = page.locator(".map .tip")
    expect(tip).to_be_hidden()
    mouse = place_on_screen(page, across, down)
    page.mouse.move(*mouse)
    expect(tip).to_contain_text(f"Row {row}")
    expect(tip).to_contain_text(page.locator(".map .legend button").nth(colour).inner_text())
    expect(tip).to_contain_text("in the coreset")
    image = tip.locator("canvas")
    width, height, grey = image.evaluate(THUMBNAIL)
    np.testing.assert_array_equal(np.reshape(grey, (height, width)), cached.images("tiny").images["train"][row])
    assert image.evaluate("image => getComputedStyle(image).imageRendering") == "pixelated"
    shown, box = image.bounding_box(), tip.bounding_box()
    assert (shown["width"], shown["height"]) == (4 * width, 4 * height)
    assert 0 <= box["x"] - mouse[0] <= 30 or 0 <= mouse[0] - box["x"] - box["width"] <= 30
    assert box["y"] + box["height"] <= 900
    page.mouse.move(5, 5)
    expect(tip).to_be_hidden()


def test_the_legend_hides_a_class_or_all_others_without_a_word_to_the_server(page):
    every = legend(page)
    first, second = (page.locator(".map .legend button").nth(n) for n in (0, 1))
    assert painted(page, first) > 0 < painted(page, second)
    settled(page)
    page.evaluate(COUNT_MESSAGES)
    first.click()
    assert legend(page) == every[1:]
    assert painted(page, first) == 0 < painted(page, second)
    expect(page.locator(".map .note")).to_contain_text("1 hidden")
    first.click()
    page.wait_for_timeout(700)  # else the next click would be a third one
    assert legend(page) == every
    second.dblclick()
    assert legend(page) == every[1:2]
    assert painted(page, first) == 0 < painted(page, second)
    page.wait_for_timeout(700)
    second.dblclick()
    assert legend(page) == every
    second.focus()
    page.keyboard.press("ArrowLeft")
    expect(first).to_be_focused()
    page.keyboard.press("Shift+Enter")
    assert legend(page) == every[:1]
    page.keyboard.press("Shift+Enter")
    assert legend(page) == every
    page.keyboard.press("Enter")
    assert legend(page) == every[1:]
    page.get_by_role("button", name="Show all").click()
    assert legend(page) == every
    assert page.evaluate("window.sentMessages") == 0


def test_what_is_hidden_is_not_pointed_at_and_stays_hidden_when_an_area_is_drawn(page):
    _, across, down, colour = lonely(page.evaluate(POINTS))
    page.locator(".map .legend button").nth(colour).click()
    page.mouse.move(*place_on_screen(page, across, down))
    expect(page.locator(".map .tip")).to_be_hidden()
    drag(page, (0.02, 0.02), (0.98, 0.02), (0.98, 0.98), (0.02, 0.98))
    page.locator(".st-key-data_map_tiles .tiles button").first.wait_for()
    expect(page.locator(".map .note")).to_contain_text("1 hidden")
    assert page.locator(".map .legend button").nth(colour).get_attribute("aria-pressed") == "false"


def test_a_lasso_shows_its_counts_and_24_images_beside_the_map_without_scrolling_and_escape_clears_it(page):
    drag(page, (0.02, 0.02), (0.98, 0.02), (0.98, 0.98), (0.02, 0.98))
    tiles = page.locator(".st-key-data_map_tiles .tiles button")
    expect(tiles).to_have_count(24)
    last = tiles.last.bounding_box()
    assert last["y"] + last["height"] <= 900
    assert tiles.first.bounding_box()["x"] > page.locator(".map .field canvas").bounding_box()["x"] + 300
    assert page.get_by_test_id("stMetric").first.bounding_box()["y"] < tiles.first.bounding_box()["y"]
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") == 0
    page.get_by_role("button", name="Save this view").click()
    page.get_by_test_id("stPopoverBody").wait_for()
    page.keyboard.press("Escape")  # belongs to what is open
    page.get_by_test_id("stPopoverBody").wait_for(state="hidden")
    assert "area=lasso" in page.url
    page.keyboard.press("Escape")
    expect(page.get_by_text("No sample is selected")).to_be_visible()
    assert "area=" not in page.url


def test_an_area_is_left_out_and_the_suspects_page_has_its_rows_ticked(page, app):
    page.goto(f"{app}/Data_map?run=tiny&area=box_-1_2_-1_2")
    page.get_by_role("button", name="Leave 200 rows out").click()
    page.get_by_role("link", name="See what is ticked").click()
    expect(page.get_by_role("heading", name="Label issues", exact=True)).to_be_visible()
    expect(page.get_by_text("200 rows ticked")).to_be_visible()


def test_the_replay_plays_opens_the_sample_chosen_and_gives_the_map_back_with_its_area(context, recorded):
    page = context.new_page()
    page.emulate_media(reduced_motion="no-preference")
    page.goto("/Data_map?run=tiny&area=box_0_1_0_1")
    page.get_by_test_id("stMetric").first.wait_for()
    page.get_by_text("Replay", exact=True).click()
    page.wait_for_url("**show=Replay**")
    slider = page.get_by_role("slider", name="Epoch", exact=True)
    becomes(page, lambda: slider.get_attribute("aria-valuetext"), "epoch 2 of 5")  # it plays by itself
    page.get_by_role("spinbutton", name="Trail of row").fill("12")
    page.keyboard.press("Enter")
    chosen = page.locator(".replay [data-row='12']")
    chosen.click()
    page.get_by_role("dialog").get_by_text("Row 12").first.wait_for()
    expect(page.get_by_role("dialog").get_by_role("button", name="Play")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(chosen).to_be_focused()
    page.get_by_text("Map", exact=True).click()
    page.get_by_test_id("stMetric").first.wait_for()
    assert "area=box_0_1_0_1" in page.url
    page.close()
