"""Every page in a real Chromium: without an error, a foreign request or a line wider than a phone; axe-core finds nothing
serious, in light and dark, wide and narrow; and what a keyboard reaches."""

import os
import shutil
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import expect

from coreset_engine.dashboard.shell import pages
from tests.browser import AXE, becomes, find_chromium, running_app, settled

CHROMIUM = find_chromium()
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here, and none could be installed"),
]
needs_axe = pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not here: npm was missing or could not fetch it")
NAMES = {page.title: page.address for page in pages.PAGES}
PHONE = {"width": 390, "height": 844}
SETTLED = (
    "!document.querySelector('[data-stale=true], [data-testid=stSkeleton], [data-testid=stStatusWidgetRunningIcon]')"
)
RUN = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations.map(found => [
  found.impact, found.id, found.nodes.slice(0, 4).map(node => node.html.slice(0, 160) + ' | ' + node.failureSummary)])"""


@pytest.fixture(scope="module")
def folder(retrained_once, tmp_path_factory):
    """A cache with one run of 12 epochs on 300 phantom images, and retrainings on it."""
    return shutil.copytree(retrained_once, tmp_path_factory.mktemp("axe") / "cache")


@pytest.fixture
def page(context):
    """A tab in light, 1440 x 900."""
    page = context.new_page()
    page.emulate_media(color_scheme="light")
    yield page
    page.close()


def look_at(page, address, title):
    """Open a page of the app and wait until it is drawn to the end."""
    page.goto(f"{address}/{NAMES[title]}")
    page.get_by_role("heading", name=title, exact=True).wait_for()
    drawn(page)


def drawn(page):
    """Return when a page is drawn to the end."""
    page.wait_for_load_state("networkidle")
    page.wait_for_function(SETTLED)
    page.wait_for_timeout(300)


def background(page):
    """The colour behind everything."""
    return page.get_by_test_id("stApp").evaluate("app => getComputedStyle(app).backgroundColor")


def serious(page):
    """What axe finds of serious or critical impact, in words."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(RUN)
    return [f"{impact} {rule}: {nodes}" for impact, rule, nodes in found if impact in ("serious", "critical")]


def faults(page):
    """What is wrong with a page that must show no error: errors, and what axe finds where it is here."""
    shown = page.locator("[data-testid=stException], [data-testid=stAlertContentError]").all_inner_texts()
    return shown + (serious(page) if AXE.is_file() else [])


def libraries():
    """The files that the servers started by this process have mapped into memory."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    servers = [one for one in children if b"streamlit" in Path(f"/proc/{one}/cmdline").read_bytes()]
    return "".join(Path(f"/proc/{one}/maps").read_text() for one in servers)


@pytest.mark.parametrize("title", NAMES)
def test_every_page_opens_first_without_an_error_a_foreign_request_or_a_finding_wide_dark_and_on_a_phone(
    page, app, title
):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_viewport_size(PHONE)
    look_at(page, app, title)
    assert faults(page) == [], "on a phone"
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    lines = page.locator(".st-key-heading h1, .st-key-heading [data-testid=stCaptionContainer]").all()
    boxes = [line.bounding_box() for line in lines]
    assert all(above["y"] + above["height"] <= below["y"] + 1 for above, below in pairwise(boxes))
    heading = page.locator(".st-key-heading").bounding_box()
    # what comes below, a line of jobs too, has room of its own
    assert boxes[-1]["y"] + boxes[-1]["height"] <= heading["y"] + heading["height"] + 1
    page.set_viewport_size({"width": 1440, "height": 900})
    drawn(page)
    assert faults(page) == []
    levels = page.locator("h1, h2, h3, h4, h5, h6").evaluate_all("all => all.map(one => Number(one.tagName[1]))")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels
    light = background(page)
    page.emulate_media(color_scheme="dark")
    becomes(page, lambda: background(page) != light, True)
    drawn(page)
    assert faults(page) == [], "in dark"
    assert [url for url in asked if not url.startswith(("http://127.0.0.1", "data:", "blob:"))] == []
    assert "numpy" in libraries()
    assert "libtorch" not in libraries()


@needs_axe
def test_axe_finds_nothing_serious_on_an_empty_cache_opened_in_dark(page, tmp_path_factory):
    page.emulate_media(color_scheme="dark")
    with running_app(tmp_path_factory.mktemp("empty")) as address:
        for title in ("Overview", "Explore", "Results"):
            look_at(page, address, title)
            assert serious(page) == []


# whether an element is drawn, and nothing over it
SEEN = """button => {
  const { x, y, width, height } = button.getBoundingClientRect();
  for (let one = button; one; one = one.parentElement) if (Number(getComputedStyle(one).opacity) < 0.5) return false;
  return button.contains(document.elementFromPoint(x + width / 2, y + height / 2));
}"""


def tab_to(page, selector, most=70):
    """Press Tab until an element that fits has the focus, also within a component, and return it."""
    for _ in range(most):
        page.keyboard.press("Tab")
        found = page.evaluate_handle(
            """selector => {
              let held = document.activeElement;
              while (held?.shadowRoot?.activeElement) held = held.shadowRoot.activeElement;
              return held?.matches(selector) ? held : null;
            }""",
            selector,
        ).as_element()
        if found:
            return found
    raise AssertionError(f"{most} times Tab did not reach {selector}")


def wait_until_still(page, selector):
    """Wait until an element is the same twice, half a second apart: what moved with the hand has been drawn exactly."""
    seen = []
    while len(seen) < 2 or seen[-1] != seen[-2]:
        assert len(seen) < 40, f"{selector} is drawn anew again and again"
        page.wait_for_timeout(500)
        seen.append(page.locator(selector).first.inner_html())


def test_menu_windows_images_and_downloads_are_reached_and_used_by_keyboard_alone(page, app):
    look_at(page, app, "Overview")
    tab_to(page, "a[href*=Explore]")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Explore", exact=True)).to_be_visible()
    page.goto(f"{app}/Explore?run=tiny&early=1&late=9&length=3")
    page.locator(".tiles button").first.wait_for()
    page.wait_for_function(SETTLED)
    tab_to(page, ".band.early")
    for early in (2, 3):  # the focus stays where it is when the page has followed
        page.keyboard.press("ArrowRight")
        page.wait_for_url(f"**early={early}*")
        expect(page.get_by_role("slider", name="t_e, early window starts at")).to_have_value(str(early))
    page.wait_for_function(SETTLED)
    wait_until_still(page, ".tiles")
    tab_to(page, ".tiles button")
    page.keyboard.press("ArrowRight")
    second = page.locator(".tiles button").nth(1)
    expect(second).to_be_focused()
    row = second.get_attribute("data-row")
    tab_to(page, "[data-testid=stDownloadButton] button")  # past all other images with one press
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename
    second.focus()
    page.keyboard.press("Enter")
    page.get_by_role("dialog").get_by_text(f"Row {row}").wait_for()
    tab_to(page, "a[href*='sample=']")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/Sample?*sample={row}*")


def test_the_windows_of_the_map_are_moved_by_its_sliders_with_the_keyboard(page, app):
    look_at(page, app, "Windows")
    settled(page)
    wait_until_still(page, "[aria-label*='t_l']")
    tab_to(page, "input[type=range][aria-label*='t_l'], [role=slider][aria-label*='t_l']")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url("**late=*")


def test_what_stands_above_a_chart_can_be_seen_while_it_has_the_focus(page, app):
    look_at(page, app, "Windows")
    settled(page)
    button = tab_to(page, "[data-testid=stElementToolbar] button")
    becomes(page, lambda: button.evaluate(SEEN), True)
