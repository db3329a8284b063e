"""The app in a real Chromium: what only a browser shows."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from coreset_engine import results
from coreset_engine.dashboard.shell import pages
from tests.browser import ROOT, becomes, context_of, find_chromium, running_app, settled

CHROMIUM = find_chromium()
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here, and none could be installed"),
]
PAGES = {page.address: page.title for page in pages.PAGES}
NAMES = {title: name for name, title in PAGES.items()}


def engine(cache, *arguments):
    """Run a command in a process of its own and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "coreset_engine", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"CORESET_CACHE": str(cache)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def recorded(longer_once, tmp_path_factory):
    """A cache with one run of 12 epochs on 300 phantom images."""
    return shutil.copytree(longer_once, tmp_path_factory.mktemp("browser") / "cache")


@pytest.fixture(scope="module")
def app(recorded):
    with running_app(recorded) as address:
        yield address


def slider(page, label):
    return page.get_by_role("slider", name=label)


def test_a_deep_link_on_a_fresh_server_shows_the_view_it_names(page, app):  # the first test: no page was asked for yet
    page.goto(f"{app}/Explore?run=tiny&early=2&late=7&length=4&rate=0.2")
    page.get_by_text("60 of 300").wait_for()
    expect(slider(page, "t_l, late window starts at")).to_have_value("7")
    expect(slider(page, "K, epochs per window")).to_have_value("4")


def rows_shown(page):
    """The rows of the gallery's images, in order."""
    return page.locator(".tiles button").evaluate_all("tiles => tiles.map(tile => Number(tile.dataset.row))")


def test_moving_the_late_window_changes_gallery_and_link(page, app):
    page.goto(f"{app}/Explore?run=tiny&early=1&late=9&length=4")
    page.locator(".tiles button").first.wait_for()
    before = rows_shown(page)
    handle = slider(page, "t_l, late window starts at")
    handle.focus()
    for _ in range(4):
        handle.press("ArrowLeft")
    page.wait_for_url("**late=5**")
    expect(page.locator(".tiles button").first).not_to_have_attribute("data-row", str(before[0]))
    assert rows_shown(page) != before


def test_a_dragged_window_is_followed_in_the_browser_and_applied_when_it_is_let_go(page, app):
    page.goto(f"{app}/Explore?run=tiny&early=1&late=9&length=4")
    band, said = page.locator(".band.late"), page.locator(".said")
    band.wait_for()
    box = band.bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 5 - 0.75 * box["width"], box["y"] + 40, steps=4)  # 3 of the window's 4 epochs
    expect(said).to_have_text("t_e 1–4   t_l 6–9   let go to apply")
    assert "late=9" in page.url
    page.mouse.up()
    page.wait_for_url("**late=6**")
    expect(slider(page, "t_l, late window starts at")).to_have_value("6")


def test_a_window_can_be_moved_with_the_keyboard(page, app):
    page.goto(f"{app}/Explore?run=tiny&early=1&late=9&length=4")
    band = page.get_by_role("slider", name="early", exact=True)
    band.focus()
    band.press("ArrowRight")
    page.wait_for_url("**early=2**")


def test_a_slider_pushes_the_other_window_out_of_its_way(page, app):
    page.goto(f"{app}/Explore?run=tiny&early=2&late=6&length=4")
    handle = slider(page, "t_e, early window starts at")
    handle.focus()
    for _ in range(3):
        handle.press("ArrowRight")
    page.wait_for_url("**late=9**")
    expect(slider(page, "t_l, late window starts at")).to_have_value("9")
    assert page.get_by_test_id("stAlertContentError").count() == 0


def test_a_retraining_started_here_ends_as_a_result_row(page, app, recorded, monkeypatch):
    page.goto(f"{app}/Experiments?run=tiny&methods=eva&rates=0.3&seeds=1")
    page.get_by_role("button", name=re.compile("Train .* missing")).click()
    page.get_by_text("Sweep over eva, random of tiny").first.wait_for()
    monkeypatch.setenv("CORESET_CACHE", str(recorded))
    wanted = {"random", "eva", "full"}
    becomes(page, lambda: {row["method"] for row in results.rows()} & wanted, wanted, 60)
    rows = json.loads(engine(recorded, "results", "--json"))
    assert {(row["method"], row["rate"]) for row in rows} >= {("eva", 0.3), ("random", 0.3)}
    page.goto(f"{app}/Results")
    page.get_by_role("heading", name="Every retraining").wait_for()
    page.get_by_text("n = 1 seed; no bar").wait_for()


