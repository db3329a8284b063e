"""The Suspects page in a real Chromium: ticking by mouse and keyboard, and a cell that filters."""

from itertools import product

import pytest
from playwright.sync_api import expect

from coreset_engine import load_run
from coreset_engine.store import exclusions
from tests.browser import find_chromium

CHROMIUM = find_chromium()
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here, and none could be installed"),
]


@pytest.fixture
def page(context):
    """The page on which the strongest suspects of low AUM are shown."""
    page = context.new_page()
    page.goto("/Label_issues?run=tiny&evidence=low-aum&top=top+10+%25")
    page.locator(".cards .card").first.wait_for()
    yield page
    page.close()


def test_rows_ticked_in_quick_succession_are_all_saved_and_the_link_names_the_set(page, folder, monkeypatch):
    boxes = page.locator(".cards input")
    rows = page.locator(".cards .card").evaluate_all("cards => cards.map(card => Number(card.dataset.row))")
    boxes.nth(0).focus()
    for _ in range(4):  # quicker than the page answers
        page.keyboard.press("Space")
        page.keyboard.press("ArrowRight")
    expect(page.get_by_text("4 rows ticked")).to_be_visible()
    expect(boxes.nth(3)).to_be_checked()
    page.get_by_test_id("stMain").get_by_role("button", name="Save", exact=False).first.click()
    field = page.get_by_role("textbox", name="Name of the set")
    field.fill("by-hand")
    field.press("Enter")
    page.wait_for_url("**exclude=by-hand**")
    monkeypatch.setenv("CORESET_CACHE", str(folder))
    found = exclusions.load(load_run("tiny").dataset_sha256, "by-hand")
    assert list(found.rows) == sorted(rows[:4])


def test_x_ticks_the_card_in_which_the_focus_is_and_unticks_it(page):
    card = page.locator(".cards .card").nth(5)
    card.locator(".picture").first.focus()
    page.keyboard.press("x")
    expect(page.get_by_text("1 row ticked")).to_be_visible()
    expect(card.locator("input")).to_be_checked()
    expect(card.locator(".picture").first).to_be_focused()
    page.keyboard.press("x")
    expect(page.get_by_text("0 rows ticked")).to_be_visible()


def test_a_reload_that_would_lose_ticks_is_asked_about_and_no_other(page):
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.locator(".cards input").first.check()
    expect(page.get_by_text("1 change not saved yet")).to_be_visible()
    page.wait_for_function("window.coresetUnsaved")  # the menu is told last
    page.reload()
    expect(page.get_by_text("0 rows ticked")).to_be_visible()
    assert asked == ["beforeunload"]
    page.locator(".cards input").first.check()
    page.get_by_role("button", name="Discard changes").click()
    expect(page.get_by_text("0 rows ticked")).to_be_visible()
    page.wait_for_function("!window.coresetUnsaved")
    page.reload()
    page.locator(".cards .card").first.wait_for()
    assert asked == ["beforeunload"]


@pytest.mark.parametrize("part", [".link", ".picture"])
def test_a_row_is_looked_at_and_leads_to_the_sample_page(page, part):
    row = page.locator(".cards .card").nth(2).get_attribute("data-row")
    page.locator(f".cards .card >> nth=2 >> {part}").first.click()
    page.get_by_role("dialog").get_by_text(f"Row {row} · 3 of 20 shown").wait_for()
    page.get_by_role("dialog").get_by_role("link", name="Open sample page").click()
    page.wait_for_url(f"**/Sample?**sample={row}**")


def test_beside_a_suspect_stands_the_surest_image_of_the_class_proposed_and_can_be_looked_at(page):
    card = page.locator(".cards .card").first
    label = card.locator(".title").inner_text().split(" → ")[1]
    assert card.locator(".caption").nth(1).inner_text() == f"surest {label}"
    row = card.locator(".beside").get_attribute("data-opens")
    card.locator(".beside").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text(f"Row {row}", exact=True).wait_for()
    dialog.get_by_text(f"Label: {label}").wait_for()
    page.keyboard.press("Escape")
    expect(card.locator(".beside")).to_be_focused()


def test_a_cell_of_the_confused_classes_filters_by_its_pair(page):
    chart = page.get_by_test_id("stEChartsChart").nth(1)
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    for down, across in product((0.3, 0.2, 0.4, 0.5), (0.3, 0.4, 0.5, 0.6, 0.7, 0.8)):
        page.mouse.click(box["x"] + across * box["width"], box["y"] + down * box["height"])
        page.wait_for_timeout(250)
        if "pair=" in page.url:  # cells of pairs that never occur are empty
            break
    page.wait_for_url("**pair=**")