def test_the_curves_of_a_recording_started_here_are_shown_as_soon_as_it_is_there(page, app):
    page.goto(f"{app}/Record?run=tiny&dataset=demo&architecture=lenet&epochs=300")
    curves_of = page.get_by_role("combobox", name="Run", exact=True)
    expect(curves_of).to_have_attribute("placeholder", "tiny", timeout=40_000)
    page.get_by_role("button", name="Start recording").click()
    expect(curves_of).to_have_value("demo-lenet-s0", timeout=60_000)
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("cancelled").wait_for()


def test_what_the_controls_say_goes_along_from_page_to_page_and_the_back_button_returns_to_it(page, app):
    page.goto(f"{app}/Explore?run=tiny&early=2&late=8&length=3&rate=0.2")
    expect(page.get_by_text("60 of 300")).to_be_visible(timeout=30_000)
    values = r"\?run=tiny&early=2&late=8&length=3&rate=0\.2"
    # Label issues has neither windows nor rate, Methods no control at all
    path = {"Windows": values, "Label issues": r"\?run=tiny", "Methods": "", "Data map": values}
    for title, said in path.items():
        page.get_by_role("link", name=title, exact=True).click()
        expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible(timeout=30_000)
        settled(page)
        expect(page).to_have_url(re.compile(f"/{NAMES[title]}{said}$"))
    for title in ("Methods", "Label issues", "Windows"):  # every page is one step of the history
        page.go_back()
        settled(page)
        expect(page).to_have_url(re.compile(f"/{NAMES[title]}{path[title]}$"))
    expect(slider(page, "t_l, late window starts at")).to_have_value("8")
    page.go_back()
    expect(page.get_by_text("60 of 300")).to_be_visible(timeout=30_000)


def test_a_run_that_is_new_does_not_change_what_a_page_and_its_links_show(page, app, recorded):
    page.goto(f"{app}/Explore?run=tiny")
    expect(page.get_by_text("30 of 300")).to_be_visible(timeout=30_000)
    new = recorded / "runs" / "before"
    shutil.copytree(recorded / "runs" / "tiny", new)  # first in the list now
    page.get_by_role("link", name="Data map", exact=True).click()
    expect(page).to_have_url(re.compile(r"/Data_map\?run=tiny$"))
    expect(page.get_by_role("combobox", name="Run")).to_have_value("tiny", timeout=30_000)
    shutil.rmtree(new)


def test_what_the_retrain_form_asks_for_is_there_again_after_another_page(page, app):
    page.goto(f"{app}/Experiments?run=tiny&methods=aum&rates=0.2")
    expect(page.locator(".st-key-rates").get_by_text("0.2", exact=True)).to_be_visible(timeout=30_000)
    for title in ("Explore", "Experiments"):
        page.get_by_role("link", name=title, exact=True).click()
        expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible(timeout=30_000)
        settled(page)
    expect(page).to_have_url(re.compile(r"/Experiments\?run=tiny&methods=aum&rates=0\.2$"))
    expect(page.locator(".st-key-methods").get_by_text("aum")).to_be_visible()


def test_on_a_phone_the_bar_of_pages_shows_the_one_that_is_open(page, app):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{app}/Results")
    link = page.get_by_role("navigation", name="Pages").get_by_role("link", name="Results")
    expect(link).to_have_attribute("aria-current", "page", timeout=30_000)
    box = link.bounding_box()
    assert 50 < box["x"] < box["x"] + box["width"] < 390
    sidebar = page.get_by_test_id("stSidebar")
    page.get_by_test_id("stExpandSidebarButton").click()
    expect(sidebar).to_be_in_viewport()
    page.reload()  # as a link does that opens in the same browser
    expect(page.get_by_test_id("stExpandSidebarButton")).to_be_visible()
    expect(sidebar).not_to_be_in_viewport()


def test_a_press_on_a_class_shows_that_class_and_a_second_one_all_again(page, app):
    page.goto(f"{app}/Explore?run=tiny&early=2&late=8&length=3&rate=0.5")
    bar = page.locator(".st-key-explore_classes").get_by_role("button", name=re.compile("^class 6 "))
    bar.click()
    expect(page).to_have_url(re.compile(r"class=class(\+|%20)6"))
    expect(bar).to_have_attribute("aria-pressed", "true")
    bar.click()
    expect(page).not_to_have_url(re.compile("class="))
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_retrain_on_it_fills_the_form_with_the_selection_shown(page, app):
    page.goto(f"{app}/Explore?run=tiny&early=2&late=8&length=3&rate=0.25")
    page.get_by_role("link", name="Retrain on it").click()
    expect(page.get_by_role("heading", name="Experiments", exact=True)).to_be_visible()
    expect(page.locator(".st-key-rates").get_by_text("0.25")).to_be_visible()
    expect(page.locator(".st-key-methods").get_by_text("eva")).to_be_visible()
    expect(slider(page, "t_e, early window starts at")).to_have_value("2")
    expect(page.get_by_text("4 cells: ")).to_be_visible()  # EVA and Random, two seeds each


def test_retrain_on_it_takes_a_single_window_along(page, app):
    page.goto(f"{app}/Explore?run=tiny&method=var-single&start=3&width=4&rate=0.2")
    page.get_by_role("link", name="Retrain on it").click()
    expect(page.get_by_role("heading", name="Experiments", exact=True)).to_be_visible()
    settled(page)
    expect(page).to_have_url(re.compile(r"start=3&width=4"))
    expect(slider(page, "Start of the window")).to_have_value("3")


def test_a_link_that_names_another_run_leaves_the_windows_of_the_one_before(page, app, recorded):
    other = recorded / "runs" / "demo"  # the run that the Overview offers first
    shutil.copytree(recorded / "runs" / "tiny", other)
    page.goto(f"{app}/Explore?run=tiny&early=2&late=8&length=3&rate=0.2")
    expect(page.get_by_text("60 of 300")).to_be_visible(timeout=30_000)
    page.get_by_role("link", name="Overview", exact=True).click()
    page.get_by_role("link", name="Explore demo").click()
    expect(page.get_by_role("heading", name="Explore", exact=True)).to_be_visible(timeout=30_000)
    settled(page)
    expect(page).to_have_url(re.compile(r"/Explore\?run=demo&rate=0\.2$"))
    shutil.rmtree(other)


def test_a_class_chosen_on_one_page_does_not_filter_the_lists_of_another(page, app):
    page.goto(f"{app}/Explore?run=tiny&early=2&late=8&length=3&rate=0.5&class=liver")
    page.locator(".tiles button").first.wait_for()
    for title in ("Label issues", "Explore"):
        page.get_by_role("link", name=title, exact=True).click()
        page.get_by_role("heading", name=title, exact=True).wait_for()
        settled(page)
        expect(page).not_to_have_url(re.compile("class="))
    expect(page).to_have_url(re.compile("early=2"))


# the middle of every link of the bar that lies on the screen, and whether a press there meets the link
PRESSED = """() => [...document.querySelectorAll('.coreset-menu a')].filter(link => {
  const {x, width} = link.getBoundingClientRect();
  return x > 52 && x + width < innerWidth;
}).map(link => {
  const {x, y, width, height} = link.getBoundingClientRect();
  return link.contains(document.elementFromPoint(x + width / 2, y + height / 2));
})"""


def test_the_bar_of_pages_can_be_pressed_while_the_sidebar_is_folded_away(context, app):
    with context_of(context.browser, app) as own:  # it stays folded there
        page = own.new_page()
        page.goto("/Explore?run=tiny")
        page.get_by_role("heading", name="Explore", exact=True).wait_for()
        settled(page)
        page.get_by_test_id("stSidebar").hover()
        page.get_by_role("button", name="Collapse sidebar").click()
        opener = page.get_by_test_id("stExpandSidebarButton")
        for width, height in ((1440, 900), (768, 900), (390, 844)):
            page.set_viewport_size({"width": width, "height": height})
            opener.wait_for()
            page.wait_for_function(
                "document.querySelector('[data-testid=stExpandSidebarButton]').getBoundingClientRect().x < 40"
            )
            settled(page)
            found = page.evaluate(PRESSED)
            assert found, width
            assert all(found), width
            box = opener.bounding_box()
            place = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
            on_top = "([x, y]) => !!document.elementFromPoint(x, y).closest('[data-testid=stExpandSidebarButton]')"
            assert page.evaluate(on_top, place), width


def test_a_page_without_controls_has_no_sidebar_left_over_from_the_one_before(page, app):
    page.goto(f"{app}/Explore?run=tiny")
    page.get_by_test_id("stSidebar").wait_for()
    settled(page)
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Methods").click()
    page.get_by_role("heading", name="Methods", exact=True).wait_for()
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()


def test_an_address_of_a_heading_leaves_the_bar_of_pages_where_it_is(page, app):
    page.goto(f"{app}/Results#every-retraining")
    page.get_by_role("heading", name="Every retraining").wait_for()
    settled(page)
    assert page.evaluate("document.querySelector('[data-testid=stAppViewContainer]').scrollTop") == 0
